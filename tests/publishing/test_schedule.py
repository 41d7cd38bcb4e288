"""Publishing at a time: on time, moved, cancelled, healed, and never over somebody's edit."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

import jobs
from app.accounts.models import Account
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import iso, utcnow
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs import services as runs
from app.publishing import services
from app.publishing.schedule import services as schedule
from app.publishing.schedule.upcoming import list_upcoming
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.people import make_account
from tests.factories.things import make_content, make_site

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    blog.pair(site)
    return site


def plan(content: Content, due_at: datetime | None = None) -> Run:
    run = schedule.schedule(content.account_id, [content.id], due_at or utcnow() + timedelta(hours=2), THE_APP)[0]
    db.session.commit()
    return run


def come_due(run: Run, ago: timedelta = timedelta(seconds=1)) -> Run:
    """Let the time of the run have come, and work it off."""
    due_at = utcnow() - ago
    params = {**run.params, "due_at": iso(due_at)}
    db.session.execute(update(Run).where(Run.id == run.id).values(due_at=due_at, params=params))
    db.session.commit()
    runs.recover_runs()
    jobs.execute(str(run.id))
    db.session.expire_all()
    return db.session.get_one(Run, run.id)


def edit_in_wordpress(blog: Blog, content: Content, title: str) -> None:
    script = "<?php wp_update_post( array( 'ID' => (int) $args[0], 'post_title' => $args[1] ) );"
    blog.wordpress.run_php(script, str(db.session.get_one(Content, content.id).external_id), title)


def test_a_publish_waits_for_its_time(site: Site) -> None:
    run = plan(make_content(site))
    assert runs.recover_runs() == 0
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert run.state == "queued"
    assert runs.count_active(site.account_id) == 0  # nothing works in the background
    assert runs.recent_runs(site.account_id) == []
    assert list_upcoming(site.account_id, None, UTC_ZONE, {})[0].items == [run]


def test_at_its_time_it_goes_live_with_that_date(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    run = come_due(plan(content), ago=timedelta(minutes=3))
    intent = run.params["due_at"]
    assert (run.state, run.error) == ("succeeded", None)
    post_id = db.session.get_one(Content, content.id).external_id
    row = blog.wordpress.sql(f"SELECT post_date_gmt, post_date, post_status FROM wp_posts WHERE ID = {post_id}")[0]
    assert row["post_status"] == "publish"
    assert row["post_date_gmt"] == intent.replace("T", " ").removesuffix("Z")


def test_a_time_that_was_missed_is_made_up_for(paired: Site, blog: Blog) -> None:
    run = come_due(plan(make_content(paired)), ago=timedelta(days=1))
    assert run.state == "succeeded"
    assert blog.count("post") == 1


def test_what_is_live_and_unchanged_is_left_alone(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    come_due(plan(content))
    before = blog.wordpress.sql("SELECT post_modified_gmt FROM wp_posts")
    run = come_due(plan(content))
    assert run.state == "succeeded"
    assert "unchanged" in (run.message or "")
    assert blog.wordpress.sql("SELECT post_modified_gmt FROM wp_posts") == before


def test_an_edit_made_in_wordpress_is_never_overwritten(paired: Site, blog: Blog) -> None:
    content = make_content(paired, title="Ours")
    come_due(plan(content))
    edit_in_wordpress(blog, content, "Theirs")
    content.title = "Ours again"
    db.session.commit()
    run = come_due(plan(content))
    assert run.state == "failed"
    assert run.error["code"] == "EDITED_IN_WORDPRESS"
    assert run.error["details"]["link"] == f"/content/{content.id}/drift/"
    assert blog.titles() == ["Theirs (publish)"]


def test_a_post_that_was_trashed_in_wordpress_is_not_brought_back(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    come_due(plan(content))
    blog.wordpress.run_php(
        "<?php wp_trash_post( (int) $args[0] );", str(db.session.get_one(Content, content.id).external_id)
    )
    content.title = "Changed"
    db.session.commit()
    error = come_due(plan(content)).error
    assert (error["code"], error["message"]) == ("DELETED_IN_WORDPRESS", "The post is in the trash in WordPress.")


def test_it_is_tried_again_hourly_and_three_times(site: Site, blog: Blog) -> None:
    blog.pair(site)
    site.connection.home_url = site.url = "http://127.0.0.1:9"
    db.session.commit()
    run = plan(make_content(site))
    for attempt in (1, 2, 3):
        run = come_due(run)
        assert (run.state, run.attempt) == ("queued", attempt)
        assert timedelta(minutes=58) < run.due_at - utcnow() < timedelta(minutes=61)
    assert come_due(run).state == "failed"


def test_scheduling_again_moves(site: Site) -> None:
    content = make_content(site)
    first = plan(content)
    later = utcnow() + timedelta(days=3)
    assert plan(content, later).id == first.id
    assert first.due_at == later
    assert first.params["due_at"] == later.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1


def test_publishing_by_hand_overrides_the_schedule(paired: Site, blog: Blog) -> None:
    content = make_content(paired)
    planned = plan(content)
    by_hand = services.start_publishes(paired.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    jobs.execute(str(by_hand.id))
    db.session.expire_all()
    assert (planned.state, planned.message) == ("cancelled", "Published by hand instead.")
    assert by_hand.state == "succeeded"
    assert blog.count("post") == 1


def test_moving_or_scheduling_is_refused_once_it_has_started(site: Site) -> None:
    content = make_content(site)
    run = services.start_publishes(site.account_id, [content.id], THE_APP)[0]
    db.session.commit()
    with pytest.raises(Conflict):
        schedule.reschedule(run, utcnow() + timedelta(hours=1))
    db.session.rollback()
    with pytest.raises(Conflict):
        plan(content)


@pytest.mark.parametrize("due_at", [datetime(2020, 1, 1, tzinfo=UTC), utcnow() + timedelta(days=900)])
def test_times_that_make_no_sense_are_refused(site: Site, due_at: datetime) -> None:
    with pytest.raises(DomainError):
        plan(make_content(site), due_at)


def test_lists_are_of_one_account_and_site(site: Site, account: Account) -> None:
    second = make_site(account)
    foreign = make_site(make_account("Elsewhere"))
    for place in (site, second, foreign):
        plan(make_content(place))
    assert list_upcoming(account.id, None, UTC_ZONE, {})[0].total == 2
    assert list_upcoming(account.id, second.id, UTC_ZONE, {})[0].total == 1
    with pytest.raises(NotFound):
        schedule.schedule(account.id, [make_content(foreign).id], utcnow() + timedelta(hours=1), THE_APP)
