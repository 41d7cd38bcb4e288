"""Kinds of run of the export."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import RunKind, RunWords

EXPORT = RunKind(
    "export",
    "jobs.export.export_account",
    N_("Export"),
    permission=Permission.ACCOUNT_EXPORT,
    always=True,
    gives_file=True,
    words=RunWords(link=N_("Download")),
)
KINDS = (EXPORT,)
