"""The registry of kinds of run: what each is called, which job does it, and who may start and cancel it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.languages import N_
from app.core.permissions import AnyPermission, Permission


class Hold(StrEnum):
    """The part of its subject that a run holds while it is active: nobody else changes that meanwhile."""

    TEXT = "text"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class RunWords:
    """What pages say about runs of one kind, besides their label.

    `noun` is what one is called. `short_result` stands for the message of one that succeeded where there is little
    room, `link` is the text of the link to what it made. `cure_when_outdated` says what to do about a failure whose
    subject was changed since.
    """

    noun: str = N_("run")
    short_result: str = ""
    link: str = N_("View")
    cure_when_outdated: str = ""


@dataclass(frozen=True, slots=True)
class RunKind:
    """One kind of work. Domains define theirs in `run_kinds.py`; features register them at start-up.

    `name` is stored with each run. `job` is the dotted path of a function that takes a RunContext. `permission` is
    needed to start and to retry, `cancel_permission` (the same by default) to cancel. `operation` is what credits are
    put aside for (a name of the table of costs), `module` the switch that turns it off. `queue` is `interactive` for
    work of seconds that somebody waits for: the worker does it in its own process, without a fork
    (docs/decisions/0018). `streams` says that it shows what it is writing (`app.core.runs.live_texts`). `pauses` says
    that a person may pause it: its work looks at a `Turn` (`app.core.runs.turns`) and stops where it is. `unattended`
    says that nobody asked for it or waits for it: the header's menu does not show it, the list of all work does.
    `subject_type` is what each of its runs is about, `holds_subject` what it has of its subject. `gives_verdict` says
    that its data has a `verdict` on what visitors get of its subject, `is_check` that it only looks: its success is
    soon old news. `gives_file` says that its link is a download, `explains_codes` that the guide has a page of the
    codes of its errors. `try_failed` is the endpoint that takes the `ids` of what it left out (`failed` in its data),
    `words` what pages say of it. `always` says that it is also done for accounts that are read-only or about to be
    deleted.
    """

    name: str
    job: str
    label: str
    permission: AnyPermission
    cancel_permission: AnyPermission | None = None
    module: str | None = None
    operation: str | None = None
    queue: str = "default"
    audit_group: str = "run"
    always: bool = False
    streams: bool = False
    pauses: bool = False
    unattended: bool = False
    subject_type: str = ""
    holds_subject: Hold | None = None
    gives_verdict: bool = False
    is_check: bool = False
    gives_file: bool = False
    explains_codes: bool = False
    try_failed: str = ""
    words: RunWords = RunWords()

    @property
    def may_cancel(self) -> AnyPermission:
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
    """The kind of a stored run. Runs of a kind that no feature registers any more need RUNS_CONTROL alone."""
    return _kinds.get(name) or RunKind(
        name, "", name.replace("_", " ").capitalize(), permission=Permission.RUNS_CONTROL
    )


def unattended_kinds() -> list[str]:
    """Names of the kinds that nobody waits for."""
    return [kind.name for kind in _kinds.values() if kind.unattended]


def kinds_holding(*holds: Hold) -> list[RunKind]:
    """The kinds that hold one of these of their subject."""
    return [kind for kind in _kinds.values() if kind.holds_subject in holds]


def all_kinds() -> tuple[RunKind, ...]:
    """Every registered kind, in the order of registration."""
    return tuple(_kinds.values())
