"""Kinds of run of the export."""

from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

EXPORT = RunKind("export", "jobs.export.export_account", "Export", permission=Permission.ACCOUNT_EXPORT, always=True)
KINDS = (EXPORT,)
