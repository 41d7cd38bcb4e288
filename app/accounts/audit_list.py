"""The audit log as a list of events: action, person, time and subject."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select

from app.core.audit import AuditEvent
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.days import day_filters
from app.core.listing.filters import Filter, reference
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListSpec, Sort


def _in_group(group: str) -> list[ColumnElement[bool]]:
    exact = AuditEvent.action == group
    return [exact | AuditEvent.action.startswith(f"{group}.", autoescape=True)]


def events_list(zone: ZoneInfo) -> ListSpec:
    """The list, with days of `zone`."""
    return ListSpec(
        id=AuditEvent.id,
        account=AuditEvent.account_id,
        columns=(
            Column(N_("What")),
            Column(N_("Who")),
            Column(N_("Before and after")),
            Column(N_("When")),
            Column(N_("Address")),
        ),
        filters=(
            Filter("group", lambda text: text[:60] or None, _in_group),
            reference("person", AuditEvent.actor_id),
            *day_filters(AuditEvent.created_at, zone),
        ),
        sorts=(Sort("newest", AuditEvent.id),),
        default_sort="-newest",
        search=Search(AuditEvent.search, AuditEvent.subject),
    )


def select_events(account_id: int, values: Mapping[str, str], zone: ZoneInfo) -> Select[Any]:
    """The account's events that match the filters of an address, unordered; `since` and `until` are days of `zone`."""
    spec = events_list(zone)
    return select(AuditEvent).where(*spec.where(account_id, None, spec.read(values)))


def iterate_events(account_id: int, values: Mapping[str, str], zone: ZoneInfo) -> Iterator[AuditEvent]:
    """All of these events, the newest first, read a piece at a time."""
    stmt = select_events(account_id, values, zone).order_by(AuditEvent.id.desc())
    yield from db.session.scalars(stmt.execution_options(yield_per=500))


def list_events(account_id: int, values: Mapping[str, str], zone: ZoneInfo) -> Page[AuditEvent]:
    """One page of these events, the newest first."""
    spec = events_list(zone)
    return fetch_page(spec, spec.read(values), select_events(account_id, values, zone))
