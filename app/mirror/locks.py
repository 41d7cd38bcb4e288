"""One at a time in a site: making rows for what WordPress has and we do not know yet."""

from sqlalchemy import func, select

from app.core.extensions import db

NEWCOMERS = 8_408_003  # the class of these locks among all advisory locks


def lock_newcomers(site_id: int) -> None:
    """Hold the site's turn until the end of the transaction: what is new is looked for again after this."""
    db.session.execute(select(func.pg_advisory_xact_lock(NEWCOMERS, site_id % 2**31)))
