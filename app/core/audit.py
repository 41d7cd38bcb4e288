"""The audit log: who did what, what was before and after, and from where. Kept for a year.

Values are written through `safe`, which leaves out whatever is named like a secret; mail bodies and texts of content
are never given.

Actions get who acts (`by`). What people do with their log-in is recorded in each of their accounts without `by`: then
it is whoever makes this request (`record_for_person`). Nothing else below the routes asks who that is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import g, has_app_context, has_request_context, request
from sqlalchemy import Computed, ForeignKey, Index, String, column, delete, insert, select, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.core import row_security
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.db import Base, Identified
from app.core.extensions import db
from app.core.logs import SECRET_WORDS, scrub_secrets

KEPT = timedelta(days=365)
MAX_TEXT = 500
AT_ONCE = 5_000
OPERATOR = "Whoever runs this installation, by a command"
# All that this layer knows of accounts and who belongs to them.
ACCOUNTS = table("accounts", column("id"))
MEMBERSHIPS = table("memberships", column("id"), column("account_id"), column("user_id"))


class AuditEvent(Base, Identified):
    """One thing that somebody did. `actor` is their name at that time, whatever becomes of them."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_account", "account_id", text("id DESC")),
        Index("ix_audit_events_created_at", "created_at"),
        Index("ix_audit_events_search", "search", postgresql_using="gin"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    actor: Mapped[str] = mapped_column(String(260), default="")
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(300), default="")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    ip: Mapped[str] = mapped_column(String(45), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    search: Mapped[str] = mapped_column(TSVECTOR, Computed("search_words(subject)", persisted=True), deferred=True)


def record(
    account_id: int,
    action: str,
    *,
    by: Actor,
    subject: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add an event to the current transaction: what is rolled back is not recorded. May flush.

    `action` is like ``member.role_changed``.
    """
    event = AuditEvent(
        account_id=account_id,
        action=action,
        subject=scrub_secrets(subject[:300]),
        before=without_secrets(before),
        after=without_secrets(after),
        actor_id=by.id,
        actor=by.name[:260],
        ip=by.address,
    )
    if row_security.sees(account_id):
        db.session.add(event)
        return
    with row_security.within(account_id):
        db.session.add(event)


def record_everywhere(action: str, after: dict[str, Any], *, accounts: Sequence[int] | None = None) -> None:
    """Record in all accounts, or these, what the operator of the installation did by a command. Flushes."""
    with row_security.every_account("a command of whoever runs the installation concerns every account"):
        account_ids = accounts if accounts is not None else db.session.scalars(select(ACCOUNTS.c.id)).all()
        rows = [
            {
                "account_id": account_id,
                "action": action,
                "subject": "",
                "after": without_secrets(after),
                "actor": OPERATOR,
                "ip": "",
                "created_at": utcnow(),
            }
            for account_id in account_ids
        ]
        if rows:
            db.session.execute(insert(AuditEvent), rows)


def record_changes(account_id: int, action: str, before: dict[str, Any], after: dict[str, Any], **event: Any) -> bool:
    """Record only the values that differ; False, and nothing recorded, when none does."""
    names = [name for name in after if before.get(name) != after[name]]
    if names:
        old, new = {name: before.get(name) for name in names}, {name: after[name] for name in names}
        record(account_id, action, before=old, after=new, **event)
    return bool(names)


def record_for_person(
    user_id: int, action: str, *, actor_id: int | None = None, actor: str | None = None, **event: Any
) -> None:
    """`record` in each account that the person belongs to: what they do with their log-in concerns all of them.

    Without an `actor`, whoever asks in this request did it.
    """
    by = _whoever_asks() if actor is None else named_actor(actor_id, actor)
    for account_id in _accounts_of(user_id):
        record(account_id, action, by=by, **event)


def _accounts_of(user_id: int) -> Sequence[int]:
    stmt = select(MEMBERSHIPS.c.account_id).where(MEMBERSHIPS.c.user_id == user_id).order_by(MEMBERSHIPS.c.id)
    with row_security.every_account("what a person does with their log-in is told to each of their accounts"):
        return db.session.scalars(stmt).all()


def without_secrets(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """`values` as they may be kept: secrets hidden, long texts cut."""
    if values is None:
        return None
    return {
        name: "[hidden]" if any(word in name.lower() for word in SECRET_WORDS) else _short(value)
        for name, value in values.items()
    }


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return scrub_secrets(value[:MAX_TEXT])
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_short(item) for item in list(value)[:100]]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:MAX_TEXT]


def named_actor(actor_id: int | None, name: str) -> Actor:
    """A person, or something that is not a person (Stripe), by name and with the address that this request comes from.

    What Stripe did and a person's request only brought to light is not their doing: then without their address.
    """
    person = g.get("user_id") if has_app_context() else None
    return Actor(actor_id, name, "" if actor_id is None and person is not None else _address())


def _whoever_asks() -> Actor:
    """Who makes this request; nobody in a job."""
    if not has_app_context():
        return Actor(None, "")
    return Actor(g.get("user_id"), str(g.get("actor_name", "")), _address())


def _address() -> str:
    return (request.remote_addr or "")[:45] if has_request_context() else ""


@row_security.every_account("a year is a year in every account")
def forget_old() -> int:
    """Delete what is older than a year, some thousands at a time. Returns how many. Commits."""
    total = 0
    while True:
        old_ids = select(AuditEvent.id).where(AuditEvent.created_at < utcnow() - KEPT).limit(AT_ONCE)
        deleted = len(
            db.session.scalars(delete(AuditEvent).where(AuditEvent.id.in_(old_ids)).returning(AuditEvent.id)).all()
        )
        db.session.commit()
        total += deleted
        if deleted < AT_ONCE:
            return total
