"""What rules can do: each an entry of one registry, which starts runs of existing kinds through existing use cases.

Features bring theirs through `hooks.actions_offered`. To add one, write a function that starts the work and an
`ActionKind` around it, in a file of its own, and name it in `feature.py`.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select

from app.automation.models import RuleExecution
from app.automation.subjects import SUBJECT_KINDS, comes_before
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.hooks import Offer, switched_off
from app.core.languages import N_, gettext
from app.core.permissions import AnyPermission

NUMBER, CHOICE, CLOCK = "number", "choice", "clock"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting of an action: a number from `least` to `most`, one of `choices` (value, label), or a time of day."""

    name: str
    label: str
    type: str
    default: str
    least: int = 0
    most: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class ActionCall:
    """What an action is called with: who acts, on which rows of one kind, with which settings."""

    account_id: int
    actor: Actor
    site_id: int
    subject_kind: str
    subjects: tuple[int, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    are_picked: bool = False  # by a person, for this very action


@dataclass(frozen=True, slots=True)
class Started:
    """What an action began: how many rows it takes on, its runs, and a sentence in English. Without runs it is done.

    `waits` says that what comes next waits for the runs. `memo` is what undoing it will need, as JSON.
    """

    count: int
    run_ids: tuple[uuid.UUID, ...] = ()
    note: str = ""
    waits: bool = True
    memo: Mapping[str, Any] = field(default_factory=dict)


Start = Callable[[ActionCall], Started]
Undo = Callable[[Actor, RuleExecution, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class ActionKind:
    """Something that a rule can do.

    `name` is stored. `takes` are the kinds of rows that it works on, the preferred first; `waiting` gives conditions on
    those of them that it still has work for. `starts` are its stages, each begun when the runs of the one before have
    ended. `credits` estimates what so many rows cost an account; `at_once` bounds them. `undo` undoes what a step did
    and says in English what it was; `undo_says` is what a person is asked before. Without it, `stays` says why not.
    `undo_needs` names what of a step's memo undoing it takes; where that is not there, it stays too. `picked` gives
    conditions on rows that a person has picked for it, in place of `waiting`; `done_says` is what is said of a step for
    which none is left. `needs_wordpress` says that it can do nothing on a site that is not connected.
    """

    name: str
    label: str
    takes: tuple[str, ...]
    permission: AnyPermission
    module: str | None
    starts: tuple[Start, ...]
    waiting: Callable[[str], Sequence[ColumnElement[bool]]]
    credits: Callable[[int, int], int]
    at_once: int
    usual: int
    parameters: tuple[Parameter, ...] = ()
    undo: Undo | None = None
    picked: Callable[[str], Sequence[ColumnElement[bool]]] | None = None
    done_says: str = ""
    undo_says: str = ""
    undo_needs: str = ""
    stays: str = ""
    needs_wordpress: bool = False

    def can_undo(self, step: Mapping[str, Any]) -> bool:
        """Whether what this step of an execution did can be undone."""
        return self.undo is not None and (not self.undo_needs or self.undo_needs in step.get("memo", {}))

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """Its settings; each action that takes more than one row has a bound on how many it takes at once."""
        if self.at_once == 1:
            return self.parameters
        bound = Parameter("most", N_("At most so many at once"), NUMBER, str(self.usual), 1, self.at_once)
        return (bound, *self.parameters)

    def takes_of(self, subject_kind: str) -> str | None:
        """The kind of rows that it works on in a rule about `subject_kind`, the nearest; None when it cannot."""
        if subject_kind in self.takes:
            return subject_kind
        return next((kind for kind in SUBJECT_KINDS if kind in self.takes and comes_before(subject_kind, kind)), None)

    def waiting_ids(self, call: ActionCall) -> list[int]:
        """Those of the rows that it has work for, in order; `most_of` says how many of them it takes at once."""
        kind = SUBJECT_KINDS[call.subject_kind]
        to_do = self.picked if call.are_picked and self.picked else self.waiting
        where = [*kind.conditions(call.account_id, call.site_id), *to_do(call.subject_kind)]
        stmt = select(kind.model.id).where(*where, kind.model.id.in_(call.subjects)).order_by(kind.model.id)
        return list(db.session.scalars(stmt))


# (account_id) Which actions can a rule of this account have?
actions_offered: "Offer[[], Sequence[ActionKind]]" = Offer()


def known_action_kinds(account_id: int) -> dict[str, ActionKind]:
    """The actions that there are, by name, in order of the pipeline: also those of modules that are switched off."""
    return {kind.name: kind for offered in actions_offered(account_id) for kind in offered}


def action_kinds(account_id: int) -> dict[str, ActionKind]:
    """The actions that this account's rules can have, by name, in order of the pipeline: of modules that are on."""
    kinds = known_action_kinds(account_id)
    off = switched_off(account_id, {kind.module for kind in kinds.values()})
    return {name: kind for name, kind in kinds.items() if kind.module not in off}


def action_kind(account_id: int, name: str) -> ActionKind:
    """The action of this name. Raises DomainError when there is none, or its module is switched off."""
    kind = action_kinds(account_id).get(name)
    if kind is not None:
        return kind
    kind = known_action_kinds(account_id).get(name)
    if kind is None:
        raise DomainError(
            gettext("An action of the rule is not there any more."),
            code="ACTION_UNKNOWN",
            field="actions",
            cure=gettext("Choose another."),
        )
    raise DomainError(
        gettext("“%(action)s” is switched off.", action=gettext(kind.label)),
        code="ACTION_SWITCHED_OFF",
        field="actions",
        cure=gettext("Choose another action, or switch its module on under Settings."),
    )


def most_of(kind: ActionKind, parameters: Mapping[str, Any]) -> int:
    """How many rows the action takes at once with these settings."""
    return min(int(parameters.get("most") or kind.usual), kind.at_once)


def checked_parameters(kind: ActionKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are stored. Raises DomainError, with the setting's name, for what it cannot be."""
    return {one.name: _checked(kind, one, str(given.get(one.name, one.default))) for one in kind.all_parameters}


def _checked(kind: ActionKind, parameter: Parameter, text: str) -> Any:
    value = text.strip()
    if parameter.type == NUMBER and value.isascii() and value.isdigit() and len(value) < 10:
        if parameter.least <= int(value) <= parameter.most:
            return int(value)
    elif (parameter.type == CHOICE and value in dict(parameter.choices)) or (
        parameter.type == CLOCK and _is_clock(value)
    ):
        return value
    raise DomainError(
        gettext(
            "%(action)s: “%(setting)s” is not right.", action=gettext(kind.label), setting=gettext(parameter.label)
        ),
        code="PARAMETER_INVALID",
        field="actions",
        cure=_cure(parameter),
    )


def _is_clock(value: str) -> bool:
    hour, colon, minute = value.partition(":")
    digits = (hour + minute).isascii() and (hour + minute).isdigit() and len(hour) == len(minute) == 2
    return bool(colon) and digits and int(hour) < 24 and int(minute) < 60


def _cure(parameter: Parameter) -> str:
    if parameter.type == NUMBER:
        return gettext("Give a number from %(least)s to %(most)s.", least=parameter.least, most=parameter.most)
    if parameter.type == CLOCK:
        return gettext("Give a time of day, such as 09:30.")
    return gettext("Choose one of the list.")
