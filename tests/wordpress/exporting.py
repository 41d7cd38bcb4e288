"""Posts put straight into the database, byte for byte, and walks through the pages of an export."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.factories.imports import literal
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient

COLUMNS = {
    "post_author": "1",
    "post_date": "2026-03-01 10:00:00",
    "post_date_gmt": "2026-03-01 15:00:00",
    "post_modified": "2026-03-02 10:00:00",
    "post_modified_gmt": "2026-03-02 15:00:00",
    "post_content": "<p>Text.</p>",
    "post_title": "A post",
    "post_excerpt": "",
    "post_status": "publish",
    "post_type": "post",
    "post_name": "a-post",
    "to_ping": "",
    "pinged": "",
    "post_content_filtered": "",
    "post_parent": "0",
    "guid": "",
}


def add_post(site: Site, **columns: str | bytes) -> int:
    """Store a post as no editor would; columns without the prefix ``post_`` are meant with it."""
    given = {name if name in COLUMNS else f"post_{name}": value for name, value in columns.items()}
    row: dict[str, str | bytes] = {**COLUMNS, **given}
    values = ", ".join(literal(value) for value in row.values())
    rows = site.sql(f"INSERT INTO wp_posts ({', '.join(row)}) VALUES ({values}); SELECT LAST_INSERT_ID() AS id")
    return int(rows[0]["id"] or 0)


def add_meta(site: Site, post_id: int, key: str, value: str) -> None:
    """Store a meta value."""
    site.sql(f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES ({post_id}, '{key}', {literal(value)})")


def mark_published(site: Site, post_id: int) -> None:
    """Note in the map that a publish wrote the post."""
    row = f"'of-{post_id}', {post_id}, 'published', 'r', 'r', '[]'"
    site.sql(f"INSERT INTO wp_igny8_map (content_id, post_id, state, run_id, done_run_id, attachments) VALUES ({row})")


def remove_posts(site: Site) -> None:
    """Take away all posts and what hangs on them."""
    for table in ("posts", "postmeta", "term_relationships", "igny8_map"):
        site.sql(f"DELETE FROM wp_{table}")
    site.sql("UPDATE wp_term_taxonomy SET count = 0")


def items(client: PluginClient, ids: list[int], **query: str) -> list[Any]:
    """Return the items of these posts."""
    found = client.call("posts", query={"ids": ",".join(map(str, ids)), **query}).result["items"]
    assert isinstance(found, list)
    return found


def item(client: PluginClient, post_id: int) -> dict[str, Any]:
    """Return the item of a post."""
    (found,) = items(client, [post_id])
    assert isinstance(found, dict)
    return found


def hashes(client: PluginClient, post_id: int) -> tuple[str, str]:
    """Return content hash and state hash of a post."""
    (found,) = items(client, [post_id], fields="hashes")
    return found[1], found[2]


def walk(
    client: PluginClient, route: str = "posts", between: Callable[[int], object] = lambda page: None, **query: str
) -> Iterator[dict[str, Any]]:
    """Yield the pages one after the other, calling ``between`` with the number of pages so far."""
    after, pages = 0, 0
    while True:
        page = client.call(route, query={**query, "after": str(after)}).result
        pages += 1
        yield page
        if page["next"] is None:
            return
        assert page["next"] > after
        after = page["next"]
        between(pages)


def ids_of(pages: Iterator[dict[str, Any]]) -> list[int]:
    """Return the ids of all items."""
    return [found["id"] if isinstance(found, dict) else found[0] for page in pages for found in page["items"]]


@contextmanager
def plugin_code(site: Site, code: str) -> Iterator[None]:
    """Let WordPress run some PHP in each request, as another plugin would."""
    file = site.wordpress.mu_plugins / "of-one-test.php"
    file.write_text("<?php\n" + code)
    try:
        yield
    finally:
        file.unlink()
