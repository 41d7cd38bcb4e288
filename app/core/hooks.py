"""Named hooks: points at which a lower domain asks or tells those above it, in the transaction at hand.

Who is called may refuse by raising a DomainError where the hook's comment says so. What may happen later, after the
commit, is an event instead (`app.core.events`).
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from uuid import UUID

    from app.core.runs.kinds import RunKind
    from app.core.runs.models import Run

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P]):
    """A list of functions, called in the order in which they were added."""

    def __init__(self) -> None:
        self._functions: list[Callable[P, object]] = []

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

    def add(self, function: Callable[P, R]) -> None:
        """Have `function` asked from now on; once, however often it is added."""
        if function not in self._functions:
            self._functions.append(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Their answers; none when nobody was added."""
        return [function(*args, **kwargs) for function in self._functions]


# (account_id, kind) before a run is recorded or started again; may refuse.
run_starting: "Hook[[int, RunKind]]" = Hook()
# (account_id, kind) before a worker begins with a run; may refuse.
run_working: "Hook[[int, RunKind]]" = Hook()
# (run) once an ended run waits again; may refuse.
run_restarted: "Hook[[Run]]" = Hook()
# (run_id) once a worker is done with a run; in a transaction of its own, which the worker commits.
run_ended: "Hook[[UUID]]" = Hook()
# () while a worker warms up: rehearse what the first job would do. Changes nothing.
warming_up: Hook[[]] = Hook()
# (account_id, permission) before a route changes something; may refuse.
action_starting: Hook[[int, str]] = Hook()
# (account_id) Is there nobody else in this account?
works_alone: Question[[int], bool] = Question()
# (user_id) once all that rests on a person's credentials has to end.
credentials_revoked: Hook[[int]] = Hook()
# (user_id) Which words would somebody try who knows this person?
words_about_person: Question[[int], list[str]] = Question()
# (user_id) What has this person's log-in made that still works after they changed it? In sentences.
left_by_person: Question[[int], list[str]] = Question()
# (account_id) before somebody is invited or joins; may refuse.
seat_needed: Hook[[int]] = Hook()
# (content_ids, field names or None for any) once rows of content were written.
content_changed: Hook[[Collection[int], frozenset[str] | None]] = Hook()
# (source_id, target_id) before the cluster `source_id` is deleted in favour of the other: take over what points at it.
cluster_merging: Hook[[int, int]] = Hook()
# (cluster_id, ids by table) add the ids of what points at this cluster.
cluster_listing: Hook[[int, dict[str, list[int]]]] = Hook()
# (target_id, source_id, ids by table) a merge is taken back: what was listed and still is the target's is the source's.
cluster_restored: Hook[[int, int, Mapping[str, list[int]]]] = Hook()
# (cluster_ids) before clusters are deleted; may refuse.
clusters_deleting: Hook[[Collection[int]]] = Hook()
