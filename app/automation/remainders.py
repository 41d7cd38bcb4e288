"""What an execution left because its actions take no more rows at once: it is said, or handed on. Flushes.

A bound that a person chose is kept. Where it is ours, what the first action did not come to is an occurrence of its
own: whether rows come one by one or thousands at once, all of them are done, within the rule's limits of a day.
"""

from app.automation.action_kinds import ActionCall, action_kind, most_of
from app.automation.models import AutomationRule, RuleExecution
from app.automation.occurrences import Occurrence, add_occurrence
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.languages import NN_, in_english
from app.core.wording import counted

_LEFT = NN_(
    "%(num)s more was left, as no more are taken at once.", "%(num)s more were left, as no more are taken at once."
)
_UNAFFORDABLE = NN_(
    "%(num)s more was left, as the credits that it may spend do not suffice.",
    "%(num)s more were left, as the credits that it may spend do not suffice.",
)
_HANDED_ON = NN_("%(num)s more follows in another execution.", "%(num)s more follow in another execution.")


def words_of_left(count: int) -> str:
    """That an action left so many rows, in English; empty for none."""
    return in_english(lambda: counted(count, _LEFT)) if count else ""


def words_of_unaffordable(count: int) -> str:
    """That the limit of credits left so many rows, in English; empty for none."""
    return in_english(lambda: counted(count, _UNAFFORDABLE)) if count else ""


def hand_on_rest(execution: RuleExecution) -> str:
    """Set the rule off for the rows that the first action did not come to, where that is for us to do.

    Says in English what becomes of them; empty without any. The caller ends the execution in the same transaction:
    they are handed on once.
    """
    rest = _rest_of(execution)
    rule = db.session.get(AutomationRule, execution.rule_id or 0) if rest else None
    if rule is None or not _is_our_bound(execution):
        return words_of_left(len(rest))
    name, cause = f"rest:{execution.id}", execution.cause
    add_occurrence(rule, Occurrence(name, cause, rest, causes=execution.causes, actions=execution.actions))
    return in_english(lambda: counted(len(rest), _HANDED_ON))


def _is_our_bound(execution: RuleExecution) -> bool:
    """Whether nobody wanted fewer rows: they were picked, or it is as many as there may be."""
    action = execution.actions[0]
    kind = action_kind(execution.account_id, action["kind"])
    is_most = most_of(kind, action.get("parameters") or {}) == kind.at_once
    return bool(action.get("picked")) or is_most


def _rest_of(execution: RuleExecution) -> list[int]:
    """The rows that the first action still has work for, if it took as many as it takes at once."""
    action = execution.actions[0]
    kind, parameters = action_kind(execution.account_id, action["kind"]), action.get("parameters") or {}
    steps = [step for step in execution.steps if (step["action"], step["stage"]) == (0, 0)]
    taken = {row_id for step in steps for row_id in step["subjects"]}
    if len(taken) < most_of(kind, parameters) or kind.takes_of(execution.subject_kind) != execution.subject_kind:
        return []
    others = tuple(row_id for row_id in execution.subjects if row_id not in taken)
    where = (execution.account_id, THE_APP, execution.site_id, execution.subject_kind)
    return kind.waiting_ids(ActionCall(*where, others, parameters, are_picked=bool(action.get("picked"))))
