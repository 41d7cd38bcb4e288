"""Kinds of run of the writer."""

from app.core.runs.kinds import RunKind

GENERATE_DRAFTS = RunKind(
    "generate_drafts", "jobs.writer.generate_drafts", "Drafts", permission="write", module="writer", operation="content"
)
KINDS = (GENERATE_DRAFTS,)
