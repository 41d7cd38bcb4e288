"""Schedules: when they come, what must hold of them in every zone, and that each time is handed out once."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from app.accounts import modules
from app.automation import schedules, timing
from app.automation.models import AutomationRule
from app.automation.schedules import check_schedule, in_words, next_time, next_times, times_between
from app.automation.timing import hand_out, start_due_rules
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.rules import ADA, executions, make_rule
from tests.factories.things import make_keyword, make_site

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")
CRONS = ("*/15 * * * *", "0 */3 * * *", "5 6 * * MON,FRI", "0 0 29 2 *")
NOW = datetime(2026, 10, 24, 12, tzinfo=UTC)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
clocks = st.tuples(st.integers(0, 59), st.integers(0, 23))


def local(times: list[datetime], zone: str) -> list[str]:
    """The times as clocks of the zone show them."""
    return [f"{when.astimezone(ZoneInfo(zone)):%d %H:%M}" for when in times]


def test_a_time_that_clocks_show_twice_comes_once() -> None:
    assert local(next_times("30 1 * * *", "Europe/London", NOW, 3), "Europe/London") == [
        "25 01:30",
        "26 01:30",
        "27 01:30",
    ]
    first = next_times("30 2 * * *", "Europe/Berlin", NOW, 2)
    assert first == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


def test_asked_within_the_second_of_these_hours_it_does_not_come_again() -> None:
    within = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Berlin for the second time
    assert next_time("30 2 * * *", "Europe/Berlin", within) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_time_that_clocks_skip_is_made_up_when_they_go_on() -> None:
    march = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert local(next_times("30 2 * * *", "Europe/Berlin", march, 2), "Europe/Berlin") == ["29 03:00", "30 02:30"]


def test_what_comes_every_half_hour_keeps_its_distance() -> None:
    times = next_times("*/30 * * * *", "Europe/Berlin", NOW + timedelta(hours=10), 12)
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(minutes=30)}


def test_weekday_1_is_monday() -> None:
    assert next_times("0 6 * * 1", "UTC", NOW, 1)[0].weekday() == 0
    assert next_times("0 6 * * 7", "UTC", NOW, 1) == next_times("0 6 * * 0", "UTC", NOW, 1)


@settings(max_examples=60, deadline=None)
@given(instants, st.sampled_from(ZONES), clocks)
def test_a_daily_time_comes_once_each_local_day_and_in_order(now: datetime, zone: str, clock: tuple[int, int]) -> None:
    times = next_times(f"{clock[0]} {clock[1]} * * *", zone, now, 6)
    days = [when.astimezone(ZoneInfo(zone)).date() for when in times]
    assert now < times[0]
    assert [b - a for a, b in pairwise(days)] == [timedelta(days=1)] * 5
    assert next_time(f"{clock[0]} {clock[1]} * * *", zone, times[0]) == times[1]


@settings(max_examples=40, deadline=None)
@given(
    instants, st.sampled_from(ZONES), st.sampled_from(["*/15 * * * *", "0 */3 * * *", "5 6 * * MON,FRI", "0 0 29 2 *"])
)
def test_the_times_between_are_those_that_follow_each_other(now: datetime, zone: str, cron: str) -> None:
    first = next_time(cron, zone, now)
    assert first is not None
    following = list(islice(schedules.times_after(cron, zone, first), 9))
    assert times_between(cron, zone, first, following[-1]) == [first, *following]
    assert schedules.newest_before(cron, zone, following[-1]) == following[-1]


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * * *",
        "*/4 * * * *",
        "61 * * * *",
        "0 0 30 2 *",
        "0 0 * *",
        "0 0 0 * * *",
        "a b c d e",
        "0 0 * * 8",
        "٣ * * * *",
        "0 6 * * " + "1," * 100,
        "-1 * * * *",
        "0 0 31 2,4 *",
        "*/0 * * * *",
    ],
)
def test_what_is_no_schedule_or_comes_too_often_is_refused(cron: str) -> None:
    with pytest.raises(DomainError):
        check_schedule(cron, "UTC", NOW)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 6 * * *", "Each day at 06:00 (UTC)"),
        ("0 */6 * * *", "Every 6 hours (UTC)"),
        ("0 * * * *", "Every hour (UTC)"),
        ("16 * * * *", "Every hour, at minute 16 (UTC)"),
        ("5 */6 * * *", "Every 6 hours, at minute 5 (UTC)"),
        ("0 6 * * MON,mon,1", "Monday at 06:00 (UTC)"),
        ("0 6 * * 0,7", "Sunday at 06:00 (UTC)"),
        ("30 9 * * 1,FRI", "Monday, Friday at 09:30 (UTC)"),
        ("0 6 1 * *", "At 06:00 on the first day of every month (UTC)"),
    ],
)
def test_schedules_in_words(cron: str, words: str) -> None:
    assert in_words(cron, "UTC") == words


def scheduled(site: Site, due: datetime, **fields: Any) -> AutomationRule:
    """A rule of each hour that is due at this time."""
    rule = make_rule(site, trigger="schedule", cron="0 * * * *", **fields)
    db.session.execute(update(AutomationRule).where(AutomationRule.id == rule.id).values(next_at=due))
    db.session.commit()
    return rule


def last_hour() -> datetime:
    return utcnow().replace(minute=0, second=0, microsecond=0)


def test_a_time_is_handed_out_once_and_the_next_is_planned(site: Site) -> None:
    make_keyword(site)
    now = last_hour() + timedelta(minutes=1)
    rule = scheduled(site, last_hour())
    assert hand_out(rule.id, now)
    db.session.commit()
    assert not hand_out(rule.id, now)
    [execution] = executions(rule)
    assert (execution.state, execution.cause, execution.scheduled_at) == ("waiting", "schedule", last_hour())
    assert rule.next_at == last_hour() + timedelta(hours=1)


def test_two_schedulers_at_once_make_one(site: Site) -> None:
    make_keyword(site)
    rule = scheduled(site, last_hour())
    hand_out(rule.id, utcnow())
    db.session.rollback()  # this one died before its commit
    assert executions(rule) == []
    assert start_due_rules() == 1
    assert start_due_rules() == 0
    assert len(executions(rule)) == 1


@pytest.mark.parametrize(("missed", "states"), [("once", ["waiting"]), ("skip", ["skipped"])])
def test_times_that_were_missed_are_made_up_once_or_skipped(site: Site, missed: str, states: list[str]) -> None:
    make_keyword(site)
    rule = scheduled(site, last_hour() - timedelta(hours=30), missed=missed)
    hand_out(rule.id, last_hour() + timedelta(minutes=30))
    db.session.commit()
    assert [one.state for one in executions(rule)] == states
    assert executions(rule)[0].scheduled_at == last_hour()
    assert rule.next_at == last_hour() + timedelta(hours=1)


def test_without_anything_to_do_it_says_so(site: Site) -> None:
    rule = scheduled(site, last_hour())
    start_due_rules()
    assert [(one.state, one.reason) for one in executions(rule)] == [("skipped", "nothing")]


def test_a_rule_that_is_off_or_of_a_site_that_is_off_has_no_times(site: Site) -> None:
    make_keyword(site)
    rule = scheduled(site, last_hour())
    site.is_active = False
    db.session.commit()
    assert start_due_rules() == 0
    assert executions(rule) == []


def poisoned(rule: AutomationRule, **fields: Any) -> None:
    """Make a stored rule one that no form would take."""
    db.session.execute(update(AutomationRule).where(AutomationRule.id == rule.id).values(**fields))
    db.session.commit()


def test_a_rule_that_cannot_be_looked_at_fails_and_keeps_no_other_waiting(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_keyword(site)
    bad, good = scheduled(site, last_hour() - timedelta(minutes=1)), scheduled(site, last_hour())
    right = timing.waiting_subjects

    def looked_at(rule: AutomationRule) -> list[int]:
        if rule.id == bad.id:
            db.session.execute(text("select 1/0"))
        return right(rule)

    monkeypatch.setattr(timing, "waiting_subjects", looked_at)
    assert start_due_rules() == 2
    assert [one.state for one in executions(good)] == ["waiting"]
    [failed] = executions(bad)
    assert (failed.state, failed.reason) == ("failed", "UNEXPECTED")
    assert (failed.error or {})["message"].startswith("Something went wrong on our side")
    assert (bad.failures_in_row, bad.next_at) == (1, last_hour() + timedelta(hours=1))
    assert start_due_rules() == 0


def test_a_rule_whose_time_zone_is_gone_is_switched_off_and_says_why(site: Site) -> None:
    rule = scheduled(site, last_hour())
    poisoned(rule, zone="Mars/Olympus")
    assert start_due_rules() == 1
    assert [one.state for one in executions(rule)] == ["failed"]
    assert (rule.is_active, rule.next_at) == (False, None)
    assert rule.off_reason
    assert start_due_rules() == 0


def test_rules_of_accounts_without_automation_do_not_stand_before_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "AT_ONCE", 1)
    make_keyword(site)
    rule = scheduled(site, last_hour())
    other = make_site(make_account("Without"))
    for _ in range(2):
        scheduled(other, last_hour() - timedelta(minutes=5))
    modules.switch(other.account_id, ADA, "automation", False)
    db.session.commit()
    assert start_due_rules() == 3
    assert [one.state for one in executions(rule)] == ["waiting"]
