"""New passwords: changed by who knows the old one, or set by who reads the person's mail."""

from app.auth import letters, mail_tokens, sessions
from app.auth.models import User
from app.auth.services import accounts_of, check_own_password, find_user, hash_password
from app.core import audit
from app.core.clock import utcnow
from app.extensions import db

PURPOSE = "reset_password"


def ask_reset(email: str) -> None:
    """Mail a link when there is such a person; nobody else learns whether there is. Flushes."""
    user = find_user(email.strip())
    if user is None or not user.is_active:
        return
    token, key = mail_tokens.issue(user, PURPOSE, user.email)
    letters.reset_password(user, token, key)
    _note(user, "person.password_reset_asked")


def reset(key: str, password: str) -> User:
    """Set a new password by a mailed link and sign the person out everywhere. Flushes.

    Raises DomainError when the link is no good or the password too short; the link is then still good.
    """
    password_hash = hash_password(password)
    user, _email = mail_tokens.use(key, PURPOSE)
    _set(user, password_hash)
    sessions.end_others(user.id, None)
    user.email_confirmed_at = user.email_confirmed_at or utcnow()
    letters.security_notice(user, "Your password was set anew", f"pw:{user.id}:{user.session_epoch}")
    _note(user, "person.password_reset")
    return user


def change(user: User, *, old: str, new: str) -> None:
    """Set a new password and end the person's other sessions. Flushes; raises DomainError.

    The caller gives this browser a new key.
    """
    check_own_password(user, old)
    _set(user, hash_password(new))
    sessions.end_others(user.id, user.session_key)
    letters.security_notice(user, "Your password was changed", f"pw:{user.id}:{user.session_epoch}")
    _note(user, "person.password_changed")


def _set(user: User, password_hash: str) -> None:
    user.password_hash = password_hash
    user.session_epoch += 1
    mail_tokens.void(user.id, PURPOSE)
    db.session.flush()


def _note(user: User, action: str) -> None:
    for account in accounts_of(user.id):
        audit.record(account.id, action, subject=user.email, actor_id=user.id, actor=f"{user.name} <{user.email}>")
