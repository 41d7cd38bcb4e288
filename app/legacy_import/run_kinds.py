"""Kinds of run of moving in."""

from app.core.languages import N_
from app.core.runs.kinds import RunKind, RunWords
from app.legacy_import.permissions import LegacyPermission

READ_LEGACY = RunKind(
    "read_legacy",
    "jobs.legacy_import.read_source",
    N_("Reading the old plugin"),
    permission=LegacyPermission.MANAGE,
    queue="bulk",
    words=RunWords(noun=N_("reading"), link=N_("View what was found")),
)
MOVE_LEGACY = RunKind(
    "move_legacy",
    "jobs.legacy_import.move_in",
    N_("Moving in from the old plugin"),
    permission=LegacyPermission.MANAGE,
    queue="bulk",
    pauses=True,
    words=RunWords(noun=N_("moving in"), link=N_("View the result")),
)
UNDO_LEGACY = RunKind(
    "undo_legacy",
    "jobs.legacy_import.undo_import",
    N_("Undoing an import of the old plugin"),
    permission=LegacyPermission.MANAGE,
    queue="bulk",
    words=RunWords(noun=N_("undo"), link=N_("View the result")),
)
TAKE_OVER = RunKind(
    "take_over_legacy",
    "jobs.legacy_import.take_over",
    N_("Handing posts of the old plugin over"),
    permission=LegacyPermission.MANAGE,
    queue="default",
    words=RunWords(noun=N_("handing over"), link=N_("View the result")),
)
KINDS = (READ_LEGACY, MOVE_LEGACY, UNDO_LEGACY, TAKE_OVER)


def key_of_site(site_id: int) -> str:
    """One run at a time reads, moves or undoes on a site."""
    return f"legacy:{site_id}"
