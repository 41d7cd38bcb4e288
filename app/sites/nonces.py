"""Nonces of inbound requests: each is accepted once."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.sites.models import InboundNonce

KEEP = timedelta(minutes=11)  # twice the 300 s window, and a little more


def use_nonce(site_id: int, nonce: str) -> bool:
    """True the first time this nonce is seen. Flushes; the primary key decides a race."""
    stmt = insert(InboundNonce).values(site_id=site_id, nonce=nonce, expires_at=utcnow() + KEEP)
    return db.session.execute(stmt.on_conflict_do_nothing().returning(InboundNonce.nonce)).first() is not None


def forget_old_nonces() -> None:
    """Delete nonces too old to be accepted anyway. Commits."""
    db.session.execute(delete(InboundNonce).where(InboundNonce.expires_at < utcnow()))
    db.session.commit()
