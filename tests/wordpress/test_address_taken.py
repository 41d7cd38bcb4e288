"""WordPress keeps slugs apart within one type only: no publish takes the address of something else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import Answer, PluginClient, fresh_id, payload

MAKE = """<?php
$id = wp_insert_post( array( 'post_title' => 'Holder', 'post_content' => 'x' ) + json_decode( $args[0], true ), true );
"""


@pytest.fixture(autouse=True)
def untouched_settings(site: Site) -> Iterator[None]:
    yield
    site.forget_settings()


def slug() -> str:
    return fresh_id("tea").lower().replace("_", "-")


def problems(answer: Answer) -> dict[str, Any]:
    return {problem["code"]: problem for problem in answer.error["details"]["problems"]}


def set_permalinks(site: Site, structure: str) -> None:
    site.wordpress.run_php("<?php update_option( 'permalink_structure', $args[0] );", structure)
    site.wordpress.run_php("<?php flush_rewrite_rules();")  # in a process that knows it


@pytest.mark.parametrize(("first", "second"), [("post", "page"), ("page", "post")])
def test_an_address_of_another_type_is_a_problem_that_names_its_holder(
    site: Site, client: PluginClient, first: str, second: str
) -> None:
    name = slug()
    held = client.publish(payload(post={"type": first, "title": "Tea guide", "slug": name})).result
    before = site.traces()
    for action in ("preflight", "claim", "claim_publish"):
        found = problems(client.post(payload(post={"type": second, "title": "Other", "slug": name}), action))
        assert list(found) == ["ADDRESS_TAKEN"]
        problem = found["ADDRESS_TAKEN"]
        assert (problem["field"], problem["cure"]) == ("post.slug", "Choose another slug.")
        assert "Tea guide" in problem["message"]
        assert held["permalink"] in problem["message"]
        assert problem["details"]["post_id"] == held["post_id"]
    assert site.traces() == before
    assert f"postid-{held['post_id']}" in site.fetch(held["permalink"]).text or first == "page"


def test_a_slug_that_nobody_chose_gets_a_number_that_no_type_has(site: Site, client: PluginClient) -> None:
    name = slug()
    client.publish(payload(post={"title": "One", "slug": name}))
    client.publish(payload(post={"title": "Two", "slug": f"{name}-2"}))
    body = payload(post={"type": "page", "title": name, "slug": ""})
    [warning] = [one for one in client.post(body, "preflight").result["warnings"] if one["code"] == "ADDRESS_NUMBERED"]
    assert f"“{name}-3”" in warning["message"]
    result = client.publish(body).result
    assert result["slug"] == f"{name}-3"
    assert client.publish({**body, "run_id": fresh_id("run")}).result["slug"] == f"{name}-3"  # and stays


def number_told(client: PluginClient, body: dict[str, Any]) -> str:
    """What Check says of a number behind the slug; empty for nothing."""
    told = client.post(body, "preflight").result["warnings"]
    return next((one["message"] for one in told if one["code"] == "ADDRESS_NUMBERED"), "")


def test_a_chosen_slug_that_a_post_of_the_type_has_is_told_before(client: PluginClient) -> None:
    name = slug()
    client.publish(payload(post={"title": "One", "slug": name}))
    body = payload(post={"title": "Two", "slug": name})
    assert f"“{name}-2”" in number_told(client, body)
    result = client.publish(body).result
    assert result["slug"] == f"{name}-2"


def test_addresses_of_other_scripts_are_told_in_letters(client: PluginClient) -> None:
    name = "как-выбрать"
    client.publish(payload(post={"title": "One", "slug": name}))
    assert f"“{name}-2” of the slug “{name}”" in number_told(client, payload(post={"title": "Two", "slug": name}))
    page = {"type": "page", "title": "Page", "slug": name}
    assert f"/{name}/ is taken" in problems(client.post(payload(post=page), "preflight"))["ADDRESS_TAKEN"]["message"]


def test_a_chosen_slug_that_is_a_year_gets_the_number_that_wordpress_puts_behind_it(
    site: Site, client: PluginClient
) -> None:
    body = payload(post={"title": "A year in tea", "slug": "2031"})
    assert "“2031-2”" in number_told(client, body)
    result = client.publish(body).result
    assert result["slug"] == "2031-2"
    assert number_told(client, {**body, "post": {**body["post"], "slug": "2031-2"}}) == ""
    assert f"postid-{result['post_id']}" in site.fetch(result["permalink"]).text


def test_an_update_may_keep_its_address_but_take_no_other(site: Site, client: PluginClient) -> None:
    name, own = slug(), slug()
    client.publish(payload(post={"title": "Tea guide", "slug": name}))
    body = payload(post={"type": "page", "title": "P", "slug": own})
    page = client.publish(body).result
    again = {**payload(body["content_id"], post={"type": "page", "title": "P2", "slug": own})}
    assert client.publish(again).result["permalink"] == page["permalink"]
    moved = payload(body["content_id"], post={"type": "page", "title": "P3", "slug": name})
    assert list(problems(client.post(moved, "claim_publish"))) == ["ADDRESS_TAKEN"]
    assert site.post(page["post_id"])["post_title"] == "P2"


def test_pages_below_pages_and_archives_of_terms_are_looked_at_too(site: Site, client: PluginClient) -> None:
    name = slug()
    top = client.publish(payload(post={"type": "page", "title": "Top", "slug": "category"})).result
    site.wordpress.run_php("<?php wp_insert_term( $args[0], 'category', array( 'slug' => $args[0] ) );", name)
    below = {"type": "page", "title": "Below", "slug": name, "parent": str(top["post_id"])}
    problem = problems(client.post(payload(post=below), "preflight"))["ADDRESS_TAKEN"]
    assert f"/category/{name}/" in problem["message"]
    other = client.publish(payload(post={"type": "page", "title": "Other", "slug": slug()})).result
    client.publish(payload(post={"title": "Post", "slug": name}))  # at the top: in no one's way below
    below["parent"] = str(other["post_id"])
    assert client.publish(payload(post=below)).result["permalink"] == f"{other['permalink']}{name}/"
    site.wordpress.run_php("<?php wp_delete_post( (int) $args[0], true );", str(top["post_id"]))


def test_a_term_takes_no_address_of_a_page(site: Site, client: PluginClient) -> None:
    name, other = slug(), slug()
    top = client.publish(payload(post={"type": "page", "title": "Top", "slug": "category"})).result
    below = {"type": "page", "title": "Guide", "slug": name, "parent": str(top["post_id"])}
    page = client.publish(payload(post=below)).result
    term = {"type": "term", "taxonomy": "category", "title": "Teas", "content": "<p>About it.</p>"}
    for action in ("preflight", "claim"):
        problem = problems(client.post(payload(post={**term, "slug": name}), action))["ADDRESS_TAKEN"]
        assert (problem["details"]["post_id"], problem["field"]) == (page["post_id"], "post.slug")
    body = payload(post={**term, "slug": other, "title": other})
    made = client.publish(body).result
    assert made["permalink"].endswith(f"/category/{other}/")
    base = {"external_id": str(made["term_id"]), "run_id": body["run_id"], "gone": None, "permalink": made["permalink"]}
    base |= {"state_hash": None, **{key: made[key] for key in ("content_hash", "parts")}}
    again = {**body, "run_id": fresh_id("run"), "base": base}
    assert client.publish(again).result["permalink"] == made["permalink"]  # its own is no other's
    base |= {"run_id": again["run_id"]}
    moved = {**body, "run_id": fresh_id("run"), "base": base, "post": {**body["post"], "slug": name}}
    assert list(problems(client.post(moved, "preflight"))) == ["ADDRESS_TAKEN"]
    site.wordpress.run_php("<?php wp_delete_post( (int) $args[0], true );", str(top["post_id"]))


def test_what_servers_use_themselves_is_told_where_the_address_begins_with_it(site: Site, client: PluginClient) -> None:
    def told(post_type: str, name: str, parent: str = "") -> list[str]:
        body = payload(post={"type": post_type, "title": "X", "slug": name, "parent": parent})
        found = client.post(body, "preflight").result["warnings"]
        return [one["message"] for one in found if one["code"] == "SLUG_RESERVED"]

    parent = str(client.publish(payload(post={"type": "page", "title": "Top", "slug": slug()})).result["post_id"])
    assert "/stats/ the web server or WordPress itself" in told("post", "stats")[0]
    assert told("page", "login")
    assert not told("page", "stats", parent)
    assert not told("post", "stats-of-tea")
    set_permalinks(site, "/blog/%postname%/")
    try:
        assert not told("post", "stats")
        assert told("page", "stats")
    finally:
        set_permalinks(site, "/%postname%/")


def test_an_address_that_wordpress_uses_itself_is_taken(client: PluginClient) -> None:
    for name in ("wp-json", "wp-content"):
        found = problems(client.post(payload(post={"type": "page", "title": "X", "slug": name}), "preflight"))
        assert list(found) == ["ADDRESS_TAKEN"], name


def test_one_that_took_the_address_since_the_claim_is_found_right_before_the_flip(
    site: Site, client: PluginClient
) -> None:
    name = slug()
    code = (
        "add_action( 'wp_insert_post', function ( $id, $post ) { if ( 'Late' === $post->post_title && 'draft' === "
        "$post->post_status ) { remove_all_actions( 'wp_insert_post' ); wp_insert_post( array( 'post_title' => 'Fast', "
        f"'post_name' => '{name}', 'post_status' => 'publish', 'post_content' => 'x' ) ); }} }}, 10, 2 );"
    )
    plugin = site.wordpress.core / "wp-content" / "mu-plugins" / "late.php"
    plugin.write_text(f"<?php {code}")
    try:
        answer = client.post(payload(post={"type": "page", "title": "Late", "slug": name}), "claim_publish")
        assert (answer.code, answer.error["step"]) == ("ADDRESS_TAKEN", "commit")
        assert "Fast" in answer.error["message"]
        derived = client.post(payload(post={"type": "page", "title": "Late", "slug": ""}), "claim_publish")
        assert derived.result["slug"].startswith("late")
    finally:
        plugin.unlink()
    assert site.value("SELECT COUNT(*) FROM wp_posts WHERE post_title = 'Late' AND post_status = 'draft'") == "0"
