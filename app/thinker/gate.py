"""What a version must have passed before it goes live. Services flush; callers commit."""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.edits import check_etag
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Run
from app.core.wording import sentences
from app.thinker import models_to_try, prompts, trials
from app.thinker.models import LIVE
from app.thinker.trial_models import PromptGate, PromptTest, PromptTestSet


class NotPassed(DomainError):
    """The gate keeps a version from going live."""


@dataclass(frozen=True, slots=True)
class ReleaseGate:
    """The test set to be passed, and the least share of answers that must pass, in per cent."""

    test_set: PromptTestSet
    least_percent: int


def gate_of(account_id: int, operation: str) -> ReleaseGate | None:
    """The gate of this operation; None when any version may go live."""
    stmt = select(PromptGate, PromptTestSet).join(PromptTestSet, PromptTestSet.id == PromptGate.test_set_id)
    row = db.session.execute(stmt.where(PromptGate.account_id == account_id, PromptGate.operation == operation)).first()
    return ReleaseGate(row[1], row[0].least_percent) if row else None


def is_gate(test_set: PromptTestSet) -> bool:
    """Whether this set decides what goes live of its operation."""
    required = gate_of(test_set.account_id, test_set.operation)
    return required is not None and required.test_set.id == test_set.id


def needs_cases() -> DomainError:
    """The refusal of a gate that no version could pass."""
    return DomainError(
        gettext("A test set without cases cannot decide what goes live."),
        code="SET_EMPTY",
        cure=gettext("Add a case first."),
    )


def stored_gate(required: ReleaseGate | None) -> dict[str, int | None]:
    """What is stored of what the form of a gate shows, for its etag."""
    return {
        "set": required.test_set.id if required else None,
        "least_percent": required.least_percent if required else None,
    }


def set_gate(
    account_id: int, test_set: PromptTestSet, least_percent: int | None, *, expected: str | None = None
) -> int | None:
    """Make this set the gate of its operation, in place of any other; None: this set is no longer the gate.

    Returns the share that this set required before. Flushes. The label is locked: nothing goes live past a gate that is
    being set. `expected` is the etag of the form; raises EditConflict, and DomainError for a share that cannot be.
    """
    prompts.lock_label(account_id, test_set.operation, LIVE)
    stmt = select(PromptGate).where(PromptGate.account_id == account_id, PromptGate.operation == test_set.operation)
    row = db.session.scalar(stmt.execution_options(populate_existing=True))
    check_etag(stored_gate(gate_of(account_id, test_set.operation)), expected)
    before = row.least_percent if row is not None and row.test_set_id == test_set.id else None
    if least_percent is None:
        if row is not None and before is not None:
            db.session.delete(row)
    elif not 1 <= least_percent <= 100:
        raise DomainError(
            gettext("The share is between 1 and 100 per cent."), code="PERCENT", cure=gettext("Write such a number.")
        )
    elif not test_set.cases:
        raise needs_cases()
    elif row is None:
        values = {"operation": test_set.operation, "test_set_id": test_set.id, "least_percent": least_percent}
        db.session.add(PromptGate(account_id=account_id, **values))
    else:
        row.test_set_id, row.least_percent = test_set.id, least_percent
    db.session.flush()
    return before


def check_release_gate(account_id: int, operation: str, version_id: int) -> None:
    """Raise NotPassed when the gate of this operation keeps the version from going live."""
    gate = gate_of(account_id, operation)
    if gate is None:
        return
    share = share_of(gate.test_set, version_id)
    if share is None:
        words = gettext(
            "This version has not been tested with “%(name)s” as the set is now, by the model that is asked.",
            name=gate.test_set.name,
        )
        raise _not_passed(words, gate)
    if share < gate.least_percent:
        passed = gettext("This version passed %(share)s %% of “%(name)s”.", share=share, name=gate.test_set.name)
        raise _not_passed(passed, gate)


def _not_passed(words: str, gate: ReleaseGate) -> NotPassed:
    return NotPassed(
        sentences(words, gettext("At least %(least)s %% are needed before it goes live.", least=gate.least_percent)),
        code="PROMPT_NOT_PASSED",
        cure=gettext("Test it, or correct it and test again. An owner may make it live with a reason."),
        details={"test_set_id": gate.test_set.id},
    )


def share_of(test_set: PromptTestSet, version_id: int) -> int | None:
    """The share that a version passed, in per cent, in its newest complete test of the set as it is now.

    None without one. Only answers of the model that the account uses count: another one may do better, or worse.
    """
    stmt = (
        select(PromptTest)
        .join(Run, Run.id == PromptTest.run_id)
        .where(
            PromptTest.account_id == test_set.account_id,
            PromptTest.test_set_id == test_set.id,
            PromptTest.cases == test_set.cases,
            PromptTest.checks == test_set.checks,
            Run.state == "succeeded",
        )
        .order_by(PromptTest.id.desc())
        .limit(100)
    )
    routed = models_to_try.trial_endpoints(test_set.account_id, test_set.operation, "")
    asked = {"", *(endpoint.model for endpoint in routed[:1])}
    for test in db.session.scalars(stmt):
        sides = [
            number
            for number, side in enumerate(test.sides)
            if side["version_id"] == version_id and side["model"] in asked
        ]
        if sides:
            summaries = trials.summaries(test, trials.results_of(test))
            return min(summaries[number].percent for number in sides)
    return None
