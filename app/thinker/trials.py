"""Tests of prompts: how one is put together, and what came of it. Services flush; callers commit."""

import statistics
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.ai import gateway, prices
from app.ai.calls import spending
from app.ai.templates import Template
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext, local_number
from app.core.runs import Run
from app.core.runs.services import find_run
from app.thinker import models_to_try, prompts
from app.thinker.operations import AnyOperation, operation_of
from app.thinker.trial_models import PromptTest, PromptTestResult, PromptTestSet

MOST_CALLS, MOST_REPEATS = 200, 10
LETTERS = ("A", "B")


@dataclass(frozen=True, slots=True)
class Side:
    """A version (0: the shipped default) and the model to test it with.

    Without a model, the one that the account's route chooses.
    """

    version_id: int
    model: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """What a test may cost: calls, and at most so much money; None where a side has no model of known price."""

    calls: int
    most_micros: int | None


def sides_of(account_id: int, operation: AnyOperation, sides: Sequence[Side]) -> list[dict[str, Any]]:
    """The sides as a test keeps them, with their texts. Raises DomainError and NotFound."""
    if not 1 <= len(sides) <= len(LETTERS) or len(set(sides)) < len(sides):
        raise DomainError(
            gettext("Both sides are the same."),
            code="SIDES_SAME",
            cure=gettext("Choose another version or model for one of them."),
        )
    return [_side(account_id, operation, side) for side in sides]


def _side(account_id: int, operation: AnyOperation, side: Side) -> dict[str, Any]:
    version = prompts.get_version(account_id, operation, side.version_id) if side.version_id else None
    template = prompts.version_template(version) if version else operation.template
    template.check(operation.variables)
    return {
        "version_id": side.version_id,
        "label": f"Version {version.number}" if version else N_("Shipped default"),
        "fingerprint": template.fingerprint,
        "system": template.system,
        "question": template.user,
        "model": side.model,
    }


def side_template(side: Mapping[str, Any]) -> Template:
    """The texts of a side as they were when the test was started."""
    return Template(side["system"], side["question"], side["version_id"])


def price(
    account_id: int,
    operation: AnyOperation,
    cases: Sequence[Mapping[str, Any]],
    sides: Sequence[Mapping[str, Any]],
    repeats: int,
) -> Price:
    """The calls of a test, and what they cost at most: every answer as long as the operation allows."""
    most, is_known = 0, True
    for side in sides:
        endpoints = models_to_try.trial_endpoints(account_id, operation.key, side["model"])
        is_known = is_known and any(prices.cost_at(endpoint, 1_000, 1_000) is not None for endpoint in endpoints)
        letters = len(side["system"]) + len(side["question"])
        for case in cases:
            length = letters + sum(len(value) for value in _values(operation, case).values())
            most += repeats * spending.worst_case_micros(endpoints, length, operation.limits.answer_tokens)
    return Price(len(sides) * len(cases) * repeats, most if is_known else None)


def _values(operation: AnyOperation, case: Mapping[str, Any]) -> Mapping[str, str]:
    return operation.values(operation.request.model_validate(case["request"]))


def check_size(cases: int, sides: int, repeats: int) -> None:
    """Raise DomainError for a test of nothing, or of more than MOST_CALLS calls."""
    if not cases:
        raise DomainError(
            gettext("The test set is empty."), code="NO_CASES", cure=gettext("Add rows or values to it first.")
        )
    if not 1 <= repeats <= MOST_REPEATS:
        raise DomainError(
            gettext("Each case is asked 1 to %(most_repeats)s times.", most_repeats=MOST_REPEATS),
            code="REPEATS",
            field="repeats",
        )
    if cases * sides * repeats > MOST_CALLS:
        raise DomainError(
            gettext(
                "This would be %(repeats)s calls; %(most_calls)s are the most of a test.",
                repeats=local_number(cases * sides * repeats),
                most_calls=MOST_CALLS,
            ),
            code="TOO_MANY_CALLS",
            cure=gettext("Ask each case fewer times, or take cases out."),
            field="repeats",
        )


def check_model(account_id: int) -> None:
    """Raise DomainError when the account has no model: without one, prompts are not used."""
    if not gateway.has_model(account_id):
        raise DomainError(
            gettext("There is no model to ask."),
            code="AI_NO_MODEL",
            cure=gettext("Add an AI provider under Settings, AI."),
        )


def newest_of(test_set: PromptTestSet, limit: int = 20) -> Sequence[PromptTest]:
    """The newest tests of a set."""
    stmt = select(PromptTest).where(PromptTest.account_id == test_set.account_id, PromptTest.test_set_id == test_set.id)
    return db.session.scalars(stmt.order_by(PromptTest.id.desc()).limit(limit)).all()


def run_of(test: PromptTest) -> Run | None:
    """The run that works on the test, as long as it is kept."""
    return find_run(test.run_id, test.account_id)


def of_run(account_id: int, run_id: uuid.UUID) -> PromptTest | None:
    """The test that a run works on."""
    return db.session.scalar(select(PromptTest).where(PromptTest.account_id == account_id, PromptTest.run_id == run_id))


def results_of(test: PromptTest) -> Sequence[PromptTestResult]:
    """All answers of a test, by case, side and repeat; what the models wrote is read when it is asked for."""
    order = (PromptTestResult.case_number, PromptTestResult.side, PromptTestResult.repeat)
    stmt = select(PromptTestResult).where(
        PromptTestResult.account_id == test.account_id, PromptTestResult.test_id == test.id
    )
    return db.session.scalars(stmt.order_by(*order)).all()


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of one side. Shares are whole per cent, rounded down; `low` and `high` are those of its repeats, times
    are milliseconds. `cost_micros` is None when no answer's price is known.
    """

    side: Mapping[str, Any]
    answers: int
    passed: int
    percent: int
    low: int
    high: int
    cost_micros: int | None
    tokens: int
    median_ms: int
    least_ms: int
    most_ms: int


def summaries(test: PromptTest, results: Iterable[PromptTestResult]) -> list[Summary]:
    """One for each side, in their order."""
    rows = list(results)
    return [_summary(side, [row for row in rows if row.side == number]) for number, side in enumerate(test.sides)]


def _summary(side: Mapping[str, Any], rows: list[PromptTestResult]) -> Summary:
    by_repeat: dict[int, list[bool]] = {}
    for row in rows:
        by_repeat.setdefault(row.repeat, []).append(not row.problems)
    shares = [percent(sum(passed), len(passed)) for passed in by_repeat.values()] or [0]
    costs = [row.cost_micros for row in rows if row.cost_micros is not None]
    times = sorted(row.milliseconds for row in rows) or [0]
    passed = sum(not row.problems for row in rows)
    return Summary(
        side,
        len(rows),
        passed,
        percent(passed, len(rows)),
        min(shares),
        max(shares),
        sum(costs) if costs else None,
        sum(row.tokens_in + row.tokens_out for row in rows),
        round(statistics.median(times)),
        times[0],
        times[-1],
    )


def percent(part: int, whole: int) -> int:
    """A share in whole per cent, rounded down; 0 of nothing."""
    return 100 * part // whole if whole else 0


def counts_by_set(account_id: int) -> dict[int, int]:
    """How many tests each set has had."""
    stmt = select(PromptTest.test_set_id, func.count()).where(PromptTest.account_id == account_id)
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(PromptTest.test_set_id))}


def operation_of_test(test: PromptTest) -> AnyOperation:
    """The operation that the test is about; raises NotFound when it no longer exists."""
    return operation_of(test.operation)
