"""One word for how a content stands: PostgreSQL's column and Python's rule are the same, whoever changed what."""

import re
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.content import state
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.services import cancel, retry
from app.planner.models import Cluster
from app.publishing import services
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from tests.factories.things import make_content

PILL = re.compile(r'class="pill pill-[^>]*>(?:<[^>]*>)*([^<]+)<')
STATUSES = ("draft", "published")
REMOTE = ("", "publish", "draft", "pending", "private", "future", "trash", "deleted", "inherit")
SYNC = ("", "in_step", "ours", "theirs", "both", "gone")
RULE = text(
    f"select {state.SQL} from (select cast(:status as text) as status, cast(:remote as text) as remote_status,"
    " cast(:sync as text) as sync_state, cast(:due as timestamptz) as scheduled_at) content"
)


def test_postgresql_says_what_python_says_of_every_combination(app: Flask) -> None:
    for status, remote, sync, due in product(STATUSES, REMOTE, SYNC, (None, utcnow())):
        kept = db.session.scalar(RULE, {"status": status, "remote": remote, "sync": sync, "due": due})
        assert kept == state.content_state(status, remote, sync, is_scheduled=due is not None), (
            status,
            remote,
            sync,
            due,
        )
        assert kept in state.LABELS


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, "draft"),
        ({"remote_status": "pending", "sync_state": "in_step"}, "draft"),
        ({"remote_status": "private", "sync_state": "ours"}, "draft"),
        ({"remote_status": "future"}, "scheduled"),
        ({"remote_status": "publish", "sync_state": "in_step"}, "live"),
        ({"remote_status": "publish", "sync_state": "theirs"}, "live"),
        ({"status": "published", "remote_status": "publish", "sync_state": "ours"}, "live_changed"),
        ({"remote_status": "publish", "sync_state": "both"}, "conflict"),
        ({"remote_status": "trash", "sync_state": "gone"}, "wp_trash"),
        ({"remote_status": "deleted", "sync_state": "gone"}, "gone"),
    ],
)
def test_what_a_person_calls_it(site: Site, columns: dict[str, str], expected: str) -> None:
    assert make_content(site, **columns).state == expected


def state_now(content: Content) -> str:
    db.session.commit()
    db.session.refresh(content)
    return content.state


def test_a_schedule_shows_until_it_is_moved_cancelled_or_overridden(site: Site) -> None:
    content = make_content(site)
    first, later = (utcnow().replace(microsecond=0) + timedelta(days=days) for days in (1, 2))
    (run,) = schedule.schedule(site.account_id, [content.id], first, THE_APP)
    assert (state_now(content), content.scheduled_at) == ("scheduled", first)
    schedule.reschedule(run, later)
    assert (state_now(content), content.scheduled_at) == ("scheduled", later)
    schedule.unschedule(run)
    assert (state_now(content), content.scheduled_at) == ("draft", None)
    retry(run)
    assert state_now(content) == "scheduled"
    cancel(run)
    assert state_now(content) == "draft"
    schedule.schedule(site.account_id, [content.id], first, THE_APP)
    assert state_now(content) == "scheduled"
    services.start_publishes(site.account_id, [content.id], THE_APP)
    assert state_now(content) == "draft"  # it is being published now, not at a time


def test_many_schedules_at_once_are_each_kept(site: Site) -> None:
    contents = [make_content(site) for _ in range(3)]
    other = make_content(site)
    schedule.schedule(site.account_id, [row.id for row in contents], utcnow() + timedelta(days=1), THE_APP)
    assert [state_now(row) for row in [*contents, other]] == ["scheduled"] * 3 + ["draft"]
    db.session.query(Run).update({"state": "failed"})
    assert [state_now(row) for row in contents] == ["draft"] * 3


def test_an_update_of_a_live_content_that_is_scheduled_is_live_meanwhile(site: Site) -> None:
    content = make_content(site, status="published", remote_status="publish", sync_state="ours")
    schedule.schedule(site.account_id, [content.id], utcnow() + timedelta(days=1), THE_APP)
    assert state_now(content) == "live_changed"
    assert content.scheduled_at is not None


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "Draft"),
        ({"remote_status": "publish", "sync_state": "in_step", "source": "wordpress"}, "Live"),
        ({"status": "published", "remote_status": "publish", "sync_state": "ours"}, "Live with changes"),
        ({"status": "published", "remote_status": "publish", "sync_state": "both"}, "Conflict"),
        ({"remote_status": "trash", "sync_state": "gone"}, "In WordPress's trash"),
        ({"remote_status": "deleted", "sync_state": "gone"}, "Gone"),
    ],
)
def test_every_page_says_the_same_word(
    owner_client: FlaskClient, site: Site, cluster: Cluster, columns: dict[str, str], word: str
) -> None:
    content = make_content(site, "Moka", cluster_id=cluster.id, external_id=7, **columns)
    pages = ("", "find/?q=moka", "{}/edit/", "{}/preview/", "by-cluster/{cluster}/", "calendar/items/{}/")
    for path in pages:
        address = path.format(content.id, cluster=cluster.id)
        prefix = "/" if path.startswith(("find", "calendar")) else "/content/"
        html = owner_client.get(prefix + address).text
        assert (path, set(PILL.findall(html))) == (path, {word})
    assert f'id="content-row-{content.id}"' in owner_client.get(f"/content/?state={content.state}").text
    others = [name for name in state.LABELS if name != content.state]
    assert not any("content-row-" in owner_client.get(f"/content/?state={name}").text for name in others)
