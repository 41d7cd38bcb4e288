"""Kinds of run of cluster suggestions."""

from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

SUGGEST = RunKind(
    "suggest", "jobs.suggestions.suggest_clusters", "Cluster suggestions", permission=Permission.CONTENT_WRITE
)
OVERLAPS = RunKind("overlaps", "jobs.suggestions.find_overlaps", "Overlaps", permission=Permission.CONTENT_WRITE)
KINDS = (SUGGEST, OVERLAPS)
