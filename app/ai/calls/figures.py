"""Figures about calls to models: their number and cost by day, operation and model, over the rows of the list."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from app.ai.calls.lists import SLOW, CallFilter
from app.ai.calls.models import AiCall
from app.core.extensions import db

SLOW_MS = SLOW["30"]
MOST_SERIES = 6  # colours of the picture
OTHERS = "Others"
BY = {"operation": AiCall.operation, "model": AiCall.model}


@dataclass(frozen=True, slots=True)
class CallTotals:
    """Of some calls; money in millionths of a US dollar. `unpriced`: answers of models without a known price."""

    calls: int = 0
    micros: int = 0
    tokens: int = 0
    failed: int = 0
    slow: int = 0
    unpriced: int = 0


def _sums() -> tuple[ColumnElement[Any], ...]:
    def count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.count(case((condition, 1)))

    return (
        func.count(),
        func.coalesce(func.sum(AiCall.cost_micros), 0),
        func.coalesce(func.sum(AiCall.tokens_in + AiCall.tokens_out), 0),
        count(AiCall.state == "failed"),
        count(AiCall.ms >= SLOW_MS),
        count(AiCall.cost_micros.is_(None) & (AiCall.state == "succeeded")),
    )


def call_totals(account_id: int, filters: CallFilter) -> CallTotals:
    """Of all calls that the filters leave."""
    row = db.session.execute(select(*_sums()).where(*filters.where(account_id))).one()
    return CallTotals(*(int(value) for value in row))


def grouped(account_id: int, filters: CallFilter, by: str) -> list[tuple[str, CallTotals]]:
    """By operation or by model, what costs most first."""
    column = BY[by]
    stmt = select(column, *_sums()).where(*filters.where(account_id)).group_by(column)
    rows = [(row[0], CallTotals(*(int(value) for value in row[1:]))) for row in db.session.execute(stmt)]
    return sorted(rows, key=lambda row: (-row[1].micros, -row[1].calls, row[0]))


@dataclass(frozen=True, slots=True)
class DailySpending:
    """Money by day, ready to be drawn: one list of numbers for each operation or model, the dearest first."""

    days: list[date]
    series: dict[str, list[int]]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(sum(values) for values in self.series.values())


def spending_by_day(account_id: int, filters: CallFilter, by: str) -> DailySpending:
    """Money spent on each day, by operation or model; beyond the colours of the picture they are one sum."""
    day, column = func.date(func.timezone("UTC", AiCall.created_at)), BY[by]
    stmt = (
        select(day, column, func.sum(AiCall.cost_micros))
        .where(*filters.where(account_id), AiCall.cost_micros > 0)
        .group_by(day, column)
    )
    amounts: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for on, name, micros in db.session.execute(stmt):
        amounts[name][on] = int(micros)
    names = sorted(amounts, key=lambda name: (-sum(amounts[name].values()), name))
    days = filters.days
    series = {name: [amounts[name].get(on, 0) for on in days] for name in names}
    if len(names) > MOST_SERIES:
        rest = [series.pop(name) for name in names[MOST_SERIES - 1 :]]
        series[OTHERS] = [sum(values) for values in zip(*rest, strict=True)]
    return DailySpending(days, series)


def filter_choices(account_id: int, filters: CallFilter) -> tuple[list[str], list[str]]:
    """The operations and the models that occur in the days, to choose from."""
    stmt = select(AiCall.operation, AiCall.model).where(AiCall.account_id == account_id, *filters.in_days())
    pairs = db.session.execute(stmt.group_by(AiCall.operation, AiCall.model)).all()
    operations, models = {pair[0] for pair in pairs}, {pair[1] for pair in pairs if pair[1]}
    return sorted(operations), sorted(models)
