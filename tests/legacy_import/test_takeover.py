"""The new plugin takes over the posts of the old one, on a real WordPress: no doubled row, no number read as ours."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.events import delivery
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.kinds import RunKind
from app.legacy_import.models import LegacyImport
from app.legacy_import.run_kinds import TAKE_OVER
from app.mirror.models import RemoteState
from app.planner.models import Cluster
from app.publishing import services
from app.sites import connection, hooks
from app.sync.reconcile.health import check_site_now
from tests.factories.blog import Blog
from tests.factories.imports import add_post, import_all, work
from tests.factories.old_plugin import Size, as_dump, inserts
from tests.factories.things import make_cluster, make_keyword
from tests.legacy_import.conftest import Moving

COLUMNS = "ID, post_title, post_content, post_status, post_name, guid, post_type, post_author"
HERE = "/account/legacy/"


class OldBlog:
    """A real WordPress with posts of the old plugin, and the dump of them."""

    def __init__(self, blog: Blog, numbers: tuple[int, int]) -> None:
        self.blog = blog
        self.posts = [self._post(number, *numbers) for number in (1, 2, 3)]

    def _post(self, number: int, cluster: int, keyword: int) -> int:
        name = f"old-{number}"
        guid = f"{self.blog.url}/?old={number}"
        post = add_post(self.blog, title=f"Old {number}", name=name, guid=guid)
        metas = {"cluster_id": cluster, "keyword_ids": keyword, "content_id": 42, "task_id": number}
        for key, value in metas.items():
            self.blog.wordpress.sql(
                f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES ({post}, '_igny8_{key}', '{value}')"
            )
        return post

    def metas(self) -> list[dict[str, str | None]]:
        return self.blog.wordpress.sql("SELECT * FROM wp_postmeta ORDER BY meta_id")

    def count(self) -> int:
        return self.blog.count("post")

    def links(self) -> dict[int, int]:
        """Our content by post, as the plugin knows it."""
        rows = self.blog.wordpress.sql("SELECT content_id, post_id FROM wp_igny8_map WHERE post_id > 0")
        return {int(row["post_id"] or 0): int(row["content_id"] or 0) for row in rows}

    def dump(self) -> bytes:
        rows = self.blog.wordpress.sql(f"SELECT {COLUMNS} FROM wp_posts WHERE post_type = 'post' ORDER BY ID")
        metas = self.blog.wordpress.sql("SELECT meta_id, post_id, meta_key, meta_value FROM wp_postmeta")
        more = "".join(inserts("wp_postmeta", [tuple(row.values()) for row in metas]))
        more += "".join(inserts("wp_posts", [tuple(row.values()) for row in rows], COLUMNS))
        return as_dump(Size(posts=0, tasks=3, ideas=0, metas=0), more=more)


@pytest.fixture
def numbers(moving: Moving) -> tuple[int, int]:
    """A cluster and a keyword of ours, whose numbers the old plugin uses for others."""
    cluster, keyword = make_cluster(moving.site, "Not theirs"), make_keyword(moving.site)
    db.session.commit()
    return cluster.id, keyword.id


@pytest.fixture
def old(blog: Blog, numbers: tuple[int, int]) -> OldBlog:
    return OldBlog(blog, numbers)


def connect(moving: Moving, blog: Blog) -> None:
    blog.pair(moving.site)
    connection.check_connection(moving.account_id, moving.site_id)
    db.session.commit()


def runs_of(kind: RunKind) -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).where(Run.kind == kind.name).order_by(Run.created_at)))


def hand_over(moving: Moving) -> Run:
    """Deliver what moving in has told, and do the work that comes of it."""
    db.session.commit()
    delivery.deliver(moving.account_id)
    run = work(runs_of(TAKE_OVER)[-1])
    assert run.state == "succeeded", run.error
    return run


def contents(moving: Moving) -> dict[int, Content]:
    stmt = select(RemoteState.external_id, Content).join(Content, Content.id == RemoteState.content_id)
    return {row[0]: row[1] for row in db.session.execute(stmt.where(RemoteState.site_id == moving.site_id))}


def report(legacy: LegacyImport) -> dict[str, object]:
    found = dict(db.session.get_one(LegacyImport, legacy.id, populate_existing=True).report["takeover"])
    found.pop("at")
    return found


def test_posts_are_linked_published_in_place_and_never_doubled(
    moving: Moving, old: OldBlog, numbers: tuple[int, int]
) -> None:
    connect(moving, old.blog)
    metas = old.metas()
    legacy = moving.move(moving.read(old.dump()))
    assert hand_over(moving).message == "Handed 3 posts over to the new plugin."
    assert old.links() == {post: content.id for post, content in contents(moving).items()}
    assert (old.metas(), report(legacy)) == (metas, {"linked": 3, "refused": {}, "first": []})
    import_all(moving.site)
    db.session.expire_all()
    found = contents(moving)
    assert sorted(found) == old.posts
    assert {content.cluster_id for content in found.values()}.isdisjoint({numbers[0]})
    assert not any(content.keywords for content in found.values())
    content = found[old.posts[0]]
    (run,) = services.start_publishes(moving.account_id, [content.id], THE_APP)
    db.session.commit()
    assert work(run).state == "succeeded"
    assert (old.count(), content.external_id) == (3, old.posts[0])
    again = import_all(moving.site)
    assert (again.created, again.updated, again.kept) == (0, 0, 0)


def test_a_site_that_is_connected_later_takes_them_over_then(moving: Moving, old: OldBlog) -> None:
    moving.move(moving.read(old.dump()))
    delivery.deliver(moving.account_id)
    assert runs_of(TAKE_OVER) == []
    connect(moving, old.blog)
    hand_over(moving)
    assert sorted(old.links()) == old.posts
    old.blog.wordpress.sql("DELETE FROM wp_igny8_map")
    hooks.site_paired(moving.account_id, moving.site_id)
    hand_over(moving)
    assert sorted(old.links()) == old.posts
    assert len(runs_of(TAKE_OVER)) == 2


def test_posts_of_another_site_are_left_alone_and_named(
    moving: Moving, old: OldBlog, owner_client: FlaskClient
) -> None:
    dump = old.dump()
    for number, post in enumerate(old.posts[:2]):
        other = f"UPDATE wp_posts SET guid = 'x{number}', post_name = 'x{number}', post_title = 'Not it'"
        old.blog.wordpress.sql(f"{other}, post_content = 'Not it', post_date_gmt = '2020-01-01' WHERE ID = {post}")
    connect(moving, old.blog)
    legacy = moving.move(moving.read(dump))
    hand_over(moving)
    assert report(legacy)["refused"] == {"POST_UNCERTAIN": 2}
    text = owner_client.get(f"{HERE}{legacy.id}/").text
    for words in (
        "2 posts in WordPress have the numbers of old ones",
        "Is this the site",
        "Old 1",
        "Hand the posts over",
    ):
        assert words in text, words
    left_out = import_all(moving.site)
    assert (left_out.created, left_out.updated, left_out.problems) == (0, 1, 2)
    db.session.expire_all()
    assert [contents(moving)[post].title for post in old.posts] == ["Old 1", "Old 2", "Old 3"]
    assert owner_client.post(f"{HERE}{legacy.id}/take-over/").status_code == 303
    assert work(runs_of(TAKE_OVER)[-1]).message == "Handed 1 post over to the new plugin, 2 could not be."


def test_what_is_undone_and_moved_in_again_is_taken_over_again(moving: Moving, old: OldBlog) -> None:
    connect(moving, old.blog)
    legacy = moving.move(moving.read(old.dump()))
    hand_over(moving)
    before = old.links()
    legacy = moving.undo(legacy)
    assert "takeover" not in legacy.report
    assert contents(moving) == {}
    moving.move(legacy)
    hand_over(moving)
    assert sorted(old.links()) == old.posts
    assert set(old.links().values()).isdisjoint(before.values())
    assert db.session.scalar(select(func.count()).select_from(Content)) == 3


def test_what_of_the_old_plugin_still_runs_is_told_with_its_cure(
    moving: Moving, old: OldBlog, owner_client: FlaskClient
) -> None:
    connect(moving, old.blog)
    legacy = moving.move(moving.read(old.dump()))
    old.blog.wordpress.run_php("<?php wp_schedule_event( time() + 3600, 'hourly', 'igny8_auto_writer_cron' );")
    try:
        check_site_now(moving.account_id, moving.site_id)
    finally:
        old.blog.wordpress.run_php("<?php wp_unschedule_hook( 'igny8_auto_writer_cron' );")
    for page in (f"{HERE}{legacy.id}/", f"/sites/{moving.site_id}/health/"):
        text = owner_client.get(page).text
        for words in ("igny8_auto_writer_cron", "wp cron event delete igny8_auto_writer_cron"):
            assert words in text, (page, words)


def test_nothing_is_handed_over_where_no_plugin_answers(moving: Moving, owner_client: FlaskClient) -> None:
    legacy = moving.read()
    assert owner_client.post(f"{HERE}{legacy.id}/take-over/").status_code == 409
    moving.move(legacy)
    assert owner_client.post(f"{HERE}{legacy.id}/take-over/").status_code == 409
    assert "done by itself once the site is connected" in owner_client.get(f"{HERE}{legacy.id}/").text
    assert db.session.scalar(select(Cluster.id).limit(1)) is not None
