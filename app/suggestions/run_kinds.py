"""Kinds of run of cluster suggestions."""

from app.core.runs.kinds import RunKind

SUGGEST = RunKind("suggest", "jobs.suggestions.suggest_clusters", "Cluster suggestions", permission="edit_content")
KINDS = (SUGGEST,)
