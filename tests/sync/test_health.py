"""How a site is: judged, told once, looked at again ever less often, and never by two at once."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.core.clock import utcnow
from app.core.extensions import db
from app.sites import connection, health
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.health import (
    AT_ONCE,
    Claim,
    Finding,
    claim_due_sites,
    claim_site,
    judge_report,
    record_finding,
    wait_after,
)
from app.sites.models import Site, WordPressConnection
from app.sites.wordpress_errors import WordPressError, wordpress_error
from tests.factories.things import make_site

WELL: dict[str, Any] = {
    "status": "healthy",
    "checks": {"database": "ok", "cron": "ok"},
    "outbox": {"depth": 0, "oldest_at": None},
    "stats": {"posts_managed": 3},
    "versions": {"plugin": "1.0", "wordpress": "6.8", "php": "8.2"},
    "home_url": "https://example.com",
    "paired": True,
}
ILL = WELL | {"checks": {"database": "ok", "cron": {"problem": "Cron stands still.", "cure": "Set up a real one."}}}
URL = "https://example.com"


@pytest.fixture
def link(site: Site) -> WordPressConnection:
    """A connection that was paired."""
    found = connection.make_key(site)
    connection.record_pairing(found, {"home_url": URL, "name": "Blog"})
    db.session.commit()
    return found


def found(link: WordPressConnection, finding: Finding) -> WordPressConnection:
    """One look that found this."""
    held = claim_site(link.site_id)
    assert held is not None
    record_finding(held, finding)
    db.session.expire_all()
    return link


def lost(code: str = "TIMEOUT") -> Finding:
    return judge_report(None, wordpress_error(code), URL)


@pytest.mark.parametrize(
    ("report", "error", "expected"),
    [
        (WELL, None, "connected"),
        (ILL, None, "degraded"),
        (WELL | {"paired": False}, None, "moved"),
        (WELL | {"home_url": "https://copy.example.com"}, None, "moved"),
        (WELL | {"home_url": "http://EXAMPLE.com/"}, None, "connected"),
        (None, wordpress_error("TIMEOUT"), "lost"),
        (None, wordpress_error("SITE_CLONED"), "moved"),
        (WELL | {"checks": "x"}, None, "connected"),
    ],
)
def test_an_answer_is_judged(report: dict[str, Any] | None, error: WordPressError | None, expected: str) -> None:
    assert judge_report(report, error, URL).health == expected


def test_looks_come_less_often_while_a_site_is_lost() -> None:
    minutes = [wait_after(failures).total_seconds() / 60 for failures in range(8)]
    assert minutes == [5, 1, 5, 10, 20, 40, 60, 60]
    assert wait_after(10_000) == timedelta(hours=1)


def test_one_failure_is_no_loss_and_the_second_is_told_once(link: WordPressConnection) -> None:
    found(link, judge_report(WELL, None, URL))
    assert (link.health, link.health_notice, link.state) == ("connected", None, "connected")
    found(link, lost())
    assert (link.health, link.health_failures, link.state) == ("connected", 1, "connected")
    first = link.health_error["at"]
    found(link, lost())
    assert (link.health, link.state, link.error["code"]) == ("lost", "failing", "TIMEOUT")
    assert link.health_since.strftime("%Y-%m-%dT%H:%M:%SZ") == first
    assert (link.health_notice["from"], link.health_notice["to"]) == ("connected", "lost")
    health.dismiss_notice(link.account_id, link.site_id)
    db.session.commit()
    found(link, lost("REFUSED"))
    assert (link.health_notice, link.health_error["code"]) == (None, "REFUSED")
    found(link, judge_report(WELL, None, URL))
    assert (link.health, link.state, link.health_failures) == ("connected", "connected", 0)
    assert link.health_notice["from"] == "lost"


def test_a_call_that_gets_through_has_a_lost_site_checked_soon(link: WordPressConnection) -> None:
    found(link, judge_report(WELL, None, URL))
    due = link.health_due_at
    with open_client(credentials_for(link.site)) as client:
        remember_transport(link.site_id, link.account_id, client)
        assert link.health_due_at == due
        for _ in range(3):
            found(link, lost("MAINTENANCE"))
        assert link.health_due_at > utcnow()
        remember_transport(link.site_id, link.account_id + 1, client)
        assert link.health_due_at > utcnow()
        remember_transport(link.site_id, link.account_id, client)
    db.session.refresh(link)
    assert link.health_due_at <= utcnow()


def test_what_waiting_does_not_cure_is_lost_at_once(link: WordPressConnection) -> None:
    found(link, judge_report(WELL, None, URL))
    found(link, lost("KEY_UNKNOWN"))
    assert (link.health, link.health_notice["code"]) == ("lost", "KEY_UNKNOWN")


def test_a_copy_is_blocked_until_it_is_paired_again(link: WordPressConnection) -> None:
    found(link, judge_report(WELL | {"home_url": "https://copy.example.com", "paired": False}, None, URL))
    assert (link.health, link.state) == ("moved", "failing")
    with pytest.raises(WordPressError) as refused:
        health.refuse_moved(link.site)
    assert refused.value.code == "SITE_CLONED"
    connection.record_pairing(link, {"home_url": "https://copy.example.com", "name": "Copy"})
    db.session.commit()
    health.refuse_moved(link.site)
    assert (link.health, link.state, link.health_notice) == ("unknown", "connected", None)


def test_never_two_looks_at_once_and_only_of_what_is_connected(link: WordPressConnection) -> None:
    assert claim_site(link.site_id) is not None
    assert claim_site(link.site_id) is None
    assert claim_due_sites() == []
    db.session.execute(update(WordPressConnection).values(health_lease_until=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert claim_site(link.site_id) is not None


def test_a_look_that_took_too_long_writes_nothing(link: WordPressConnection) -> None:
    late = claim_site(link.site_id)
    assert late is not None
    db.session.execute(update(WordPressConnection).values(health_lease_until=utcnow() - timedelta(seconds=1)))
    db.session.commit()
    assert claim_site(link.site_id) is not None
    record_finding(late, lost("KEY_UNKNOWN"))
    db.session.expire_all()
    assert link.health == "unknown"
    assert health.active_claim(late.site_id, late.until) is None


def test_a_key_that_was_replaced_meanwhile_is_not_judged(link: WordPressConnection) -> None:
    held = claim_site(link.site_id)
    assert held is not None
    connection.make_key(link.site)
    db.session.commit()
    record_finding(held, lost("KEY_UNKNOWN"))
    db.session.expire_all()
    assert (link.health, link.state) == ("unknown", "waiting")


def test_due_sites_are_handed_out_a_few_at_a_time(link: WordPressConnection, account: Any) -> None:
    for _ in range(AT_ONCE + 3):
        connection.record_pairing(connection.make_key(make_site(account)), {"home_url": URL})
    db.session.commit()
    first = claim_due_sites()
    assert len(first) == AT_ONCE
    assert claim_due_sites() == []
    health.release_claim(first[0], timedelta(minutes=1))
    again = claim_due_sites()
    assert len(again) == 1
    assert again[0].site_id not in {one.site_id for one in first}


def test_an_inactive_site_is_left_alone(link: WordPressConnection) -> None:
    link.site.is_active = False
    db.session.commit()
    assert claim_due_sites() == []


def test_the_dashboard_says_what_needs_a_person(
    owner_client: FlaskClient, viewer_client: FlaskClient, link: WordPressConnection
) -> None:
    assert "Needs attention" not in owner_client.get("/dashboard/").text
    found(link, judge_report(WELL | {"outbox": {"depth": 3, "oldest_at": "2026-01-01T10:00:00Z"}}, None, URL))
    page = owner_client.get("/dashboard/").text
    assert "3 changes wait in WordPress" in page
    found(link, lost("KEY_UNKNOWN"))
    page = owner_client.get("/dashboard/").text
    assert "Needs attention" in page
    assert "WordPress no longer answers" in page
    assert viewer_client.post(f"/sites/{link.site_id}/health/read/").status_code == 403
    assert owner_client.post(f"/sites/{link.site_id}/health/read/").status_code == 303
    page = owner_client.get("/dashboard/").text
    assert "WordPress no longer answers" not in page
    assert "Needs attention" in page


def test_the_card_and_the_settings_say_why(owner_client: FlaskClient, link: WordPressConnection) -> None:
    found(link, judge_report(ILL, None, URL))
    assert "Cron stands still." in owner_client.get("/sites/").text
    page = owner_client.get(f"/sites/{link.site_id}/health/").text
    for words in ("Needs attention", "Cron stands still.", "Set up a real one.", "Check now", "Compare now"):
        assert words in page


def test_a_claim_is_plain(link: WordPressConnection) -> None:
    held = claim_site(link.site_id)
    assert isinstance(held, Claim)
    assert (held.account_id, held.key_id, held.home_url) == (link.account_id, link.key_id, URL)


def test_a_plugin_that_was_away_has_its_site_compared(link: WordPressConnection) -> None:
    def looked(finding: Finding) -> bool:
        held = claim_site(link.site_id)
        assert held is not None
        return record_finding(held, finding)

    assert not looked(judge_report(WELL, None, URL))
    for code, is_back in (("PLUGIN_MISSING", True), ("TIMEOUT", False), ("SITE_CLONED", True)):
        assert not looked(lost(code))
        assert not looked(lost(code))
        assert looked(judge_report(WELL, None, URL)) is is_back, code
        assert not looked(judge_report(WELL, None, URL))
