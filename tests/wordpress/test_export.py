"""GET posts: keyset pages that skip nothing and repeat nothing, and what an item tells."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.exporting import (
    add_meta,
    add_post,
    hashes,
    ids_of,
    item,
    items,
    mark_published,
    plugin_code,
    remove_posts,
    walk,
)
from tests.wordpress.plugin_client import PluginClient, image, payload, png, term

COUNT_QUERIES = """<?php
IGNY8_Post_Item::make( array( (int) $args[0] ) );
$counts = array();
foreach ( array( 2, 60 ) as $number ) {
	wp_cache_flush();
	$query  = "SELECT ID FROM {$wpdb->posts} WHERE post_type <> 'attachment' ORDER BY ID DESC LIMIT $number";
	$ids    = $wpdb->get_col( $query );
	$before = $wpdb->num_queries;
	IGNY8_Post_Item::make( array_map( 'intval', $ids ) );
	$counts[] = $wpdb->num_queries - $before;
}
echo implode( ' ', $counts );
"""


@pytest.fixture(autouse=True)
def empty(site: Site) -> Iterator[None]:
    """No posts of other tests."""
    remove_posts(site)
    yield
    remove_posts(site)


def test_pages_follow_each_other_by_id_and_each_post_comes_once(site: Site, client: PluginClient) -> None:
    made = [add_post(site, title=f"Post {number}", type=("post", "page")[number % 2]) for number in range(11)]
    pages = list(walk(client, limit="3", count="1"))
    assert [len(page["items"]) for page in pages] == [3, 3, 3, 2]
    assert [page["total"] for page in pages] == [11, 8, 5, 2]
    assert ids_of(iter(pages)) == made
    assert client.call("posts", query={"after": str(made[-1])}).result == {"items": [], "next": None}


def test_what_people_do_not_publish_is_left_out(site: Site, client: PluginClient) -> None:
    statuses = ("publish", "future", "draft", "pending", "private")
    made = {status: add_post(site, status=status) for status in (*statuses, "trash", "auto-draft", "inherit")}
    add_post(site, type="revision", status="inherit", parent=str(made["publish"]))
    add_post(site, type="attachment", status="inherit")
    menu = add_post(site, type="nav_menu_item")
    assert ids_of(walk(client)) == [made[status] for status in statuses]
    assert ids_of(walk(client, types="nav_menu_item")) == [menu]
    assert [found["id"] for found in items(client, list(made.values()))] == [made[status] for status in statuses]


def test_what_is_asked_for_by_its_id_is_told_to_be_in_the_trash_or_is_not_there(
    site: Site, client: PluginClient
) -> None:
    live, trashed, other, gone = (add_post(site, status=name) for name in ("publish", "trash", "archived", "draft"))
    revision = add_post(site, type="revision", status="trash")
    site.sql(f"DELETE FROM wp_posts WHERE ID = {gone}")
    ids = ",".join(map(str, (live, trashed, other, gone, revision)))
    answer = client.call("posts", query={"ids": ids}).result
    assert ([found["id"] for found in answer["items"]], answer["trashed"]) == ([live], [trashed, other])
    behind = client.call("posts", query={"ids": ids, "after": str(trashed), "fields": "hashes"}).result
    assert (behind["items"], behind["trashed"]) == ([], [other])
    assert "trashed" not in client.call("posts").result


def test_types_of_the_settings_are_the_default_and_an_unknown_type_is_refused(site: Site, client: PluginClient) -> None:
    post, page = add_post(site), add_post(site, type="page")
    assert client.sync({"post_types": ["page"]}).result["applied"]
    try:
        assert ids_of(walk(client)) == [page]
        assert ids_of(walk(client, types="post")) == [post]
    finally:
        site.forget_settings()
    answer = client.call("posts", query={"types": "post,nonsense"})
    assert (answer.code, answer.error["details"]["field"]) == ("BAD_REQUEST", "types")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "x"),
        ("after", "-1"),
        ("count", "2"),
        ("ids", "1,"),
        ("ids", "1;2"),
        ("fields", "title"),
        ("ids", ",".join(str(number) for number in range(1, 102))),
    ],
)
def test_a_parameter_that_will_not_do_is_named(client: PluginClient, name: str, value: str) -> None:
    answer = client.call("posts", query={name: value})
    assert (answer.status, answer.code, answer.error["details"]) == (400, "BAD_REQUEST", {"field": name})


def test_posts_that_go_and_come_between_pages_skip_nothing_and_repeat_nothing(site: Site, client: PluginClient) -> None:
    made = [add_post(site, title=f"Post {number}") for number in range(12)]
    added: list[int] = []

    def meddle(pages: int) -> None:
        if pages == 1:
            site.sql(f"DELETE FROM wp_posts WHERE ID IN ({made[0]}, {made[2]}, {made[5]})")
            added.append(add_post(site, title="New"))
        if pages == 2:
            site.sql(f"UPDATE wp_posts SET post_date = NOW(), post_title = 'Newest' WHERE ID = {made[1]}")

    seen = ids_of(walk(client, between=meddle, limit="3"))
    assert seen == [number for number in made if number != made[5]] + added


def test_an_item_tells_everything_of_a_published_post(site: Site, client: PluginClient) -> None:
    picture = png()
    body = payload(
        task_id="15",
        post={"title": "Beans & “more”", "content": "<p>One.</p>", "excerpt": "Short", "slug": "beans"},
        terms=[term("Coffee"), term("roast", "post_tag")],
        relations={"cluster": {"id": "12", "name": "Beans"}, "sector": None, "keyword_ids": ["1", "7"]},
        seo={"title": "T", "description": "D", "canonical": "https://example.com/b", "focus_keywords": ["a", "b c"]},
        images=[image(picture, "featured", alt="A bean")],
    )
    result = client.publish(body, picture).result
    found = item(client, result["post_id"])
    ids = {name: [entry["term_id"] for entry in result["terms"][name]["assigned"]] for name in ("category", "post_tag")}
    cluster = site.value("SELECT term_id FROM wp_termmeta WHERE meta_key = '_igny8_external_id' AND meta_value = '12'")
    (attachment,) = result["images"].values()
    state_hash = found.pop("state_hash")
    assert len(state_hash) == 64
    assert result.get("state_hash", state_hash) == state_hash
    assert found.pop("modified_utc") >= result["post_date_utc"]
    assert len(found.pop("parts")) % 8 == 0
    assert found == {
        "id": result["post_id"],
        "type": "post",
        "status": "publish",
        "title": "Beans & “more”",
        "content": "<p>One.</p>",
        "excerpt": "Short",
        "slug": "beans",
        "permalink": result["permalink"],
        "date_utc": result["post_date_utc"],
        "author": {"id": 1, "email": "admin@example.com", "name": "admin"},
        "parent": 0,
        "template": "",
        "featured_image": {"attachment_id": attachment["attachment_id"], "url": attachment["url"], "alt": "A bean"},
        "terms": {**ids, "post_format": [], "igny8_cluster": [int(cluster or 0)], "igny8_sector": []},
        "seo": body["seo"],
        "content_id": body["content_id"],
        "task_id": "15",
        "run_id": body["run_id"],
        "relations": {"cluster_id": "12", "sector_id": None, "keyword_ids": ["1", "7"]},
        "content_hash": result["content_hash"],
    }


def test_what_is_not_there_is_null(site: Site, client: PluginClient) -> None:
    none = "0000-00-00 00:00:00"
    post_id = add_post(site, status="draft", date_gmt=none, modified_gmt=none, modified=none, author="99", name="")
    add_meta(site, post_id, "_thumbnail_id", "999999")
    add_meta(site, post_id, "_igny8_task_id", "15")
    found = item(client, post_id)
    for name in ("date_utc", "modified_utc", "author", "featured_image", "content_id", "task_id"):
        assert found[name] is None, name
    published = add_post(site, date_gmt=none)
    assert item(client, published)["date_utc"] == "2026-03-01T15:00:00Z"


def test_page_and_template(site: Site, client: PluginClient) -> None:
    above = add_post(site, type="page", name="above")
    below = add_post(site, type="page", name="below", parent=str(above))
    add_meta(site, below, "_wp_page_template", "wide.php")
    add_meta(site, above, "_wp_page_template", "default")
    found = item(client, below)
    assert (found["parent"], found["template"]) == (above, "wide.php")
    assert found["permalink"] == f"{site.wordpress.url}/above/below/"
    assert item(client, above)["template"] == ""


def test_hashes_are_those_of_the_items_and_change_with_anything_but_the_time(site: Site, client: PluginClient) -> None:
    post_id = add_post(site)
    mark_published(site, post_id)
    add_meta(site, post_id, "_igny8_seo_title", "T")
    found = item(client, post_id)
    assert hashes(client, post_id) == (found["content_hash"], found["state_hash"])
    assert found["content_hash"] == hashlib.sha256(b"A post\n<p>Text.</p>\n").hexdigest()
    seen = {found["content_hash"] + found["state_hash"]}
    table = f"UPDATE wp_posts SET %s WHERE ID = {post_id}"
    site.sql(table % "post_modified = NOW(), post_modified_gmt = NOW(), comment_count = 4")
    assert "".join(hashes(client, post_id)) in seen
    changes = [
        table % f"{column} = {value}"
        for column, value in {
            "post_title": "'B'",
            "post_content": "'C'",
            "post_excerpt": "'D'",
            "post_name": "'e'",
            "post_status": "'draft'",
            "post_parent": "1",
            "post_author": "2",
            "post_date_gmt": "'2026-01-01'",
            "post_type": "'page'",
        }.items()
    ]
    meta = f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES ({post_id}, '%s', '%s')"
    changes += [
        meta % pair
        for pair in (
            ("_thumbnail_id", "5"),
            ("_wp_page_template", "x.php"),
            ("_igny8_cluster_id", "3"),
            ("_igny8_sector_id", "4"),
            ("_igny8_keyword_ids", "1,2"),
            ("_igny8_seo_description", "D"),
            ("_igny8_focus_keywords", "a"),
        )
    ]
    changes.append(
        f"UPDATE wp_postmeta SET meta_value = 'U' WHERE post_id = {post_id} AND meta_key = '_igny8_seo_title'"
    )
    for change in changes:
        site.sql(change)
        both = "".join(hashes(client, post_id))
        assert both not in seen, change
        seen.add(both)
        found = item(client, post_id)
        assert both == found["content_hash"] + found["state_hash"]


def test_a_term_that_is_assigned_behind_wordpresss_back_shows(site: Site, client: PluginClient) -> None:
    post_id = add_post(site)
    before = hashes(client, post_id)
    site.sql(f"INSERT INTO wp_term_relationships (object_id, term_taxonomy_id) VALUES ({post_id}, 1)")
    assert item(client, post_id)["terms"]["category"] == [1]
    assert hashes(client, post_id)[1] != before[1]


def test_hashes_come_in_larger_pages(site: Site, client: PluginClient) -> None:
    columns = "post_title, post_content, post_excerpt, to_ping, pinged, post_content_filtered"
    site.sql(f"INSERT INTO wp_posts ({columns}) SELECT CONCAT('P', seq), 'x', '', '', '', '' FROM seq_1_to_1234")
    made = [int(row["ID"] or 0) for row in site.sql("SELECT ID FROM wp_posts ORDER BY ID")]
    assert ids_of(walk(client, fields="hashes", limit="5000")) == made
    pages = list(walk(client, fields="hashes", limit="1000", count="1"))
    assert [len(page["items"]) for page in pages] == [1000, 234]
    assert ids_of(iter(pages)) == made


def test_a_page_ends_after_four_megabytes_and_a_large_post_stands_alone(site: Site, client: PluginClient) -> None:
    sizes = (1000, 5_000_000, 1000, 2_000_000, 2_000_000, 2_000_000, 5_000_000)
    made = [add_post(site, title=f"Size {size}") for size in sizes]
    for post_id, size in zip(made, sizes, strict=True):
        site.sql(f"UPDATE wp_posts SET post_content = REPEAT('x', {size}) WHERE ID = {post_id}")
    pages = list(walk(client))
    assert [[len(found["content"]) for found in page["items"]] for page in pages] == [
        [1000],
        [5_000_000],
        [1000, 2_000_000, 2_000_000],
        [2_000_000],
        [5_000_000],
    ]
    assert ids_of(iter(pages)) == made
    assert ids_of(walk(client, ids=",".join(map(str, made)))) == made
    assert len(list(walk(client, fields="hashes"))) == 1


def test_a_slow_site_gives_short_pages(site: Site, client: PluginClient) -> None:
    made = [add_post(site, title=f"Post {number}") for number in range(3)]
    columns = "post_title, post_content, post_excerpt, to_ping, pinged, post_content_filtered"
    site.sql(f"INSERT INTO wp_posts ({columns}) SELECT CONCAT('P', seq), 'x', '', '', '', '' FROM seq_1_to_250")
    slow = "add_filter( 'post_link', function ( $link ) { usleep( 55000 ); return $link; } );"
    with plugin_code(site, slow):
        page = client.call("posts").result
    assert 1 <= len(page["items"]) < 253
    assert page["next"] == page["items"][-1]["id"]
    assert page["items"][0]["id"] == made[0]


def test_a_page_takes_the_same_number_of_queries_whatever_its_size(site: Site, client: PluginClient) -> None:
    above = add_post(site, type="page", name="above")
    for number in range(60):
        post_id = add_post(site, name=f"p{number}", type=("post", "page")[number % 2], parent=str(above * (number % 2)))
        picture = add_post(site, type="attachment", status="inherit")
        add_meta(site, post_id, "_thumbnail_id", str(picture))
        site.sql(f"INSERT INTO wp_term_relationships (object_id, term_taxonomy_id) VALUES ({post_id}, 1)")
    few, many = map(int, site.wordpress.run_php(COUNT_QUERIES, str(above)).split())
    assert few == many < 12
    with plugin_code(
        site, "add_filter( 'pre_option_permalink_structure', fn() => '/%category%/%author%/%postname%/' );"
    ):
        few, many = map(int, site.wordpress.run_php(COUNT_QUERIES, str(above)).split())
        assert few == many < 20
        found: Any = item(client, above + 1)
        assert found["permalink"].startswith(site.wordpress.url)
