"""Posts put straight into a WordPress's database, and imports of it, worked through in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update

import jobs
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteState
from app.sites.models import Site
from app.sync.imports import site_imports
from app.sync.imports.models import SiteImport
from tests.factories.blog import Blog

ALL = tuple(key for key, _label in site_imports.STATUSES)
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
MANY = """
INSERT INTO wp_posts (post_author, post_date, post_date_gmt, post_modified, post_modified_gmt, post_content, post_title,
  post_excerpt, post_status, post_type, post_name, to_ping, pinged, post_content_filtered)
SELECT 1, '2026-03-01 10:00:00', '2026-03-01 15:00:00', '2026-03-02 10:00:00', '2026-03-02 15:00:00',
  CONCAT('<p>Text of post ', seq, '</p>', REPEAT('x', {size})), CONCAT('Post ', seq), '', 'publish', '{kind}',
  CONCAT('post-', seq), '', '', '' FROM seq_1_to_{count}
"""


def literal(value: str | bytes) -> str:
    """SQL for a text, or for bytes that are to be stored as they are."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}" if value else "''"
    return f"CONVERT(0x{value.encode().hex()} USING utf8mb4)" if value else "''"


def add_post(blog: Blog, **columns: str | bytes) -> int:
    """Store a post as no editor would; columns without the prefix ``post_`` are meant with it."""
    given = {name if name in COLUMNS else f"post_{name}": value for name, value in columns.items()}
    row: dict[str, str | bytes] = {**COLUMNS, **given}
    values = ", ".join(literal(value) for value in row.values())
    rows = blog.wordpress.sql(
        f"INSERT INTO wp_posts ({', '.join(row)}) VALUES ({values}); SELECT LAST_INSERT_ID() AS id"
    )
    return int(rows[0]["id"] or 0)


def add_posts(blog: Blog, count: int, kind: str = "post", size: int = 0) -> None:
    """Store many posts at once."""
    blog.wordpress.sql(MANY.format(count=count, kind=kind, size=size))


def change_post(blog: Blog, post_id: int, **columns: str) -> None:
    """Change a post behind WordPress's back."""
    sets = ", ".join(f"post_{name} = {literal(value)}" for name, value in columns.items())
    blog.wordpress.sql(f"UPDATE wp_posts SET {sets} WHERE ID = {post_id}")


def start(site: Site, **changes: Any) -> Run:
    """An import of everything, committed."""
    options = {"types": ["post", "page"], "statuses": ALL, "actor": THE_APP, **changes}
    run = site_imports.start_site_import(site.account_id, site.id, **options)
    db.session.commit()
    return run


def work(run: Run, rounds: int = 20) -> Run:
    """Do what workers would until the run has ended, or waits for a person."""
    run_id = run.id
    for _ in range(rounds):
        jobs.execute(str(run_id))
        db.session.rollback()
        run = db.session.get_one(Run, run_id)
        if run.state != "queued":
            break
        db.session.execute(update(Run).where(Run.id == run_id).values(due_at=utcnow()))
        db.session.commit()
    return run


def import_all(site: Site, **changes: Any) -> SiteImport:
    """A whole import that has to succeed."""
    run = work(start(site, **changes))
    assert (run.state, run.error) == ("succeeded", None), (run.state, run.step, run.error)
    return import_of(run)


def import_of(run: Run) -> SiteImport:
    """How far the import of this run is, as another process wrote it."""
    run_id = run.id
    db.session.rollback()
    return db.session.scalars(select(SiteImport).where(SiteImport.run_id == run_id)).one()


def content_of(site: Site, post_id: int) -> Content:
    """The content that a post became."""
    db.session.rollback()
    stmt = select(RemoteState.content_id).where(RemoteState.site_id == site.id, RemoteState.kind == "post")
    return db.session.get_one(Content, db.session.scalars(stmt.where(RemoteState.external_id == post_id)).one())


def titles(site: Site) -> list[str]:
    """The titles of all content of the site, sorted."""
    db.session.rollback()
    return sorted(db.session.scalars(select(Content.title).where(Content.site_id == site.id)))


@contextmanager
def plugin_code(blog: Blog, code: str) -> Iterator[None]:
    """Let WordPress run some PHP in each request, as another plugin would."""
    file = blog.wordpress.mu_plugins / "of-an-import-test.php"
    file.write_text("<?php\n" + code)
    try:
        yield
    finally:
        file.unlink()


def asked_of(route: str) -> str:
    """PHP that holds for requests of a route of the plugin."""
    return f"preg_match( '#(igny8/v1/|igny8_route=){route}#', urldecode( $_SERVER['REQUEST_URI'] ) )"
