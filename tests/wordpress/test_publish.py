"""A publish: what is sent is what is live."""

import hashlib
import json

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png, term


def test_a_new_post_is_live_and_described(site: Site, client: PluginClient) -> None:
    body = payload(post={"title": "Hello & welcome", "excerpt": "Short.", "slug": "Hello Welcome"})
    result = client.publish(body).result
    post = site.post(result["post_id"])
    assert result["post_status"] == post["post_status"] == "publish"
    assert result["created"] is True
    assert result["permalink"].endswith("/hello-welcome/")
    assert result["edit_url"].endswith(f"post.php?post={result['post_id']}&action=edit")
    assert result["site_timezone"] == "America/New_York"
    assert all(result["readback"].values()), result["readback"]
    stored = "\n".join((post["post_title"] or "", post["post_content"] or "", post["post_excerpt"] or ""))
    assert result["content_hash"] == hashlib.sha256(stored.encode()).hexdigest()
    assert [step["step"] for step in result["steps"]] == ["media", "taxonomies", "content", "commit"]
    head = site.head(result["permalink"])
    assert f'<meta name="igny8-content" content="{body["content_id"]}">' in head


def revisions(site: Site, post_id: int) -> list[str | None]:
    rows = site.sql(f"SELECT post_content FROM wp_posts WHERE post_parent = {post_id} AND post_type = 'revision'")
    return sorted(row["post_content"] or "" for row in rows)


def test_wordpress_keeps_the_first_version_too(site: Site, client: PluginClient) -> None:
    body = payload(post={"content": "<p>One</p>"})
    post_id = client.publish(body).result["post_id"]
    assert revisions(site, post_id) == ["<p>One</p>"]
    client.publish(payload(str(body["content_id"]), fresh_id("run"), post={"content": "<p>Two</p>"}))
    assert revisions(site, post_id) == ["<p>One</p>", "<p>Two</p>"]


def test_text_survives_byte_for_byte(site: Site, client: PluginClient) -> None:
    title = "Quotes \" ' \\ back\\slash, 𝒰nicode, emoji 🚀 & ampersand"
    content = (
        '<!-- wp:acme/card {"html":"\\u003cb\\u003e","path":"C:\\\\temp","n":1} -->\n'
        "<p>Regex \\d+\\\\ and \\n, “quotes”, 日本語, 🚀👩‍👩‍👧 &amp; &lt;tag&gt; 100% %s %d</p>\n"
        "<!-- /wp:acme/card -->"
    )
    seo = {"title": 'SEO \\ "title" 🚀', "description": "It's \\u003c", "focus_keywords": ["a\\b", "é🚀"]}
    result = client.publish(payload(post={"title": title, "content": content}, seo=seo)).result
    post = site.post(result["post_id"])
    assert post["post_title"] == title
    assert post["post_content"] == content
    assert all(result["readback"].values())
    meta = site.meta(result["post_id"])
    assert meta["_igny8_seo_title"] == seo["title"]
    assert meta["_igny8_seo_description"] == "It's \\u003c"
    assert meta["_igny8_focus_keywords"] == "a\\b, é🚀"


def test_everything_a_content_has_arrives_in_one_publish(site: Site, client: PluginClient) -> None:
    pictures = [png() for _ in range(4)]
    inline = hashlib.sha256(pictures[1]).hexdigest()
    body = payload(
        task_id="15",
        post={"content": f'<p>See <img src="igny8-image:{inline}" alt="x"></p>', "author_email": "editor@example.com"},
        terms=[term("Café Guides"), term("Roasting"), term("beans", "post_tag")],
        relations={
            "cluster": {"id": "c12", "name": "Coffee"},
            "sector": {"id": "s3", "name": "Food"},
            "keyword_ids": ["1", "22"],
        },
        images=[
            image(pictures[0], "featured"),
            image(pictures[1], "inline", 1),
            image(pictures[3], "gallery", 3, caption="Two & more"),
            image(pictures[2], "gallery", 2, alt='Say "cheese"'),
        ],
    )
    result = client.publish(body, *pictures).result
    post_id = result["post_id"]
    content = site.post(post_id)["post_content"] or ""
    assert result["images"][inline]["url"] in content
    assert "igny8-image:" not in content
    assert content.count("<!-- wp:gallery") == 1
    assert content.index('alt="Say &quot;cheese&quot;"') < content.index("Two &amp; more</figcaption>")
    assert result["featured_image_url"] == result["images"][hashlib.sha256(pictures[0]).hexdigest()]["url"]
    assert site.fetch(result["featured_image_url"]).content == pictures[0]
    assert site.term_names(post_id, "category") == ["Café Guides", "Roasting"]
    assert site.term_names(post_id, "post_tag") == ["beans"]
    assert site.term_names(post_id, "igny8_cluster") == ["Coffee"]
    assert site.term_names(post_id, "igny8_sector") == ["Food"]
    meta = site.meta(post_id)
    assert meta["_igny8_task_id"] == "15"
    assert (meta["_igny8_cluster_id"], meta["_igny8_sector_id"]) == ("c12", "s3")
    assert meta["_igny8_keyword_ids"] == "1,22"
    author = site.post(post_id)["post_author"]
    assert site.value(f"SELECT user_email FROM wp_users WHERE ID = {author}") == "editor@example.com"
    assert all(result["readback"].values())


def test_seo_fields_are_in_the_head_a_visitor_gets(site: Site, client: PluginClient) -> None:
    seo = {
        "title": 'Best <beans> & "roasts"',
        "description": 'All about "beans" & roasts',
        "canonical": "https://example.com/beans/?a=1&b=2",
    }
    head = site.head(client.publish(payload(seo=seo)).result["permalink"])
    assert "<title>Best &lt;beans&gt; &amp; &quot;roasts&quot;</title>" in head
    assert '<meta name="description" content="All about &quot;beans&quot; &amp; roasts">' in head
    assert head.count('rel="canonical"') == 1
    assert 'href="https://example.com/beans/?a=1&#038;b=2"' in head


def test_seo_fields_go_where_the_active_plugin_reads_them(site: Site, client: PluginClient) -> None:
    keys = {
        "WPSEO_VERSION": (
            "_yoast_wpseo_title",
            "_yoast_wpseo_metadesc",
            "_yoast_wpseo_canonical",
            "_yoast_wpseo_focuskw",
        ),
        "SEOPRESS_VERSION": (
            "_seopress_titles_title",
            "_seopress_titles_desc",
            "_seopress_robots_canonical",
            "_seopress_analysis_target_kw",
        ),
    }
    seo = {"title": "T", "description": "D", "canonical": "https://example.com/c", "focus_keywords": ["one", "two"]}
    for constant, names in keys.items():
        site.break_with(constants={constant: "9.9"})
        result = client.publish(payload(seo=seo)).result
        meta = site.meta(result["post_id"])
        focus = "one" if constant == "WPSEO_VERSION" else "one,two"
        assert [meta[name] for name in names] == ["T", "D", "https://example.com/c", focus]
        assert result["seo_plugin"]["version"] == "9.9"
        head = site.head(result["permalink"])
        assert "<title>T" not in head  # the other plugin's business now
        assert "igny8-content" in head


def test_rank_math_before_its_set_up_is_a_problem_with_a_cure(site: Site, client: PluginClient) -> None:
    site.break_with(constants={"RANK_MATH_VERSION": "1.0"})
    answer = client.post(payload(seo={"title": "T"}), "preflight")
    assert [problem["code"] for problem in answer.error["details"]["problems"]] == ["SEO_PLUGIN_NOT_SET_UP"]


def test_terms_are_not_doubled_by_case_accents_or_slug(site: Site, client: PluginClient) -> None:
    first = client.publish(payload(terms=[term("Crème Brûlée"), term("R&D", "post_tag")])).result
    again = [term("CREME BRULEE"), term("crème brûlée", slug="creme-brulee"), term("r&d", "post_tag", slug="research")]
    second = client.publish(payload(terms=again)).result
    report = second["terms"]["category"]
    assert first["terms"]["category"]["created"] == ["Crème Brûlée"]
    assert report["requested"] == ["CREME BRULEE", "crème brûlée"]
    assert report["created"] == []
    assert len({assigned["term_id"] for assigned in report["assigned"]}) == 1
    assert second["terms"]["post_tag"]["existing"] == ["r&d"]


def test_a_cluster_is_known_by_its_id_and_follows_a_new_name(site: Site, client: PluginClient) -> None:
    relations = {"cluster": {"id": "c77", "name": "Old name"}}
    one = client.publish(payload(relations=relations)).result
    two = client.publish(payload(relations={"cluster": {"id": "c77", "name": "New & name"}})).result
    other = client.publish(payload(relations={"cluster": {"id": "c78", "name": "New & name"}})).result
    assert site.term_names(one["post_id"], "igny8_cluster") == ["New &amp; name"]
    assert site.term_names(two["post_id"], "igny8_cluster") == ["New &amp; name"]
    ids = [site.meta(post["post_id"])["_igny8_cluster_id"] for post in (one, two, other)]
    assert ids == ["c77", "c77", "c78"]
    assert (
        site.value(
            "SELECT COUNT(*) FROM wp_term_taxonomy WHERE taxonomy = 'igny8_cluster' AND term_id IN "
            "(SELECT term_id FROM wp_termmeta WHERE meta_value IN ('c77', 'c78'))"
        )
        == "2"
    )


def test_a_date_in_the_future_waits_and_one_in_the_past_is_kept(site: Site, client: PluginClient) -> None:
    future = client.publish(payload(post={"date_utc": "2031-07-01T16:30:00Z"})).result
    assert future["post_status"] == "future"
    assert (future["post_date_utc"], future["post_date_site"]) == ("2031-07-01T16:30:00Z", "2031-07-01T12:30:00-04:00")
    assert site.post(future["post_id"])["post_date_gmt"] == "2031-07-01 16:30:00"
    past = client.publish(payload(post={"date_utc": "2020-01-02T03:04:05Z"})).result
    assert past["post_status"] == "publish"
    assert site.post(past["post_id"])["post_date"] == "2020-01-01 22:04:05"
    assert past["readback"]["date"] is True


def test_a_taken_slug_gets_a_number_and_the_answer_tells(site: Site, client: PluginClient) -> None:
    first = client.publish(payload(post={"slug": "same-slug"})).result
    second = client.publish(payload(post={"slug": "same-slug"})).result
    assert first["permalink"].endswith("/same-slug/")
    assert second["permalink"].endswith("/same-slug-2/")
    assert site.fetch(second["permalink"]).status_code == 200


def test_a_page_takes_no_categories(site: Site, client: PluginClient) -> None:
    result = client.publish(payload(post={"type": "page", "title": "About us"})).result
    assert result["post_type"] == "page"
    answer = client.post(payload(post={"type": "page"}, terms=[term("News")]), "preflight")
    assert answer.error["details"]["problems"][0]["code"] == "TAXONOMY_UNKNOWN"


def test_term_counts_are_right_after_the_flip(site: Site, client: PluginClient) -> None:
    wanted = term("Counted once")
    term_id = client.publish(payload(terms=[wanted])).result["terms"]["category"]["assigned"][0]["term_id"]
    assert site.value(f"SELECT count FROM wp_term_taxonomy WHERE term_id = {term_id}") == "1"


def test_post_by_content_id_tells_what_is_there(site: Site, client: PluginClient) -> None:
    body = payload()

    def look() -> dict[str, object]:
        found = client.call("post-by-content-id", query={"content_id": body["content_id"]}).result
        assert isinstance(found, dict)
        return found

    assert look()["state"] == "none"
    client.post(body, "claim")
    assert look()["state"] == "claimed"
    result = client.post(body, "publish").result
    found = look()
    assert (found["state"], found["post_id"], found["result"]) == ("published", result["post_id"], result)
    assert found["content_hash"] == result["content_hash"]
    site.sql(f"UPDATE wp_posts SET post_content = 'edited by hand' WHERE ID = {result['post_id']}")
    assert look()["content_hash"] != result["content_hash"]


def test_an_echo_of_another_plugin_does_not_spoil_the_answer(site: Site, client: PluginClient) -> None:
    site.break_with(echo=True)
    assert client.publish(payload()).result["post_status"] == "publish"


def test_a_body_that_is_not_as_agreed_is_refused_by_field(site: Site, client: PluginClient) -> None:
    before = site.traces()
    wrong = {
        "content_id": payload() | {"content_id": "a b"},
        "run_id": payload() | {"run_id": 7},
        "action": payload() | {"action": "destroy"},
        "post.title": payload(post={"title": ["x"]}),
        "post.date_utc": payload(post={"date_utc": "2026-02-30T00:00:00Z"}),
        "images.0.sha256": payload(images=[{"sha256": "../../etc"}]),
        "terms": payload(terms="none"),
    }
    for field, body in wrong.items():
        answer = client.post(body)
        assert (answer.status, answer.code, answer.error["details"]["field"]) == (400, "BAD_REQUEST", field)
    assert client.post(payload() | {"contract": 2}).code == "CONTRACT_UNSUPPORTED"
    assert client.call("import-content", "POST", body=json.dumps([]).encode()).status in (400, 409)
    assert site.traces() == before


def test_names_that_differ_in_more_than_case_and_accents_are_two_terms(site: Site, client: PluginClient) -> None:
    names = ["Lang C", "Lang C++", "lang-c", "LANG C#", "Lang C++"]
    report = client.publish(payload(terms=[term(name, "post_tag") for name in names])).result["terms"]["post_tag"]
    assert report["created"] == ["Lang C", "Lang C++", "LANG C#"]
    assert report["existing"] == ["lang-c", "Lang C++"]
    assert len({assigned["slug"] for assigned in report["assigned"]}) == 3
    again = client.publish(payload(terms=[term(name, "post_tag") for name in names])).result["terms"]["post_tag"]
    assert again["created"] == []
    assert again["assigned"][1]["term_id"] == report["assigned"][1]["term_id"]
