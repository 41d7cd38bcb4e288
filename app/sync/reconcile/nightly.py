"""Which sites are compared tonight. Services flush."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.core.actor import THE_APP
from app.core.errors import Refused
from app.core.extensions import db
from app.core.row_security import every_account
from app.sites.models import Site, WordPressConnection
from app.sync.reconcile.quiet_hours import MAY_BE_LATE, next_quiet_hour
from app.sync.reconcile.site_comparison import start_comparison

AT_ONCE = 100
C = WordPressConnection


@every_account("the night comes to sites of every account")
def start_due(now: datetime) -> int:
    """Start comparisons that are due, and set when each of these sites is compared next. Returns how many were started.

    A night that was missed is not made up for, nor one in which the account may have no work done.
    """
    stmt = (
        select(C)
        .join(Site, Site.id == C.site_id)
        .where(C.state == "connected", Site.is_active, or_(C.compare_due_at.is_(None), C.compare_due_at <= now))
        .order_by(C.compare_due_at.nulls_last(), C.id)
        .limit(AT_ONCE)
        .options(joinedload(C.site))
        .with_for_update(skip_locked=True, of=C)
    )
    started = 0
    for row in db.session.scalars(stmt).all():
        if row.compare_due_at is not None and row.compare_due_at > now - MAY_BE_LATE:
            started += _is_started(row.site)
        row.compare_due_at = next_quiet_hour(now, row.site.time_zone, row.site_id)
    db.session.flush()
    return started


def _is_started(site: Site) -> bool:
    try:
        start_comparison(site, THE_APP)
    except Refused:  # read-only, or about to be deleted: that keeps no other site waiting
        return False
    return True
