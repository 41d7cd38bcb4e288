"""The registry of kinds of run: what each is called, which job does it, and who may start and cancel it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class RunKind:
    """One kind of work. Domains define theirs in `run_kinds.py`; features register them at start-up.

    `name` is stored with each run. `job` is the dotted path of a function in `jobs/` that takes a RunContext.
    `permission` is needed to start and to retry, `cancel_permission` (the same by default) to cancel. `operation` is
    what credits are put aside for (a name of the table of costs), `module` the switch that turns it off.
    `always` says that it is also done for accounts that are read-only or about to be deleted.
    """

    name: str
    job: str
    label: str
    permission: str
    cancel_permission: str = ""
    module: str | None = None
    operation: str | None = None
    queue: str = "default"
    audit_group: str = "run"
    always: bool = False

    @property
    def may_cancel(self) -> str:
        """The permission that cancelling needs."""
        return self.cancel_permission or self.permission


_kinds: dict[str, RunKind] = {}


def register(kinds: Iterable[RunKind]) -> None:
    """Make these the known kinds, in place of any before. Raises ValueError when two have one name."""
    _kinds.clear()
    for kind in kinds:
        if _kinds.setdefault(kind.name, kind) != kind:
            raise ValueError(f"two kinds of run are called {kind.name}")


def kind_of(name: str) -> RunKind:
    """The kind that a stored run names; one that no feature registers any more may be cancelled by who may plan."""
    return _kinds.get(name) or RunKind(
        name, "", name.replace("_", " ").capitalize(), permission=Permission.PLANNER_WRITE
    )


def all_kinds() -> tuple[RunKind, ...]:
    """Every registered kind, in the order of registration."""
    return tuple(_kinds.values())
