"""Who a task is assigned to and when it is due: choosing both, and what happens when a member leaves.

Services flush; callers commit.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Date, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts import members
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.filters import NONE, Conditions, Filter
from app.core.request_ids import parse_id
from app.core.site_scope import every_site
from app.core.wording import many
from app.identity.models import User
from app.sites.models import Site
from app.writer.models import Task

MAX_NOTE = 2000
WEEK = timedelta(days=6)
OVERDUE, THIS_WEEK = "overdue", "week"
FIRST_YEAR, LAST_YEAR = 2000, 2100


def today_of(site: Site) -> date:
    """Today in the site's time zone."""
    return utcnow().astimezone(ZoneInfo(site.time_zone)).date()


def due_filter() -> Filter[str]:
    """The filter for tasks overdue and not written, due within seven days in the site's time zone, or undated."""
    return Filter("due", lambda text: text if text in (OVERDUE, THIS_WEEK, NONE) else None, _due)


def _due(value: str) -> Conditions:
    if value == NONE:
        return [Task.due_on.is_(None)]
    if value == OVERDUE:
        return [Task.status == "queued", *_before(Task.due_on, timedelta(0))]
    return [*_before(Task.due_on, WEEK + timedelta(days=1)), Task.due_on >= _earliest(), Task.due_on >= _today()]


def _before(column: InstrumentedAttribute[date | None], days: timedelta) -> Conditions:
    """Conditions for dates earlier than `days` after the site's today.

    A site's today is at most one day from that of UTC, so its zone has to be looked up only for dates near the limit.
    """
    latest = utcnow().date() + timedelta(days=1) + days
    certain = column < _earliest() + days
    return [column < latest, or_(certain, column < _today() + days.days)]


def _earliest() -> date:
    return utcnow().date() - timedelta(days=1)


def _today() -> Any:
    """Today in the time zone of the task's site."""
    local = func.timezone(Site.time_zone, func.now(), type_=Date())
    return select(func.date(local, type_=Date())).where(Site.id == Task.site_id).correlate(Task).scalar_subquery()


def chosen_assignee(account_id: int, site_id: int, values: Mapping[str, str], now: int | None = None) -> int | None:
    """The assignee chosen in a form; empty or ``none`` is nobody.

    The present assignee (`now`) may keep the task, whatever became of their role. Raises DomainError with the field for
    somebody who may not write on the site.
    """
    text = values.get("assignee", "")
    if text in ("", NONE):
        return None
    user_id = parse_id(text)
    if user_id is not None and user_id == now:
        return now
    if user_id not in dict(members.editors_of_site(account_id, site_id)):
        raise DomainError(
            gettext("Nobody of this choice may write on this site."),
            code="NOT_A_MEMBER",
            cure=gettext("Choose a member, or give them access to the site under Team."),
            field="assignee",
        )
    return user_id


def chosen_day(values: Mapping[str, str]) -> date | None:
    """The due date of a form; None when it is empty. Raises DomainError with the field."""
    text = values.get("due_on", "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DomainError(
            gettext("A due date is a day such as 2030-12-24."),
            code="NOT_A_DAY",
            cure=gettext("Choose it again."),
            field="due_on",
        )
    return day


def chosen_note(values: Mapping[str, str]) -> str:
    """The note of a form. Raises DomainError with the field when it is too long."""
    note = values.get("note", "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(note) > MAX_NOTE:
        raise DomainError(
            gettext("The note has more than 2,000 characters."),
            code="NOTE_TOO_LONG",
            cure=gettext("Shorten it."),
            field="note",
        )
    return note


def set_assignee(where: Conditions, user_id: int | None) -> int:
    """Give these tasks to a member, or to nobody. Returns how many changed. Flushes."""
    return _change([*where, Task.assignee_id.is_distinct_from(user_id)], assignee_id=user_id)


def set_due(where: Conditions, day: date | None) -> int:
    """Set or clear the due date of these tasks. Returns how many changed. Flushes."""
    return _change([*where, Task.due_on.is_distinct_from(day)], due_on=day)


def _change(where: Conditions, **values: Any) -> int:
    stmt = update(Task).where(*where).values(**values, updated_at=utcnow())
    result = db.session.execute(stmt.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0


def leave_to_nobody(account_id: int, user_id: int, actor: Actor) -> None:
    """Unassign the tasks of somebody who left the account, also on sites that the actor cannot see. Audited."""
    with every_site():
        count = set_assignee([Task.account_id == account_id, Task.assignee_id == user_id], None)
    if count:
        email = db.session.scalar(select(User.email).where(User.id == user_id)) or ""
        after = {"tasks": many(count, "task"), "assignee": "nobody"}
        audit.record(account_id, "bulk.tasks_unassigned", subject=email, after=after, by=actor)
