"""One at a time in a site: making rows for what WordPress has and we do not know yet."""

from sqlalchemy import func, select

from app.core.extensions import db

NEWCOMERS = 8_408_003  # the class of these locks among all advisory locks


def lock_newcomers(site_id: int) -> None:
    """Hold the site's lock until the end of the transaction. The caller looks for new rows again after this."""
    db.session.execute(select(func.pg_advisory_xact_lock(NEWCOMERS, site_id % 2**31)))
