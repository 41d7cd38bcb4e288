"""Kinds of run of cluster suggestions."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

SUGGEST = RunKind(
    "suggest", "jobs.suggestions.suggest_clusters", N_("Cluster suggestions"), permission=Permission.CONTENT_WRITE
)
OVERLAPS = RunKind("overlaps", "jobs.suggestions.find_overlaps", N_("Overlaps"), permission=Permission.CONTENT_WRITE)
ALIKE_NEW = RunKind(
    "alike_new",
    "jobs.suggestions.find_alike",
    N_("Comparing new titles"),
    permission=Permission.CONTENT_WRITE,
    queue="bulk",
    unattended=True,
)
ALIKE_TITLE = RunKind(
    "alike_title",
    "jobs.suggestions.find_like_title",
    N_("What is like a title"),
    permission=Permission.CONTENT_WRITE,
    queue="interactive",
)
KINDS = (SUGGEST, OVERLAPS, ALIKE_NEW, ALIKE_TITLE)
