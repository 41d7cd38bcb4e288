"""Kinds of run of what comes back from WordPress."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

IMPORT = RunKind(
    "import", "jobs.sync.import_site", N_("Import from WordPress"), permission=Permission.CONTENT_WRITE, queue="bulk"
)
COMPARE = RunKind(
    "compare",
    "jobs.reconcile.compare_site",
    N_("Comparison with WordPress"),
    permission=Permission.SITES_MANAGE,
    queue="bulk",
)
LINKS = RunKind(
    "links", "jobs.sync.refresh_links", N_("Reading addresses"), permission=Permission.SITES_MANAGE, queue="bulk"
)
KINDS = (IMPORT, COMPARE, LINKS)
