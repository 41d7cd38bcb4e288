"""Rules on a schedule: handing out what is due. Several schedulers may do so at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, select, tuple_, update
from sqlalchemy.exc import OperationalError

from app.automation.models import SKIPPED, AutomationRule
from app.automation.occurrences import (
    BY_SCHEDULE,
    REFUSED,
    Occurrence,
    add_failed,
    add_occurrence,
    error_of,
    waiting_subjects,
)
from app.automation.rules import set_rule_active
from app.automation.schedules import LATE, next_time, times_between
from app.core.clock import iso, utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.hooks import switched_off
from app.core.logs import get_logger
from app.core.row_security import every_account, within
from app.sites.models import Site

AT_ONCE = 500
MISSED, NOTHING = "missed", "nothing"
log = get_logger(__name__)


def start_due_rules() -> int:
    """Write the occurrences of all schedules that are due. Returns how many rules were due. Commits after each.

    No rule keeps others waiting: not by an error, and not by being due for long in an account without Automation.
    """
    now, total, last = utcnow(), 0, None
    while rows := _due_after(last, now):
        for account_id, rule_id, _due in rows:
            with within(account_id):
                _start_due(account_id, rule_id, now)
        total += len(rows)
        last = (rows[-1][2], rows[-1][1])
    return total


def _due_after(last: tuple[datetime, int] | None, now: datetime) -> Sequence[tuple[int, int, datetime]]:
    """Some of the rules that are due, those that are so for longest first: account, rule and when; after `last`."""
    rules = AutomationRule
    due = (
        select(rules.account_id, rules.id, rules.next_at)
        .join(Site, Site.id == rules.site_id)
        .where(rules.is_active, rules.next_at <= now, Site.is_active)
        .order_by(rules.next_at, rules.id)
        .limit(AT_ONCE)
    )
    if last is not None:
        due = due.where(tuple_(rules.next_at, rules.id) > tuple_(*last))
    with every_account("schedules come due whatever the account"):
        rows = [(row[0], row[1], row[2]) for row in db.session.execute(due) if row[2] is not None]
    db.session.rollback()
    return rows


def _start_due(account_id: int, rule_id: int, now: datetime) -> None:
    try:
        if not switched_off(account_id, {"automation"}):
            hand_out(rule_id, now)
        db.session.commit()
    except OperationalError:  # the database gave up: nothing is wrong with the rule, and the next tick tries it again
        db.session.rollback()
        log.warning("rule_not_started", rule_id=rule_id)
    except Exception as error:  # whatever is wrong with this one
        db.session.rollback()
        log.exception("rule_not_started", rule_id=rule_id)
        _note_failure(rule_id, now, error)


def _note_failure(rule_id: int, now: datetime, error: Exception) -> None:
    """Write the occurrence of a rule that could not be handed out as a failed one, and move its next time on. Commits.

    Without a next time it is switched off.
    """
    rule = db.session.get(AutomationRule, rule_id, populate_existing=True)
    if rule is None or rule.next_at is None:
        return
    due, what = rule.next_at, error_of(error)
    try:
        following = next_time(rule.cron, rule.zone, now)
    except DomainError:  # a time zone that is there no more
        following = None
    if _claim_time(rule_id, due, following):
        db.session.refresh(rule)
        add_failed(rule, Occurrence(f"schedule:{iso(due)}", BY_SCHEDULE, scheduled_at=due), what)
        if following is None:
            set_rule_active(rule, False)
            rule.off_reason = what["message"]
    db.session.commit()


def hand_out(rule_id: int, now: datetime) -> bool:
    """Write the occurrence that is due of one rule, and move its next time on. False when another did. Flushes."""
    rule = db.session.get(AutomationRule, rule_id, populate_existing=True)
    if rule is None or rule.next_at is None or rule.next_at > now:
        return False
    due = rule.next_at
    times = times_between(rule.cron, rule.zone, due, now)
    if not _claim_time(rule_id, due, next_time(rule.cron, rule.zone, now)):
        return False
    _add(rule, times, now)
    return True


def _claim_time(rule_id: int, due: datetime, following: datetime | None) -> bool:
    rules = AutomationRule
    result = db.session.execute(
        update(rules)
        .where(rules.id == rule_id, rules.next_at == due, rules.is_active)
        .values(next_at=following)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1  # no row: another scheduler, or a person, was there first


def _add(rule: AutomationRule, times: Sequence[datetime], now: datetime) -> None:
    """One occurrence for the newest of these times. One that was missed is made up for or skipped, as the rule says."""
    newest = times[-1]
    name = f"schedule:{iso(newest)}"
    if now - newest > LATE and rule.missed == "skip":
        message = "It was due while nothing could run, and the rule says to skip that."
        add_occurrence(rule, Occurrence(name, BY_SCHEDULE, (), SKIPPED, MISSED, message, newest))
        return
    try:
        subjects = waiting_subjects(rule)
    except DomainError as error:  # an action or a field that is there no more
        add_occurrence(rule, Occurrence(name, BY_SCHEDULE, (), SKIPPED, REFUSED, error.message, newest))
        return
    if subjects:
        add_occurrence(rule, Occurrence(name, BY_SCHEDULE, subjects, scheduled_at=newest))
    else:
        message = "Nothing fitted: there was nothing to do."
        add_occurrence(rule, Occurrence(name, BY_SCHEDULE, (), SKIPPED, NOTHING, message, newest))
