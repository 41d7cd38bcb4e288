"""Kinds of run of what comes back from WordPress."""

from app.core.runs.kinds import RunKind

IMPORT = RunKind("import", "jobs.sync.import_site", "Import from WordPress", permission="edit_content", queue="bulk")
COMPARE = RunKind(
    "compare", "jobs.reconcile.compare_site", "Comparison with WordPress", permission="manage_sites", queue="bulk"
)
LINKS = RunKind("links", "jobs.sync.refresh_links", "Reading addresses", permission="manage_sites", queue="bulk")
KINDS = (IMPORT, COMPARE, LINKS)
