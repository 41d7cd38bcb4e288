"""The list of all work of an account: every run, whoever or whatever started it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Membership
from app.content.listing import NEWS_OF_FAILURE
from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.listing.days import day_filters
from app.core.listing.filters import Filter, cases, choice, instant_of, reference
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.runs import Run
from app.core.runs.kinds import all_kinds, unattended_kinds
from app.core.runs.services import is_scheduled_later
from app.core.runs.states import ACTIVE
from app.identity.models import User
from app.planner.models import CONTENT_TYPES
from app.sites.models import Site

ANY_TYPE = "any"
STATES = (
    ("attention", N_("Needs attention")),
    ("active", N_("Working or waiting")),
    ("scheduled", N_("Scheduled")),
    ("paused", N_("Paused")),
    ("failed", N_("Failed")),
    ("succeeded", N_("Done")),
    ("cancelled", N_("Cancelled")),
)


def needs_attention(since: datetime | ColumnElement[datetime] | None = None) -> list[ColumnElement[bool]]:
    """Conditions on runs that failed in the last week or `since`, with no later run of their kind.

    A later run counts when it has the same subject, or the same site where the work has no subject. Failures about a
    content that is deleted or in the trash are left out: nobody can do anything about them.
    """
    later = aliased(Run)
    subject = (later.subject_type == Run.subject_type, later.subject_id == Run.subject_id)
    place = (Run.subject_id.is_(None), later.subject_id.is_(None), later.site_id.is_not_distinct_from(Run.site_id))
    same = and_(later.account_id == Run.account_id, later.kind == Run.kind, or_(and_(*subject), and_(*place)))
    newer = select(later.id).where(same, later.created_at > Run.created_at).exists()
    of_run = (Content.id == Run.subject_id, Content.account_id == Run.account_id)
    is_there = select(Content.id).where(*of_run, LISTED).exists()
    return [
        Run.state == "failed",
        Run.ended_at > (utcnow() - NEWS_OF_FAILURE if since is None else since),
        Run.kind.not_in(unattended_kinds()),
        ~newer,
        or_(Run.subject_type.is_distinct_from("content"), is_there),
    ]


def activity_list(zone: ZoneInfo, news: ColumnElement[bool] | None = None) -> ListSpec:
    """The list, with days of `zone`. Made for each request: what counts as scheduled depends on the present time.

    `news` is the condition for runs that are news to the person: lines of the bell that stand for several runs link
    here.
    """
    unattended = unattended_kinds()
    return ListSpec(
        id=Run.id,
        account=Run.account_id,
        columns=(
            Column(N_("Work")),
            Column(N_("Outcome")),
            Column(N_("Started"), "started"),
            Column(N_("Took"), css="end"),
        ),
        filters=(
            Filter("state", lambda text: text if text in dict(STATES) else None, lambda state: [_is_in(state)]),
            choice("kind", Run.kind, [kind.name for kind in all_kinds()]),
            reference("on", Run.site_id),
            cases("asked", {"people": Run.kind.not_in(unattended), "app": Run.kind.in_(unattended)}),
            Filter("type", _type, lambda kind: [_is_of(kind)]),
            *day_filters(Run.ended_at, zone),
            cases("news", {} if news is None else {"mine": news}),
            Filter("ended_from", instant_of, lambda instant: [Run.ended_at >= instant]),
            Filter("ended_to", instant_of, lambda instant: [Run.ended_at <= instant]),
        ),
        sorts=(Sort("started", Run.created_at),),
        default_sort="-started",
    )


def _is_in(state: str) -> ColumnElement[bool]:
    if state == "attention":
        return and_(*needs_attention())
    if state == "active":
        return Run.state.in_(ACTIVE) & ~is_scheduled_later()
    return is_scheduled_later() if state == "scheduled" else Run.state == state


def _type(text: str) -> str | None:
    return text if text in (*CONTENT_TYPES, ANY_TYPE) else None


def _is_of(kind: str) -> ColumnElement[bool]:
    return Run.subject_kind.is_not(None) if kind == ANY_TYPE else Run.subject_kind == kind


def count_runs(account_id: int, zone: ZoneInfo, **filters: str) -> int:
    """How many rows the list has under these filters."""
    spec = activity_list(zone)
    where = spec.where(account_id, None, spec.read(filters))
    return db.session.scalar(select(func.count()).select_from(Run).where(*where)) or 0


def list_runs(account_id: int, spec: ListSpec, query: ListQuery) -> Page[Run]:
    """One page of the account's runs."""
    stmt = select(Run).where(*spec.where(account_id, None, query))
    return fetch_page(spec, query, stmt)


def kinds() -> list[tuple[str, str]]:
    """All kinds of work, as choices in the order of their labels."""
    return sorted(((kind.name, gettext(kind.label)) for kind in all_kinds()), key=lambda pair: pair[1])


def site_names_by_id(account_id: int) -> dict[int, str]:
    """Names of the account's sites, by id."""
    rows = db.session.execute(select(Site.id, Site.name).where(Site.account_id == account_id).order_by(Site.name))
    return {row.id: row.name for row in rows}


def person_names_by_id(account_id: int) -> dict[int, str]:
    """Names of the account's people, by id."""
    stmt = select(User.id, User.name).join(Membership, Membership.user_id == User.id)
    return {row.id: row.name for row in db.session.execute(stmt.where(Membership.account_id == account_id))}
