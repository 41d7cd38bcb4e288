"""Kinds of run of what comes back from WordPress."""

from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

IMPORT = RunKind(
    "import", "jobs.sync.import_site", "Import from WordPress", permission=Permission.CONTENT_WRITE, queue="bulk"
)
COMPARE = RunKind(
    "compare",
    "jobs.reconcile.compare_site",
    "Comparison with WordPress",
    permission=Permission.SITES_MANAGE,
    queue="bulk",
)
LINKS = RunKind(
    "links", "jobs.sync.refresh_links", "Reading addresses", permission=Permission.SITES_MANAGE, queue="bulk"
)
KINDS = (IMPORT, COMPARE, LINKS)
