"""Kinds of run of the writer."""

from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

GENERATE_DRAFTS = RunKind(
    "generate_drafts",
    "jobs.writer.generate_drafts",
    "Drafts",
    permission=Permission.WRITER_WRITE,
    module="writer",
    operation="content",
)
KINDS = (GENERATE_DRAFTS,)
