"""New passwords: changed by somebody who knows the old one, or set by somebody who reads the person's mail."""

from itertools import chain

from app.core import audit
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity import credentials, hooks, mail_tokens, messages
from app.identity.models import MailToken, User
from app.identity.people import check_own_password, find_user, hash_password, lock_person

PURPOSE = "reset_password"


def request_reset(email: str) -> None:
    """Mail a link when there is such a person; nobody else learns whether there is. Flushes.

    After too many within an hour or a day no more are sent: the newest one still works.
    """
    user = _active_user(email)
    if user is None or mail_tokens.is_limit_reached(user.id, PURPOSE):
        return
    token, key = mail_tokens.issue_token(user, PURPOSE, user.email)
    messages.reset_password(user, token, key)
    _record_password(user, "person.password_reset_asked")


def notify_registered(email: str) -> None:
    """The address of a sign-up is taken: mail its owner, and nobody else, a link to a new password. Flushes.

    Silent while such a link is under way: it works, and strangers sign up as often as they like.
    """
    user = _active_user(email)
    if user is None or mail_tokens.has_recent_link(user, PURPOSE, since=mail_tokens.LIFETIMES[PURPOSE]):
        return
    token, key = mail_tokens.issue_token(user, PURPOSE, user.email)
    messages.already_registered(user, token, key)


def _active_user(email: str) -> User | None:
    user = find_user(email.strip())
    if user is None or not user.is_active:
        return None
    lock_person(user)  # of many who ask at once, each sees the link of the one before
    return user


def reset(key: str, password: str) -> User:
    """Set a new password by a mailed link and sign the person out everywhere. Flushes.

    Raises DomainError when the link does not work or the password is too short; in that case the link still works.
    """
    password_hash = hash_password(password, _about(mail_tokens.peek(key, PURPOSE)))
    user, _email = mail_tokens.use(key, PURPOSE)
    user.password_hash = password_hash
    user.email_confirmed_at = user.email_confirmed_at or utcnow()
    _revoke_access(user, None, "Your password was set anew")
    _record_password(user, "person.password_reset")
    return user


def change_password(user: User, *, old: str, new: str) -> None:
    """Set a new password and end the person's other sessions. Flushes; raises DomainError.

    The caller gives this browser a new key.
    """
    check_own_password(user, old)
    user.password_hash = hash_password(new, words_about(user))
    _revoke_access(user, user.session_key, "Your password was changed")
    _record_password(user, "person.password_changed")


def words_about(user: User) -> list[str]:
    """What somebody who knows the person would try: their names, addresses, accounts and sites."""
    return [user.email, user.name, *chain.from_iterable(hooks.words_about_person(user.id))]


def _about(token: MailToken | None) -> list[str]:
    return words_about(db.session.get_one(User, token.user_id)) if token else []


def _revoke_access(user: User, keep: str | None, sentence: str) -> None:
    db.session.flush()
    credentials.revoke_all(user, keep=keep)
    messages.security_notice(user, sentence, f"pw:{user.id}:{user.session_epoch}", credentials.remaining_access(user))


def _record_password(user: User, action: str) -> None:
    who = f"{user.name} <{user.email}>"
    audit.record_for_person(user.id, action, subject=user.email, actor_id=user.id, actor=who)
