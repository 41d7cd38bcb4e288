"""Addresses: confirmed after sign-up, changed once the new one is confirmed."""

from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.identity import credentials, mail_tokens, messages
from app.identity.models import User
from app.identity.people import check_own_password, find_user, lock_person, normalise_email

REMIND_AFTER = timedelta(minutes=10)


def too_many_mails() -> DomainError:
    """The error for an address that was mailed too often lately."""
    return DomainError(
        gettext("Too many mails of this kind went out."),
        code="MAILS_USED_UP",
        field="email",
        cure=gettext("Use the link in the newest one, look into the spam folder too, or try again tomorrow."),
    )


def ask_confirmation(user: User) -> None:
    """Mail a link to the person's address. Flushes."""
    token, key = mail_tokens.issue_token(user, "confirm_email", user.email)
    messages.confirm_address(user, token, key)


def remind_to_confirm(user: User) -> None:
    """Mail the link again unless one is under way: asked at each sign-in before the address is confirmed. Flushes."""
    lock_person(user)
    under_way = mail_tokens.has_recent_link(user, "confirm_email", since=REMIND_AFTER)
    if user.email_confirmed_at is None and not under_way and not mail_tokens.is_limit_reached(user.id, "confirm_email"):
        ask_confirmation(user)


def confirm_email(key: str) -> User:
    """Record that the person of this link reads its address.

    Flushes; raises DomainError when the link does not work.
    """
    user, email = mail_tokens.use(key, "confirm_email")
    if email != user.email:
        raise mail_tokens.link_used_error()
    if user.email_confirmed_at is None:
        user.email_confirmed_at = utcnow()
        _record_email(user, "person.email_confirmed")
    db.session.flush()
    return user


def _record_email(user: User, action: str, **values: dict[str, str]) -> None:
    who = f"{user.name} <{user.email}>"
    audit.record_for_person(user.id, action, subject=user.name, actor_id=user.id, actor=who, **values)


def request_change(user: User, *, email: str, password: str) -> str:
    """Mail a link to the new address and give it back as it will be kept. Flushes.

    It is not revealed whether somebody else has the address: then no link is sent.
    """
    check_own_password(user, password)
    email = normalise_email(email)
    if email.lower() == user.email.lower():
        raise DomainError(gettext("This is your address already."), code="EMAIL_SAME", field="email")
    if mail_tokens.is_limit_reached(user.id, "change_email"):
        raise too_many_mails()
    if find_user(email) is None:
        token, key = mail_tokens.issue_token(user, "change_email", email)
        messages.confirm_new_address(user, token, key)
    return email


def change_email(key: str) -> User:
    """Take over the new address. Flushes. Raises DomainError, or Conflict when somebody has it by now."""
    token = mail_tokens.peek(key, "change_email")
    user, email = mail_tokens.use(key, "change_email")
    old_email = user.email
    user.email, user.email_confirmed_at = email, utcnow()
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(gettext("Somebody else signed up with this address."), code="EMAIL_TAKEN") from error
    credentials.forget_pending(user)
    messages.address_changed(user, old_email, token.id if token else 0)
    _record_email(user, "person.email_changed", before={"email": old_email}, after={"email": email})
    return user
