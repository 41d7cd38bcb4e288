"""Finds what happened while a site was disconnected or its plugin was switched off."""

from sqlalchemy import select

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.tenancy import owned
from app.mirror.models import RemoteState
from app.sites.models import Site
from app.sync.inbound.events import has_imported
from app.sync.reconcile.site_comparison import start_comparison


def compare_again(account_id: int, site_id: int) -> None:
    """Start a comparison if there is anything to compare: no events came while the plugin was away. Flushes."""
    remote_state = select(RemoteState.id).where(RemoteState.site_id == site_id).limit(1)
    if has_imported(site_id) or db.session.scalar(remote_state) is not None:
        start_comparison(owned(Site, site_id, account_id), THE_APP, "default")
