"""The page of a term: its description and its SEO fields."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png, term
from tests.wordpress.test_seo_plugins import SEO, served, use

DESCRIPTION = '<h2>All \\d guides</h2>\n<p>About <strong>coffee</strong> 🚀 <a href="https://example.com">x</a></p>'


@pytest.fixture(autouse=True)
def untouched_settings(site: Site) -> Iterator[None]:
    yield
    site.forget_settings()
    site.sql("DELETE FROM wp_options WHERE option_name = 'rank_math_registration_skip'")


def body_for(name: str, content_id: str | None = None, **changes: Any) -> dict[str, Any]:
    post = {"type": "term", "taxonomy": "category", "title": name, "content": DESCRIPTION}
    return payload(content_id, post=post | changes.pop("post", {}), **changes)


def existing(site: Site, client: PluginClient) -> tuple[str, int]:
    """Return the name and id of a category that has a post, so that its page is there."""
    name = fresh_id("Guides")
    return name, client.publish(payload(terms=[term(name)])).result["terms"]["category"]["assigned"][0]["term_id"]


def state(site: Site, term_id: int) -> list[Any]:
    tables = ("wp_terms", "wp_term_taxonomy", "wp_termmeta")
    return [site.sql(f"SELECT * FROM {table} WHERE term_id = {term_id}") for table in tables]


def test_a_category_gets_its_description_and_its_head(site: Site, client: PluginClient) -> None:
    name, term_id = existing(site, client)
    body = body_for(name.upper(), seo=SEO)
    assert client.post(body, "preflight").result["existing"]["term_id"] == term_id
    result = client.publish(body).result
    assert (result["term_id"], result["taxonomy"], result["created"]) == (term_id, "category", False)
    assert result["readback"] == {"title": True, "content": True, "seo": True}
    stored = site.value(f"SELECT description FROM wp_term_taxonomy WHERE term_id = {term_id}")
    assert stored == DESCRIPTION
    assert served(site, result["permalink"]) == (SEO["title"], SEO["description"], SEO["canonical"])
    assert f'content="{body["content_id"]}"' in site.head(result["permalink"])
    assert "All \\d guides" in site.fetch(result["permalink"]).text
    found = client.call("post-by-content-id", query={"content_id": body["content_id"]}).result
    assert (found["state"], found["permalink"], found["result"]) == ("published", result["permalink"], result)
    assert found["content_hash"] == result["content_hash"]
    assert client.post(body, "publish").result == result


@pytest.mark.parametrize("plugin", ["yoast", "rankmath", "seopress"])
def test_each_seo_plugin_serves_the_fields_of_a_term(site: Site, client: PluginClient, plugin: str) -> None:
    name, _ = existing(site, client)
    use(site, plugin)
    body = body_for(name, seo=SEO)
    result = client.publish(body).result
    assert served(site, result["permalink"]) == (SEO["title"], SEO["description"], SEO["canonical"])
    second = client.publish(body_for(name, body["content_id"])).result
    assert served(site, second["permalink"])[1:] == ("", "")


def test_all_in_one_seo_shows_nothing_of_ours_and_that_is_said(site: Site, client: PluginClient) -> None:
    name, _ = existing(site, client)
    use(site, "aioseo")
    body = body_for(name, seo=SEO)
    warnings = client.post(body, "preflight").result["warnings"]
    assert [warning["code"] for warning in warnings] == ["SEO_NOT_SHOWN"]
    assert client.publish(body).status == 200


def test_a_term_is_made_and_then_updated_by_its_content(site: Site, client: PluginClient) -> None:
    name = fresh_id("New term")
    first_body = body_for(name, post={"taxonomy": "post_tag", "slug": f"{name} Slug"})
    first = client.publish(first_body).result
    assert (first["created"], first["permalink"].rsplit("/", 2)[1]) == (True, f"{name} Slug".lower().replace(" ", "-"))
    update = body_for(f"{name} renamed", first_body["content_id"], post={"taxonomy": "post_tag"})
    second = client.publish(update).result
    assert (second["term_id"], second["created"]) == (first["term_id"], False)
    assert site.value(f"SELECT name FROM wp_terms WHERE term_id = {first['term_id']}") == f"{name} renamed"
    aborted = body_for(name, first_body["content_id"], post={"taxonomy": "post_tag"})
    client.post(aborted, "claim")
    assert client.post(aborted, "abort").result["aborted"] is True
    found = client.call("post-by-content-id", query={"content_id": first_body["content_id"]}).result
    assert (found["state"], found["result"]) == ("published", second)


def test_an_image_in_the_description_gets_its_address(site: Site, client: PluginClient) -> None:
    picture = png()
    hash_ = hashlib.sha256(picture).hexdigest()
    name, term_id = existing(site, client)
    content = f'<p><img src="igny8-image:{hash_}" alt="x" /></p>'
    result = client.publish(body_for(name, post={"content": content}, images=[image(picture)]), picture).result
    assert result["images"][hash_]["url"] in str(
        site.value(f"SELECT description FROM wp_term_taxonomy WHERE term_id = {term_id}")
    )


def test_what_stands_in_the_way_of_a_term_comes_at_once(site: Site, client: PluginClient) -> None:
    client.sync({"auto_create_terms": False})
    content = '<iframe src="https://example.com"></iframe>'
    body = body_for(fresh_id("Nowhere"), post={"content": content, "external_id": "99999999"})
    problems = client.post(body, "preflight").error["details"]["problems"]
    assert {problem["code"] for problem in problems} == {"HTML_WOULD_BE_STRIPPED", "TERM_MISSING", "TERM_UNRESOLVED"}
    assert "whoever writes it" in next(p["cure"] for p in problems if p["code"] == "HTML_WOULD_BE_STRIPPED")
    for taxonomy in ("genre", "igny8_cluster", ""):
        wrong = body_for("X", post={"taxonomy": taxonomy})
        assert client.post(wrong, "preflight").error["details"]["problems"][0]["code"] == "TAXONOMY_UNKNOWN"


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("fault", ["throw", "error", "exit", "die", "ddl", "raw_commit", "kill_connection"])
def test_a_publish_that_fails_leaves_the_term_as_it_was(
    site: Site, client: PluginClient, fault: str, is_new: bool
) -> None:
    name, term_id = existing(site, client)
    body = body_for(fresh_id("Brand new") if is_new else name, seo=SEO)
    use(site, "yoast")
    before = (site.traces(), state(site, term_id))
    use(site, "yoast", **{fault: "created_term" if is_new else "edited_term"})
    answer = client.publish(body)
    assert (answer.status, answer.signed) == (500, True), answer.text
    site.clear_log()
    use(site, "yoast")
    assert (site.traces(), state(site, term_id)) == before
    assert client.publish(body).result["created"] is is_new


def test_php_killed_in_the_middle_leaves_the_term_as_it_was(site: Site, client: PluginClient) -> None:
    name, term_id = existing(site, client)
    before = state(site, term_id)
    body = body_for(name, seo=SEO)
    client.post(body, "claim")
    site.break_with(crash="edited_term")
    site.crash(lambda: client.post(body, "publish"))
    site.break_with()
    assert state(site, term_id) == before
    assert client.publish(body).result["term_id"] == term_id


@pytest.mark.parametrize("plugin", [None, "yoast", "rankmath", "seopress", "aioseo"])
def test_the_seo_fields_of_a_term_are_told_where_the_app_wants_them(
    site: Site, client: PluginClient, plugin: str | None
) -> None:
    name, term_id = existing(site, client)
    if plugin:
        use(site, plugin)
    (before,) = client.call("taxonomies", query={"ids": str(term_id)}).result["items"]
    assert "seo" not in before
    (asked,) = client.call("taxonomies", query={"ids": str(term_id), "seo": "1"}).result["items"]
    assert asked["seo"] == {"title": "", "description": "", "canonical": "", "focus_keywords": []}
    assert client.publish(body_for(name, seo=SEO)).status == 200
    (told,) = client.call("taxonomies", query={"ids": str(term_id)}).result["items"]
    assert told["seo"] == SEO | {"focus_keywords": told["seo"]["focus_keywords"]}
    assert told["seo"]["focus_keywords"] == SEO["focus_keywords"]
