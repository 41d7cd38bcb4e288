"""Before anything exists: all that stands in the way at once, and what is worth knowing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.blank import is_blank
from tests.wordpress.conftest import NO_APP, Site
from tests.wordpress.plugin_client import Answer, PluginClient, image, payload, png, term


@pytest.fixture(autouse=True)
def untouched_settings(site: Site) -> Iterator[None]:
    yield
    site.forget_settings()


def problems(answer: Answer) -> dict[str, dict[str, Any]]:
    return {problem["code"]: problem for problem in answer.error["details"]["problems"]}


def warnings(answer: Answer) -> list[str]:
    return [warning["code"] for warning in answer.result["warnings"]]


def test_all_problems_come_at_once_each_with_its_cure(site: Site, client: PluginClient) -> None:
    client.sync({"auto_create_terms": False, "fallback_category": None, "gallery_limit": 1})
    site.break_with(constants={"RANK_MATH_VERSION": "1.0"}, no_unfiltered_html=True)
    before = site.traces()
    body = payload(
        post={"title": " ", "content": '<iframe src="x"></iframe>', "author_email": "nobody@example.com"},
        terms=[term("Nowhere"), term("X", "genre"), term("Child", parent="99")],
        seo={"title": "T"},
        images=[image(png(), "gallery", mime="image/tiff"), image(png(), "gallery", 1, size=10**9)],
    )
    for action in ("preflight", "claim"):
        found = problems(client.post(body, action))
        assert set(found) == {
            "TITLE_EMPTY",
            "HTML_WOULD_BE_STRIPPED",
            "AUTHOR_UNKNOWN",
            "TAXONOMY_UNKNOWN",
            "TERM_UNRESOLVED",
            "TERM_PARENT_UNKNOWN",
            "IMAGE_TYPE_REFUSED",
            "SEO_PLUGIN_NOT_SET_UP",
        }
        assert all(problem["message"] and problem["cure"] for problem in found.values())
    # Images that the gallery limit leaves out cannot be in the way.
    assert site.traces() == before


def test_what_kses_would_take_away_is_shown_tag_by_tag(site: Site, client: PluginClient) -> None:
    site.break_with(no_unfiltered_html=True)
    content = (
        '<p class="a">Fine &amp; well</p><div style="display:grid;color:red" onclick="x()">Grid</div>\n'
        '<iframe src="https://example.com/embed"></iframe><iframe src="https://example.com/embed"></iframe>'
    )
    problem = problems(client.post(payload(post={"content": content}), "preflight"))["HTML_WOULD_BE_STRIPPED"]
    grid, frame = problem["details"]["diff"]
    assert grid["before"] == '<div style="display:grid;color:red" onclick="x()">'
    assert "onclick" not in grid["after"]
    assert "color:red" in grid["after"]
    assert frame == {"before": '<iframe src="https://example.com/embed">', "after": ""}
    assert "iframe" in problem["message"]


@pytest.mark.parametrize(
    "html",
    [
        '<p><img src="blob:http://x/1"></p>',
        "<p><img srcset='https://x.example/a 1x, data:image/gif,R0 2x'></p>",
        '<p style="background:url(file:///a.png)">x</p>',
        '<p><a href="java&#115;cript:x()">x</a></p>',
        '<!-- wp:image {"url":"blob:http:\\/\\/x"} -->',
        "<video poster='data:a/b,x'></video>",
    ],
)
def test_an_address_that_visitors_cannot_open_is_a_problem(site: Site, client: PluginClient, html: str) -> None:
    for field in ("content", "excerpt"):
        post = {"content": "<p>x</p>", field: html}
        assert list(problems(client.post(payload(post=post), "preflight"))) == ["ADDRESS_NOT_PUBLIC"], field
    post = {"content": '<p><a href="https://x.example/blob:file">data: file: x</a></p>'}
    assert client.post(payload(post=post), "preflight").result


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("/content/3/images/7/file/", True),
        ("../images/7/file/?v=1", True),
        ("https://app.example.net/content/3/images/7/file/", True),
        (f"{NO_APP}/static/cup.png", True),
        (f"{NO_APP.upper().replace('HTTP', 'http')}/cup.webp?x=1", True),
        (f"{NO_APP}0/cup.png", False),
        ("https://cdn.example.net/content/images/7/file.png", False),
        ("/wp-content/uploads/cup.png", False),
    ],
)
def test_a_picture_that_only_people_in_the_app_are_shown_is_a_problem(
    client: PluginClient, address: str, refused: bool
) -> None:
    for html in (f'<img src="{address}">', f'<p style="background:url({address})">x</p>'):
        answer = client.post(payload(post={"content": f"<p>x</p>{html}"}), "preflight")
        assert (answer.status == 422) == refused, html
        assert not refused or list(problems(answer)) == ["ADDRESS_NOT_PUBLIC"]


def test_a_link_to_the_app_is_none(client: PluginClient) -> None:
    post = {"content": f'<p><a href="{NO_APP}/signup">Try it</a></p>'}
    assert client.post(payload(post=post), "preflight").result


# Each with whether it is blank, for both sides (app/core/blank.py).
TEXTS = [
    ("", True),
    (" \t\r\n\u00a0\u2003\u3000", True),
    ("\u200b\u200d\u2060\ufeff\u00ad\u200e", True),
    ("\u034f\u115f\u1160\u180b\u180e\u2800\u3164\ufe0f\uffa0", True),
    ("\u2028\u2029\u0085", True),
    ("x", False),
    (" \u200bé ", False),
    ("0", False),
    ("\u2764\ufe0f", False),
    ("\u0301", False),
    (".", False),
]


def test_both_sides_know_the_same_texts_for_blank(site: Site) -> None:
    code = "<?php echo wp_json_encode( array_map( array( 'IGNY8_Body', 'is_blank' ), json_decode( $args[0], true ) ) );"
    texts = [text for text, _ in TEXTS]
    assert json.loads(site.wordpress.run_php(code, json.dumps(texts))) == [blank for _, blank in TEXTS]
    assert [is_blank(text) for text in texts] == [blank for _, blank in TEXTS]


def test_a_long_difference_is_cut(site: Site, client: PluginClient) -> None:
    site.break_with(no_unfiltered_html=True)
    content = "".join(f'<iframe src="https://example.com/{number}?{"é" * 500}"></iframe>' for number in range(50))
    diff = problems(client.post(payload(post={"content": content}), "preflight"))["HTML_WOULD_BE_STRIPPED"]
    assert len(diff["details"]["diff"]) == 20
    assert all(len(entry["before"]) == 300 for entry in diff["details"]["diff"])


def test_an_unknown_author_becomes_the_sites_default(site: Site, client: PluginClient) -> None:
    body = payload(post={"author_email": "nobody@example.com"})
    assert set(problems(client.post(body, "preflight"))) == {"AUTHOR_UNKNOWN"}
    client.sync({"default_author": "editor@example.com"})
    assert warnings(client.post(body, "preflight")) == ["AUTHOR_DEFAULTED"]
    for sent in (body, payload()):
        author = site.post(client.publish(sent).result["post_id"])["post_author"]
        assert site.value(f"SELECT user_email FROM wp_users WHERE ID = {author}") == "editor@example.com"
    named = client.publish(payload(post={"author_email": "admin@example.com"})).result
    assert site.post(named["post_id"])["post_author"] == "1"


def test_an_update_keeps_its_author_whatever_the_default(site: Site, client: PluginClient) -> None:
    body = payload()
    post_id = client.publish(body).result["post_id"]
    client.sync({"default_author": "editor@example.com"})
    assert client.publish(payload(body["content_id"])).result["post_id"] == post_id
    assert site.post(post_id)["post_author"] == "1"
    wrong = payload(body["content_id"], post={"author_email": "nobody@example.com"})
    assert set(problems(client.post(wrong, "preflight"))) == {"AUTHOR_UNKNOWN"}


def test_a_post_without_a_title_may_stay_without_and_no_other(site: Site, client: PluginClient) -> None:
    body = payload()
    post_id = client.publish(body).result["post_id"]
    untitled = payload(body["content_id"], post={"title": ""})
    assert set(problems(client.post(untitled, "preflight"))) == {"TITLE_EMPTY"}
    site.sql(f"UPDATE wp_posts SET post_title = '' WHERE ID = {post_id}")
    assert client.publish(untitled).result["post_id"] == post_id
    assert site.post(post_id)["post_title"] == ""


def test_a_type_that_is_not_enabled_is_a_problem(client: PluginClient) -> None:
    client.sync({"post_types": ["page"]})
    found = problems(client.post(payload(), "preflight"))
    assert set(found) == {"POST_TYPE_DISABLED"}
    assert "Settings, IGNY8" in found["POST_TYPE_DISABLED"]["cure"]


def test_tables_that_cannot_roll_back_are_a_warning(site: Site, client: PluginClient) -> None:
    assert warnings(client.post(payload(), "preflight")) == []
    site.sql("ALTER TABLE wp_termmeta ENGINE = MyISAM")
    try:
        found = client.post(payload(), "preflight").result["warnings"]
    finally:
        site.sql("ALTER TABLE wp_termmeta ENGINE = InnoDB")
    assert [warning["code"] for warning in found] == ["TABLES_NOT_INNODB"]
    assert "wp_termmeta" in found[0]["message"]


def test_an_all_in_one_seo_without_its_tables_is_a_problem(site: Site, client: PluginClient) -> None:
    site.sql("DROP TABLE IF EXISTS wp_aioseo_posts")
    site.break_with(constants={"AIOSEO_VERSION": "4.0"})
    metadata = client.call("site-metadata").result
    assert metadata["seo_plugin"] == {"active": "aioseo", "version": "4.0", "configured": False, "other": None}
    assert metadata["innodb"] is False
    found = problems(client.post(payload(seo={"title": "T"}), "preflight"))
    assert "All in One SEO" in found["SEO_PLUGIN_NOT_SET_UP"]["message"]
    checked = client.post(payload(), "preflight").result["warnings"]
    assert "wp_aioseo_posts" in checked[0]["message"]
    assert client.publish(payload()).status == 200
