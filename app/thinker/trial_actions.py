"""What can be done with test sets, tests and gates. They flush; callers commit."""

from collections.abc import Mapping, Sequence

from app.ai import charging
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext, ngettext
from app.core.runs import start_run
from app.core.runs.services import find_active
from app.core.wording import Changed
from app.thinker import checks, gate, sets, trials
from app.thinker.operations import operation_of
from app.thinker.permissions import ThinkerPermission
from app.thinker.run_kinds import TEST_PROMPT
from app.thinker.trial_models import PromptTest, PromptTestSet
from app.thinker.trials import Side


def create_set(account_id: int, operation: str, name: str, keys: Sequence[str]) -> PromptTestSet:
    """Make a test set of these rows. Raises DomainError and NotFound."""
    return sets.create_test_set(account_id, operation_of(operation), name, keys)


def save_set(
    account_id: int, actor: Actor, set_id: int, name: str, kinds: Sequence[str], values: Sequence[str], *, seen: int
) -> PromptTestSet:
    """Keep the name and the checks of a set.

    Raises DomainError, NotFound, Forbidden, and Conflict when somebody saved since.
    """
    test_set = _set_to_change(account_id, actor, set_id)
    if test_set.version != seen:
        raise Conflict(
            gettext("Somebody changed this test set after you opened the page. Nothing was changed."),
            code="SET_CHANGED",
            cure=gettext("Look at what is there now, then save again."),
        )
    test_set.name, test_set.checks = sets.checked_name(name), checks.checks_of_form(kinds, values)
    test_set.version += 1
    db.session.flush()
    return test_set


def _set_to_change(account_id: int, actor: Actor, set_id: int) -> PromptTestSet:
    """The set, locked. Raises Forbidden when it decides what goes live and the actor may not decide that."""
    test_set = sets.lock_set(account_id, set_id)
    if gate.is_gate(test_set):
        actor.require(ThinkerPermission.LIVE)
    return test_set


def add_cases(
    account_id: int, actor: Actor, set_id: int, keys: Sequence[str], title: str, values: Mapping[str, str]
) -> int:
    """Add these rows, or with none chosen a request of these values. Returns how many.

    Raises DomainError, NotFound, Forbidden.
    """
    test_set = _set_to_change(account_id, actor, set_id)
    if keys:
        return sets.add_rows(test_set, keys)
    if not any(value.strip() for value in values.values()):
        raise DomainError(
            gettext("Nothing is chosen."), code="NOTHING_CHOSEN", cure=gettext("Choose rows, or fill in values.")
        )
    sets.add_typed(test_set, title, values)
    return 1


def remove_case(account_id: int, actor: Actor, set_id: int, case_id: str) -> str:
    """Take a case out of a set; its title. Raises NotFound, Forbidden, and DomainError for the last case of a gate."""
    test_set = _set_to_change(account_id, actor, set_id)
    title = sets.remove_case(test_set, case_id)
    if not test_set.cases and gate.is_gate(test_set):
        raise gate.needs_cases()
    return title


def delete_set(account_id: int, actor: Actor, set_id: int) -> str:
    """Delete a set with its tests. Returns its name. Raises DomainError for a set that is a gate or in use."""
    test_set = sets.lock_set(account_id, set_id)
    used = gate.gate_of(account_id, test_set.operation)
    if used is not None and used.test_set.id == set_id:
        raise DomainError(
            gettext("“%(name)s” decides what may go live.", name=test_set.name),
            code="SET_IS_GATE",
            cure=gettext("Take the gate away first."),
        )
    if find_active(_key(set_id), account_id) is not None:
        raise DomainError(
            gettext("A test of this set is under way."),
            code="SET_IN_USE",
            cure=gettext("Cancel it, or wait for its end."),
        )
    db.session.delete(test_set)
    audit.record(account_id, "prompt.test_set_deleted", subject=test_set.name, by=actor)
    db.session.flush()
    return test_set.name


def start_test(account_id: int, actor: Actor, set_id: int, sides: Sequence[Side], repeats: int) -> PromptTest:
    """Start a test: ask the cases of a set on one or two sides.

    If a test of this set is under way, that one is returned. Raises DomainError, NotFound, NotEnoughCredits and
    Refused.
    """
    test_set = sets.lock_set(account_id, set_id)
    operation = operation_of(test_set.operation)
    trials.check_size(len(test_set.cases), len(sides), repeats)
    checked_sides = trials.sides_of(account_id, operation, sides)
    trials.check_model(account_id)
    calls = len(test_set.cases) * len(sides) * repeats
    run = start_run(
        account_id=account_id,
        kind=TEST_PROMPT,
        title=f"Testing {operation.title.lower()} prompts with “{test_set.name}”",
        actor=actor,
        site_id=test_set.site_id,
        total=calls,
        exclusive_key=_key(set_id),
    )
    under_way = trials.of_run(account_id, run.id)
    if under_way is not None:
        return under_way
    test = PromptTest(
        account_id=account_id,
        test_set_id=set_id,
        run_id=run.id,
        operation=operation.key,
        sides=checked_sides,
        cases=test_set.cases,
        checks=test_set.checks,
        repeats=repeats,
        author=actor.short_name[:260],
    )
    db.session.add(test)
    db.session.flush()
    charging.reserve_credits(run, operation.credit_operation, calls)
    return test


def _key(set_id: int) -> str:
    """The exclusive key that allows one test of a set at a time."""
    return f"{TEST_PROMPT.name}:{set_id}"


def set_gate(
    account_id: int, actor: Actor, set_id: int, least_percent: int | None, *, expected: str | None = None
) -> Changed:
    """Require versions to pass this set before they go live; with None any version may. Returns what was done.

    `expected` is the etag of the form. Raises EditConflict, DomainError, NotFound.
    """
    test_set = sets.lock_set(account_id, set_id)
    before = gate.set_gate(account_id, test_set, least_percent, expected=expected)
    if before == least_percent:
        return Changed(gettext("Nothing has changed."), 0)
    audit.record(
        account_id,
        "prompt.gate_set",
        subject=f"{operation_of(test_set.operation).title} prompt",
        before={"least_percent": before},
        after={"least_percent": least_percent, "test_set": test_set.name},
        by=actor,
    )
    if least_percent is None:
        return Changed(gettext("Any version may go live."), 1)
    words = ngettext(
        "A version goes live when at least %(least)s %% of %(num)s case pass.",
        "A version goes live when at least %(least)s %% of %(num)s cases pass.",
        len(test_set.cases),
        least=least_percent,
    )
    return Changed(words, 1)
