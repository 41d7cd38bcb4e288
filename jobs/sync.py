"""Importing a site from WordPress."""

from app.core.runs import Outcome, RunContext
from app.sync.importing import Importer


def import_site(context: RunContext) -> Outcome:
    """The import of this run (`SiteImport`), from where it stopped last."""
    return Importer(context).work()
