"""What ends whenever a credential changes: password or second factor, and on a call to sign out elsewhere.

A new address ends less: links in mails, and a second factor that was not confirmed (`forget_pending`).

Whoever was in before, by a stolen password or at a browser left open, must have nothing left that lets them in or
takes the log-in over. What they did in an account as a whole (keys of SystemBot, members) stays: `remaining_access`
names it.
"""

from itertools import chain

from sqlalchemy import case, update

from app.core.extensions import db
from app.identity import hooks, mail_tokens, sessions
from app.identity.models import User


def revoke_all(user: User, *, keep: str | None) -> int:
    """End all that rests on the credentials before. Returns how many browsers were signed out. Flushes.

    Raising the epoch voids every cookie, remembered browsers and sign-ins between password and code among them. The
    session of the key `keep` goes on, when the caller gives its browser a new key. Ended too: other sessions, links in
    mails, a second factor that was not confirmed, the person's own API tokens.
    """
    raised = update(User).where(User.id == user.id).values(session_epoch=User.session_epoch + 1)
    db.session.execute(raised, execution_options={"synchronize_session": False})
    db.session.refresh(user, ["session_epoch"])
    forget_pending(user)
    hooks.credentials_revoked(user.id)
    return sessions.end_others(user.id, keep)


def forget_pending(user: User) -> None:
    """Void what was begun and not yet confirmed: links in mails, and a second factor's secret. Flushes."""
    pending = case((User.totp_enabled_at.is_(None), None), else_=User.totp_secret)
    stmt = update(User).where(User.id == user.id).values(totp_secret=pending)
    db.session.execute(stmt, execution_options={"synchronize_session": False})
    db.session.refresh(user, ["totp_secret"])
    mail_tokens.void_all(user.id)


def remaining_access(user: User) -> list[str]:
    """Sentences on what was made in accounts by the person's log-in, still works, and may be somebody else's doing."""
    return list(chain.from_iterable(hooks.left_by_person(user.id)))
