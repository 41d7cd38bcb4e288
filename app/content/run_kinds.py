"""Kinds of run of the Content Manager."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

CHANGE_CONTENTS = RunKind(
    "change_contents",
    "jobs.content.change_contents",
    N_("Change of many contents"),
    permission=Permission.CONTENT_WRITE,
)
UNDO_BULK_EDIT = RunKind(
    "undo_bulk_edit", "jobs.content.undo_bulk_edit", N_("Undo of a change"), permission=Permission.CONTENT_WRITE
)
CHECK_LINKS = RunKind(
    "check_links",
    "jobs.content.check_links",
    N_("Check of links"),
    permission=Permission.CONTENT_WRITE,
    is_check=True,
)
CHECK_NEW_LINKS = RunKind(
    "check_new_links",
    "jobs.content.check_links",
    N_("Check of links in new drafts"),
    permission=Permission.CONTENT_WRITE,
    queue="bulk",
    unattended=True,
    is_check=True,
)
KINDS = (CHANGE_CONTENTS, UNDO_BULK_EDIT, CHECK_LINKS, CHECK_NEW_LINKS)
