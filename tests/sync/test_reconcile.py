"""Comparing everything: what no event told is found, and nothing else is touched. Pure parts, and a real WordPress."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.models import RemoteChange, RemoteState
from app.sites.models import Site, WordPressConnection
from app.sync.models import SiteSync
from app.sync.reconcile import site_comparison
from app.sync.reconcile.hashes import Report, compare_page, read_hashes
from app.sync.reconcile.nightly import start_due
from app.sync.reconcile.quiet_hours import next_quiet_hour
from app.sync.reconcile.site_comparison import start_comparison
from tests.factories.people import make_account
from tests.factories.plugin import Plugin
from tests.factories.things import make_content, make_site, make_term
from tests.sync.real import Real, stands


def imported(real: Real) -> None:
    """From now on new posts come in by themselves."""
    db.session.add(SiteSync(site_id=real.site.id, account_id=real.site.account_id, imported_at=utcnow()))
    db.session.commit()


def content_of(post_id: int) -> Content:
    stmt = select(Content).join(RemoteState, RemoteState.content_id == Content.id)
    return db.session.scalars(stmt.where(RemoteState.external_id == post_id, RemoteState.kind == "post")).one()


@pytest.fixture
def live(real: Real) -> Content:
    """A content that was published."""
    content = make_content(real.site, title="First")
    assert real.publish(content).state == "succeeded"
    real.compare()
    return db.session.get_one(Content, content.id)


def test_what_is_unchanged_is_not_fetched(real: Real, live: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(real)
    for number in range(7):
        real.write(f"Post {number}")
    real.forget()
    assert real.compare()["added"] == 7
    asked: list[Any] = []
    ask = site_comparison.SiteComparison._ask
    monkeypatch.setattr(
        site_comparison.SiteComparison, "_ask", lambda self, *args: (asked.append(args), ask(self, *args))[1]
    )
    found = real.compare()
    assert (found["posts"], found["same"], found["updated"], found["added"]) == (8, 8, 0, 0)
    assert [route for route, _query in asked] == ["taxonomies", "posts"]
    assert found == {**vars(Report()), "posts": 8, "same": 8, "terms": found["terms"]}


def test_pages_meet_without_gap_or_overlap(real: Real, live: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(real)
    posts = [real.write(f"Post {number}") for number in range(9)]
    real.compare()
    real.sql(f"UPDATE wp_posts SET post_title = 'By SQL' WHERE ID IN ({posts[0]}, {posts[4]}, {posts[8]})")
    real.sql(f"DELETE FROM wp_posts WHERE ID IN ({posts[2]}, {posts[5]}, {posts[7]})")
    monkeypatch.setattr(site_comparison, "HASHES", 3)
    monkeypatch.setattr(site_comparison, "FEWEST", 3)
    monkeypatch.setattr(site_comparison.SiteComparison.__init__, "__defaults__", (3,))
    found = real.compare()
    assert (found["posts"], found["updated"], found["gone"]) == (7, 3, 3)
    assert {content_of(posts[at]).title for at in (0, 4, 8)} == {"By SQL"}
    assert {content_of(posts[at]).remote_status for at in (2, 5, 7)} == {"deleted"}


def test_edits_straight_in_the_database_are_found(real: Real, live: Content) -> None:
    term = make_term(real.site, "Brewing")
    real.sql(f"UPDATE wp_posts SET post_title = 'By SQL', post_content = 'Text' WHERE ID = {live.external_id}")
    real.sql(
        f"INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES ({live.external_id}, '_igny8_seo_title', 'S')"
    )
    assert real.compare()["updated"] == 1
    row = db.session.get_one(Content, live.id)
    assert (row.title, row.content_html, row.seo_title) == ("By SQL", "Text", "S")
    assert stands(live) == ("in_step", {})
    made = real.edit("echo wp_insert_term( 'Brewing', 'category' )['term_taxonomy_id'];")
    real.forget()
    real.sql(f"INSERT INTO wp_term_relationships (object_id, term_taxonomy_id) VALUES ({live.external_id}, {made})")
    assert real.compare()["updated"] == 1
    assert "Brewing" in {one.name for one in db.session.get_one(Content, live.id).terms}
    assert real.compare()["updated"] == 0
    assert term.id


def test_what_was_changed_here_too_is_a_conflict_and_stays(real: Real, live: Content) -> None:
    update_content(live.id, live.account_id, {"title": "Mine"}, expected_version=live.version)
    db.session.commit()
    real.sql(f"UPDATE wp_posts SET post_title = 'By SQL' WHERE ID = {live.external_id}")
    run = real.work(start_comparison(real.site, THE_APP))
    assert (run.data["kept"], run.link) == (1, f"/content/?site={real.site.id}&sync=both")
    assert "1 changed on both sides" in run.message
    assert stands(live) == ("both", {"title": "both"})
    assert real.compare()["kept"] == 0


def test_what_vanished_is_marked_and_heals_when_it_comes_back(real: Real, live: Content) -> None:
    post_id = live.external_id
    real.sql(f"UPDATE wp_posts SET post_status = 'trash' WHERE ID = {post_id}")
    assert real.compare()["gone"] == 1
    row = db.session.get_one(Content, live.id)
    assert (row.sync_state, row.remote_status, row.status) == ("gone", "trash", "draft")
    assert real.compare()["gone"] == 0
    real.sql(f"UPDATE wp_posts SET post_status = 'publish' WHERE ID = {post_id}")
    real.compare()
    row = db.session.get_one(Content, live.id)
    assert (row.sync_state, row.remote_status, row.status, row.external_id) == (
        "in_step",
        "publish",
        "published",
        post_id,
    )
    real.sql(f"DELETE FROM wp_posts WHERE ID = {post_id}")
    assert real.compare()["gone"] == 1
    assert db.session.get_one(Content, live.id).remote_status == "deleted"


def test_the_trash_and_what_is_deleted_are_told_apart_also_of_what_was_never_published_from_here(
    real: Real, owner_client: FlaskClient
) -> None:
    imported(real)
    posts = [real.write(f"Post {number}") for number in range(25)]
    real.forget()
    real.compare()
    real.sql(f"UPDATE wp_posts SET post_status = 'trash' WHERE ID IN ({', '.join(map(str, posts[:23]))})")
    real.sql(f"DELETE FROM wp_posts WHERE ID = {posts[23]}")
    assert real.compare()["gone"] == 24
    assert {content_of(one).remote_status for one in posts[:23]} == {"trash"}
    assert content_of(posts[23]).remote_status == "deleted"
    rows = [
        owner_client.get(f"/content/?site={real.site.id}&state={state}").text.count('id="content-row-')
        for state in ("wp_trash", "gone")
    ]
    assert rows == [23, 1]
    real.sql(f"DELETE FROM wp_posts WHERE ID = {posts[0]}")  # the trash was emptied of it, and no event told
    assert real.compare()["gone"] == 0
    assert [content_of(one).remote_status for one in posts[:2]] == ["deleted", "trash"]
    last = db.session.scalars(select(RemoteChange).order_by(RemoteChange.id.desc())).first()
    assert last is not None
    assert last.message == "Deleted in WordPress."


def test_a_type_that_is_no_longer_listed_is_not_gone(real: Real, live: Content) -> None:
    real.edit(
        "$s = get_option( 'igny8_settings', array() ); $s['post_types'] = array( 'page' );"
        " update_option( 'igny8_settings', $s );"
    )
    try:
        found = real.compare()
        assert (found["posts"], found["gone"]) == (0, 0)
        assert stands(live) == ("in_step", {})
    finally:
        real.edit(
            "$s = get_option( 'igny8_settings', array() ); unset( $s['post_types'] );"
            " update_option( 'igny8_settings', $s );"
        )


def test_what_is_there_but_cannot_be_read_is_not_gone(
    real: Real, live: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    real.edit(
        "$s = get_option( 'igny8_settings', array() ); $s['post_types'] = array( 'page' );"
        " update_option( 'igny8_settings', $s );"
    )
    ask = site_comparison.SiteComparison._ask

    def spoiled(
        self: site_comparison.SiteComparison, route: str, query: dict[str, str]
    ) -> tuple[dict[str, Any], float]:
        answer, seconds = ask(self, route, query)
        if "ids" in query:
            answer["items"] = [{**item, "status": ["not", "a", "text"]} for item in answer["items"]]
        return answer, seconds

    monkeypatch.setattr(site_comparison.SiteComparison, "_ask", spoiled)
    try:
        assert real.compare()["gone"] == 0
        assert stands(live) == ("in_step", {})
    finally:
        real.edit(
            "$s = get_option( 'igny8_settings', array() ); unset( $s['post_types'] );"
            " update_option( 'igny8_settings', $s );"
        )


def test_posts_whose_content_is_not_here_are_named(real: Real, live: Content) -> None:
    other = make_content(real.site, title="Deleted here")
    real.publish(other)
    db.session.delete(db.session.get_one(Content, other.id))
    db.session.commit()
    imported(real)
    found = real.compare()
    assert (found["orphan_count"], found["added"]) == (1, 0)
    assert found["orphans"][0]["title"] == "Deleted here"
    assert found["orphans"][0]["url"].startswith(real.wordpress.url)


def test_posts_of_others_come_in_only_after_an_import(real: Real, live: Content) -> None:
    post_id = real.write("Theirs alone")
    found = real.compare()
    assert (found["added"], found["unknown"]) == (0, 1)
    imported(real)
    assert real.compare()["added"] == 1
    assert content_of(post_id).title == "Theirs alone"


def test_terms_renamed_and_deleted_in_the_database_are_found(real: Real, live: Content) -> None:
    real.edit("wp_set_object_terms( (int) $args[0], array( 'One', 'Two' ), 'category' );", str(live.external_id))
    real.pull()
    assert {one.name for one in db.session.get_one(Content, live.id).terms} >= {"One", "Two"}
    real.sql("UPDATE wp_terms SET name = 'Renamed' WHERE name = 'One'")
    real.sql(
        "DELETE x, r FROM wp_term_taxonomy x JOIN wp_terms t USING (term_id) LEFT JOIN wp_term_relationships r"
        " USING (term_taxonomy_id) WHERE t.name = 'Two'"
    )
    assert real.compare()["terms_gone"] == 1
    names = {one.name for one in db.session.get_one(Content, live.id).terms}
    assert "Renamed" in names
    assert "Two" not in names


def test_what_was_heard_after_the_page_was_read_is_not_undone(site: Site, plugin: Plugin) -> None:
    from app.mirror.apply import apply_post_items
    from tests.factories.plugin import post

    before = utcnow()
    apply_post_items(site.account_id, site.id, [post(1), post(5)])
    db.session.commit()
    found = compare_page(site.id, [(1, "old", "old", None)], 0, None, before)
    assert (found.differing, found.missing, found.same) == ([], [], 1)
    found = compare_page(site.id, [(1, "old", "old", None)], 0, None, utcnow())
    assert (found.differing, found.missing) == ([1], [5])


def test_hashes_are_read_as_the_contract_has_them() -> None:
    assert read_hashes([[5, "a", "b", "42"], [6, "a", "b", None], ["x"], [0, "a", "b", None], "no"]) == [
        (5, "a", "b", 42),
        (6, "a", "b", None),
    ]
    assert read_hashes(None) == []


@pytest.mark.parametrize(
    ("zone", "site_id", "expected"),
    [
        ("UTC", 0, "2026-03-28T02:00"),
        ("UTC", 1, "2026-03-28T02:37"),
        ("America/New_York", 0, "2026-03-28T06:00"),
        ("Asia/Tokyo", 0, "2026-03-27T17:00"),
    ],
)
def test_a_site_is_compared_at_a_quiet_minute_of_its_own(zone: str, site_id: int, expected: str) -> None:
    now = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    assert next_quiet_hour(now, zone, site_id).strftime("%Y-%m-%dT%H:%M") == expected


def test_a_site_that_may_not_be_compared_keeps_no_other_waiting(site: Site) -> None:
    other = make_site(make_account("Leaving"))
    night = datetime(2026, 3, 28, 2, 0, tzinfo=UTC)
    for one, due in ((other, night - timedelta(minutes=2)), (site, night - timedelta(minutes=1))):
        db.session.add(
            WordPressConnection(
                account_id=one.account_id,
                site_id=one.id,
                key_id=f"k{one.id}",
                secret="s",
                state="connected",
                compare_due_at=due,
            )
        )
    db.session.get_one(Account, other.account_id).deletion_due_at = night + timedelta(days=3)
    db.session.commit()
    assert start_due(night) == 1
    db.session.commit()
    assert [run.site_id for run in db.session.scalars(select(Run))] == [site.id]
    assert start_due(night) == 0


def test_each_night_once_and_a_missed_night_is_left_out(site: Site, plugin: Plugin) -> None:
    link = site.connection
    assert link is not None
    link.state = "connected"
    db.session.commit()
    evening = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)
    assert start_due(evening) == 0
    due = link.compare_due_at
    assert due is not None
    assert start_due(due) == 1
    db.session.commit()
    assert start_due(due) == 0
    run = db.session.scalars(select(Run)).one()
    assert (run.kind, run.queue, run.exclusive_key) == ("compare", "bulk", f"compare:{site.id}")
    link.compare_due_at = due
    db.session.commit()
    assert start_due(due.replace(hour=14)) == 0
    assert link.compare_due_at > due
