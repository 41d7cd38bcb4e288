"""Pages stand below their parent and use the template they are given."""

from collections.abc import Iterator

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, payload

TEMPLATE = "templates/wide.php"
PAGE = {"type": "page", "title": "A page"}


@pytest.fixture(autouse=True)
def theme_with_a_template(site: Site) -> Iterator[None]:
    theme = site.value("SELECT option_value FROM wp_options WHERE option_name = 'stylesheet'")
    path = site.wordpress.core / "wp-content" / "themes" / str(theme) / TEMPLATE
    path.parent.mkdir(exist_ok=True)
    path.write_text("<?php\n/*\nTemplate Name: Wide page\n*/\nwp_head();\necho 'wide';\n")
    yield
    path.unlink()


def codes(client: PluginClient, **post: str) -> list[str]:
    answer = client.post(payload(post=PAGE | post), "preflight")
    return [problem["code"] for problem in answer.error["details"]["problems"]]


def test_a_page_is_below_its_parent_with_its_template(site: Site, client: PluginClient) -> None:
    parent = client.publish(payload(post={"type": "page", "title": "Above"})).result
    place = {"type": "page", "title": "Below", "parent": str(parent["post_id"]), "template": TEMPLATE}
    body = payload(post=place)
    result = client.publish(body).result
    assert result["permalink"] == parent["permalink"] + "below/"
    assert site.fetch(result["permalink"]).text.endswith("wide")
    assert site.meta(result["post_id"])["_wp_page_template"] == TEMPLATE
    types = {entry["name"]: entry for entry in client.call("site-metadata").result["post_types"]}
    assert types["page"]["templates"][TEMPLATE] == "Wide page"
    # What an update does not name stays; “0” and “default” take it away.
    kept = client.publish(payload(body["content_id"], post={"type": "page", "title": "Below"})).result
    assert kept["permalink"] == result["permalink"]
    assert site.meta(result["post_id"])["_wp_page_template"] == TEMPLATE
    bare = {"type": "page", "title": "Below", "parent": "0", "template": "default"}
    moved = client.publish(payload(body["content_id"], post=bare)).result
    assert moved["permalink"] == f"{site.wordpress.url}/below/"
    assert site.meta(result["post_id"])["_wp_page_template"] == "default"


def test_a_place_that_is_not_there_is_a_problem(client: PluginClient) -> None:
    post_id = client.publish(payload()).result["post_id"]
    assert codes(client, parent="99999999", template="gone.php") == ["PARENT_UNKNOWN", "TEMPLATE_UNKNOWN"]
    assert codes(client, parent=str(post_id)) == ["PARENT_UNKNOWN"]
    answer = client.post(payload(post={"parent": str(post_id)}), "preflight")
    assert answer.error["details"]["problems"][0]["code"] == "PARENT_UNKNOWN"


def test_a_page_cannot_stand_below_itself(client: PluginClient) -> None:
    body = payload(post=PAGE)
    top = client.publish(body).result["post_id"]
    below = client.publish(payload(post=PAGE | {"parent": str(top)})).result["post_id"]
    for parent in (top, below):
        update = payload(body["content_id"], post=PAGE | {"parent": str(parent)})
        problems = client.post(update, "preflight").error["details"]["problems"]
        assert [problem["code"] for problem in problems] == ["PARENT_UNKNOWN"]


def test_a_page_that_fails_does_not_move(site: Site, client: PluginClient) -> None:
    parent = client.publish(payload(post=PAGE)).result["post_id"]
    body = payload(post=PAGE)
    post_id = client.publish(body).result["post_id"]
    before = (site.traces(), site.post(post_id), site.meta(post_id))
    moved = PAGE | {"parent": str(parent), "template": TEMPLATE}
    for fault in ("throw", "raw_commit"):
        site.break_with(**{fault: "live"})
        assert client.publish(payload(body["content_id"], post=moved)).status == 500
        site.break_with()
        assert (site.traces(), site.post(post_id), site.meta(post_id)) == before
