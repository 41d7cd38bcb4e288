"""Named hooks: points at which a lower domain calls those above it, in the transaction at hand.

A domain names its hooks in its own `hooks.py`, with what they are given and when; here are those of the core. Called
functions may refuse by raising a DomainError where the hook's comment says so. What may happen later, after the commit,
is an event instead (`app.core.events`).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from uuid import UUID

    from app.core.permissions import AnyPermission
    from app.core.runs.kinds import RunKind
    from app.core.runs.models import Run

P = ParamSpec("P")
R = TypeVar("R")
_lists: list[list[Any]] = []  # the functions of each hook
_connecting: list[str | None] = [None]  # the module of the feature that is being connected, at the end


def disconnect_all() -> None:
    """Empty all hooks: the features are about to be connected."""
    for functions in _lists:
        functions.clear()


class Hook(Generic[P]):
    """A list of functions, called in the order in which they were added."""

    def __init__(self) -> None:
        self._functions: list[Callable[P, object]] = []
        _lists.append(self._functions)

    def add(self, function: Callable[P, object]) -> None:
        """Have `function` called from now on; once, however often it is added."""
        if function not in self._functions:
            self._functions.append(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call all of them; what one raises is let through."""
        for function in self._functions:
            function(*args, **kwargs)


class Question(Generic[P, R]):
    """Functions that each answer, asked in the order in which they were added."""

    def __init__(self) -> None:
        self._functions: list[Callable[P, R]] = []
        _lists.append(self._functions)

    def add(self, function: Callable[P, R]) -> None:
        """Have `function` asked from now on; once, however often it is added."""
        if function not in self._functions:
            self._functions.append(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Their answers; none when nobody was added."""
        return [function(*args, **kwargs) for function in self._functions]


class Offer(Generic[P, R]):
    """A question about what an account may choose from; its first argument is the account.

    Functions of features whose module is switched off there are not asked.
    """

    def __init__(self) -> None:
        self._functions: list[tuple[Callable[Concatenate[int, P], R], str | None]] = []
        _lists.append(self._functions)

    def add(self, function: Callable[Concatenate[int, P], R]) -> None:
        """Have `function` asked from now on; once, however often it is added."""
        if function not in (added for added, _module in self._functions):
            self._functions.append((function, _connecting[-1]))

    def __call__(self, account_id: int, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """The answers of those whose module is on."""
        off = switched_off(account_id, {module for _function, module in self._functions})
        return [function(account_id, *args, **kwargs) for function, module in self._functions if module not in off]


@contextmanager
def connecting(module: str | None) -> Iterator[None]:
    """Within this block, functions that are added belong to a feature with this module."""
    _connecting.append(module)
    try:
        yield
    finally:
        _connecting.pop()


def switched_off(account_id: int, among: Collection[str | None]) -> set[str]:
    """The modules among these that the account has switched off. Reads nothing when `among` names none."""
    named = {module for module in among if module is not None}
    return named & {module for modules in modules_off(account_id) for module in modules} if named else set()


# (account_id, kind) before a run is recorded or started again; may refuse.
run_starting: "Hook[[int, RunKind]]" = Hook()
# (account_id, kind) before a worker begins with a run; may refuse.
run_working: "Hook[[int, RunKind]]" = Hook()
# (run) once an ended run waits again; may refuse.
run_restarted: "Hook[[Run]]" = Hook()
# (run) before a person cancels, pauses or restarts it: lock the rows that come before a run in the lock order.
run_changing: "Hook[[Run]]" = Hook()
# (run_id) once a worker is done with a run, in a transaction of its own, or a run that waited was cancelled.
run_ended: "Hook[[UUID]]" = Hook()
# () while a worker warms up: rehearse what the first job would do. Changes nothing.
warming_up: Hook[[]] = Hook()
# (account_id, permission) before a route changes something; may refuse.
action_starting: "Hook[[int, AnyPermission]]" = Hook()
# (account_id) How large is this account's share of what accounts take turns at? Called outside of transactions.
account_shares: Question[[int], float] = Question()
# (account_id) Is there nobody else in this account?
works_alone: Question[[int], bool] = Question()
# (account_id) Which modules has this account switched off? Their keys.
modules_off: Question[[int], Collection[str]] = Question()
