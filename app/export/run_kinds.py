"""Kinds of run of the export."""

from app.core.runs.kinds import RunKind

EXPORT = RunKind("export", "jobs.export.export_account", "Export", permission="export", always=True)
KINDS = (EXPORT,)
