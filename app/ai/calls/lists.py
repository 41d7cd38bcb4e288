"""The list of calls to models: its filters, orders and days. Every figure about calls takes its conditions from here.

Days are those of UTC, as those of the spending caps are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select

from app.ai.calls.models import STATES, AiCall
from app.core.languages import N_
from app.core.listing.days import MOST, USUAL, Days, read_days
from app.core.listing.filters import Filter, cases, choice
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort

UTC = ZoneInfo("UTC")
SLOW = {"30": 30_000, "60": 60_000, "180": 180_000}  # seconds as the address says them, in milliseconds


def _equals_filter(name: str, column: Any, longest: int) -> Filter[str]:
    return Filter(name, lambda text: text[:longest] or None, lambda value: [column == value])


def _run_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


CALL_LIST = ListSpec(
    id=AiCall.id,
    account=AiCall.account_id,
    columns=(
        Column(N_("What")),
        Column(N_("Model")),
        Column(N_("Outcome")),
        Column(N_("Tokens"), css="end"),
        Column(N_("Time"), sort="time", css="end"),
        Column(N_("Money"), sort="money", css="end"),
        Column(N_("When"), sort="when"),
    ),
    filters=(
        _equals_filter("operation", AiCall.operation, 60),
        _equals_filter("model", AiCall.model, 200),
        choice("outcome", AiCall.state, STATES),
        cases("slow", {name: AiCall.ms >= ms for name, ms in SLOW.items()}),
        Filter("run", _run_id, lambda value: [AiCall.run_id == value]),
    ),
    sorts=(
        Sort("when", AiCall.created_at),
        Sort("time", AiCall.ms, nullable=True, nulls_last_index=True),
        Sort("money", AiCall.cost_micros, nullable=True, nulls_last_index=True),
    ),
    default_sort="-when",
)


@dataclass(frozen=True, slots=True)
class CallFilter(Days):
    """Which calls are shown: days of UTC, and what else is chosen."""

    query: ListQuery

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "CallFilter":
        """Parameters `since until operation model outcome slow run`; what cannot be read is ignored.

        Without days: the last thirty, or the last year for the calls of one run.
        """
        query = CALL_LIST.read(args)
        chosen = read_days(args, UTC, MOST if "run" in query.filter_values else USUAL)
        return cls(chosen.since, chosen.until, UTC, query)

    def where(self, account_id: int) -> list[ColumnElement[bool]]:
        """Conditions on AiCall."""
        return CALL_LIST.where(account_id, None, self.query) + self.in_days()

    def in_days(self) -> list[ColumnElement[bool]]:
        """The conditions of the days alone."""
        return self.within(AiCall.created_at)


def list_calls(account_id: int, filters: CallFilter) -> Page[AiCall]:
    """One page of calls, without their texts; the newest first unless the address says otherwise."""
    return fetch_page(CALL_LIST, filters.query, select(AiCall).where(*filters.where(account_id)))
