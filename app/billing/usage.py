"""The usage log: what was done, by whom, to what, for how many credits, tokens and money."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from app.accounts.sites import sites_of_account
from app.billing.costs import costs
from app.billing.models import CreditUsage
from app.core.clock import iso
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.days import Days, read_days
from app.core.listing.filters import Filter, reference
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.spreadsheets import csv_line
from app.identity.models import User

UTC = ZoneInfo("UTC")
AT_ONCE = 1000
COLUMNS = (
    "when",
    "operation",
    "object",
    "object_id",
    "title",
    "site",
    "person",
    "model",
    "credits",
    "tokens_in",
    "tokens_out",
    "cost_usd",
)

USAGE_LIST = ListSpec(
    id=CreditUsage.id,
    account=CreditUsage.account_id,
    columns=(
        Column(N_("Operation")),
        Column(N_("What")),
        Column(N_("Person")),
        Column(N_("Model")),
        Column(N_("Tokens"), css="end"),
        Column(N_("Money"), css="end"),
        Column(N_("Credits"), css="end"),
        Column(N_("When")),
    ),
    filters=(
        Filter(
            "operation", lambda text: text if text in costs() else None, lambda value: [CreditUsage.operation == value]
        ),
        reference("person", CreditUsage.actor_id),
        reference("on_site", CreditUsage.site_id),
    ),
    sorts=(Sort("when", CreditUsage.created_at),),
    default_sort="-when",
)


@dataclass(frozen=True, slots=True)
class UsageFilter(Days):
    """What the usage page shows: days of the person's zone, and what else is chosen."""

    query: ListQuery

    @classmethod
    def read(cls, args: Mapping[str, str], zone: ZoneInfo = UTC) -> "UsageFilter":
        """Parameters `since until operation person on_site`; what cannot be read is ignored."""
        chosen = read_days(args, zone)
        return cls(chosen.since, chosen.until, zone, USAGE_LIST.read(args))

    def where(self, account_id: int) -> list[ColumnElement[bool]]:
        """Conditions on CreditUsage."""
        return USAGE_LIST.where(account_id, None, self.query) + self.within(CreditUsage.created_at)

    @property
    def narrows(self) -> bool:
        """True when more than the days is chosen."""
        return self.query.any


def _rows(account_id: int, filters: UsageFilter) -> Any:
    return (
        select(CreditUsage, User.name.label("person"))
        .outerjoin(User, User.id == CreditUsage.actor_id)
        .where(*filters.where(account_id))
    )


def list_usage(account_id: int, filters: UsageFilter) -> Page[Any]:
    """One page of (usage, person, site), the newest first."""
    page = fetch_page(USAGE_LIST, filters.query, _rows(account_id, filters))
    return replace(page, items=_with_sites(account_id, page.items))


def _with_sites(account_id: int, rows: Sequence[Any]) -> list[tuple[CreditUsage, str | None, str | None]]:
    names = dict(sites(account_id))
    return [(usage, person, names.get(usage.site_id)) for usage, person in rows]


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Credits by day and operation, ready to be drawn: one list of numbers for each operation that occurs."""

    days: list[date]
    series: dict[str, list[int]]

    @property
    def total(self) -> int:
        """All credits of the range."""
        return sum(sum(values) for values in self.series.values())


def usage_by_day(account_id: int, filters: UsageFilter) -> DailyUsage:
    """Credits used on each day, by operation, in the order of the price list."""
    day = func.date(func.timezone(filters.zone.key, CreditUsage.created_at))
    stmt = (
        select(day, CreditUsage.operation, func.sum(CreditUsage.credits))
        .where(*filters.where(account_id))
        .group_by(day, CreditUsage.operation)
    )
    credits_by_day = {(row[0], row[1]): int(row[2]) for row in db.session.execute(stmt)}
    used = [
        operation
        for operation in costs()
        if any(key[1] == operation and value for key, value in credits_by_day.items())
    ]
    days = filters.days
    return DailyUsage(
        days, {operation: [credits_by_day.get((day, operation), 0) for day in days] for operation in used}
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of what the filters leave. `cost_micros` is None when no price is known."""

    count: int
    credits: int
    tokens: int
    cost_micros: int | None


def usage_totals(account_id: int, filters: UsageFilter) -> Totals:
    """How much the filters leave."""
    stmt = select(
        func.count(),
        func.coalesce(func.sum(CreditUsage.credits), 0),
        func.coalesce(func.sum(CreditUsage.tokens_in + CreditUsage.tokens_out), 0),
        func.sum(CreditUsage.cost_micros),
    ).where(*filters.where(account_id))
    count, credit_sum, tokens, cost = db.session.execute(stmt).one()
    return Totals(count, int(credit_sum), int(tokens), None if cost is None else int(cost))


def people(account_id: int) -> list[tuple[int, str]]:
    """(id, name) of those who used something."""
    used = select(CreditUsage.actor_id).where(CreditUsage.account_id == account_id)
    stmt = select(User.id, User.name).where(User.id.in_(used)).order_by(func.lower(User.name)).limit(200)
    return [(row.id, row.name) for row in db.session.execute(stmt)]


def sites(account_id: int) -> list[tuple[int, str]]:
    """(id, name) of the account's sites."""
    return [(site_id, name) for site_id, name, _url in sites_of_account(account_id)]


def as_csv(account_id: int, filters: UsageFilter) -> Iterator[str]:
    """The log as CSV, a thousand rows at a time, the newest first."""
    yield csv_line(COLUMNS)
    stmt = _rows(account_id, filters).order_by(CreditUsage.id.desc()).limit(AT_ONCE)
    last: int | None = None
    while True:
        rows = db.session.execute(stmt if last is None else stmt.where(CreditUsage.id < last)).all()
        for usage, person, site in _with_sites(account_id, rows):
            yield csv_line(_values(usage, person, site))
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0].id
        db.session.expunge_all()


def _values(usage: CreditUsage, person: str | None, site: str | None) -> tuple[object, ...]:
    """One row, in the order of COLUMNS; what is not known is empty."""
    money = None if usage.cost_micros is None else f"{usage.cost_micros / 1_000_000:.6f}"
    values = (
        iso(usage.created_at),
        usage.operation,
        usage.object_type,
        usage.object_id,
        usage.object_title,
        site,
        person,
        usage.provider,
        usage.credits,
        usage.tokens_in,
        usage.tokens_out,
        money,
    )
    return tuple("" if value is None else value for value in values)
