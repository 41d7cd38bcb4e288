"""Importing a site from WordPress."""

from app.core.runs import Outcome, RunContext
from app.extensions import db
from app.sync import suggestions
from app.sync.importing import Importer


def import_site(context: RunContext) -> Outcome:
    """The import of this run (`SiteImport`), from where it stopped last; then clusters are suggested."""
    account_id, site_id, actor_id = context.run.account_id, context.run.site_id, context.run.actor_id
    outcome = Importer(context).work()
    assert site_id is not None
    suggestions.begin(account_id, site_id, actor_id)
    db.session.commit()
    return outcome
