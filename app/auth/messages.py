"""What our mails say. Each goes out once for its intent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import current_app, render_template

from app.auth.models import Invitation, MailToken, User
from app.core.mail import queue_mail
from app.core.roles import ROLE_WORDS


@dataclass(frozen=True)
class Letter:
    """A mail: some paragraphs, at most one button, and a line below."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    link: str = ""
    foot: str = field(default="If you did not expect this mail, you need not do anything.")


def link_to(path: str, **query: str) -> str:
    """An address in this app, from PUBLIC_URL: what a request says of its host is not trusted."""
    base = current_app.config["PUBLIC_URL"] or "http://localhost"
    return f"{base}{path}" + (f"?{urlencode(query)}" if query else "")


def _post(letter: Letter, *, intent: str, to: str, account_id: int | None = None) -> None:
    queue_mail(
        intent=intent,
        recipient=to,
        subject=letter.subject,
        account_id=account_id,
        body=render_template("mail/letter.txt", letter=letter),
        html=render_template("mail/letter.html", letter=letter),
    )


def confirm_address(user: User, token: MailToken, key: str) -> None:
    """Ask whether the address that was given at sign-up is read by that person."""
    letter = Letter(
        "Confirm your e-mail address",
        (f"Hello {user.name},", "please confirm that this is your address. The link is valid for 7 days."),
        "Confirm address",
        link_to("/email/confirm/", t=key),
    )
    _post(letter, intent=f"confirm:{token.id}", to=token.email)


def already_there(user: User, token: MailToken, key: str) -> None:
    """Tell a person who signs up again that they are there already."""
    letter = Letter(
        "You already have an IGNY8 log-in",
        (
            f"Hello {user.name},",
            "somebody, probably you, signed up with this address. You are registered already: sign in, or set a new "
            "password with the link below. It is valid for 2 hours.",
        ),
        "Set a new password",
        link_to("/password/reset/", t=key),
    )
    _post(letter, intent=f"there:{token.id}", to=user.email)


def reset_password(user: User, token: MailToken, key: str) -> None:
    """The link to a new password."""
    letter = Letter(
        "Set a new password",
        (f"Hello {user.name},", "with this link you set a new password. It works once, for 2 hours."),
        "Set a new password",
        link_to("/password/reset/", t=key),
        "If you did not ask for it, you need not do anything: your password stays as it is.",
    )
    _post(letter, intent=f"reset:{token.id}", to=user.email)


def confirm_new_address(user: User, token: MailToken, key: str) -> None:
    """Goes to the new address, which counts once its reader says so."""
    letter = Letter(
        "Confirm your new e-mail address",
        (f"Hello {user.name},", "you want to sign in with this address from now on. The link is valid for 24 hours."),
        "Confirm address",
        link_to("/email/change/", t=key),
    )
    _post(letter, intent=f"change:{token.id}", to=token.email)


def address_changed(user: User, old: str, token_id: int) -> None:
    """Tell the old address."""
    letter = Letter(
        "Your e-mail address was changed",
        (f"Hello {user.name},", f"you now sign in to IGNY8 with {user.email}. This address is no longer used."),
        foot="If this was not you, ask the owner of your account for help at once.",
    )
    _post(letter, intent=f"changed:{token_id}", to=old)


def security_notice(user: User, what: str, intent: str, left: Sequence[str] = ()) -> None:
    """Tell a person that something about their sign-in was changed, and what it did not end (`left`)."""
    letter = Letter(
        what,
        (f"Hello {user.name},", f"{what}. If it was you, all is well.", *left),
        "Set a new password",
        link_to("/password/forgot/"),
        "If it was not you, set a new password at once: it signs you out everywhere.",
    )
    _post(letter, intent=intent, to=user.email)


def invitation(invited: Invitation, key: str, inviter: str, account_name: str) -> None:
    """Ask somebody to join an account."""
    role, text = ROLE_WORDS[invited.role]
    letter = Letter(
        f"{inviter} invites you to {account_name}",
        (
            "Hello,",
            f"{inviter} invites you to work in {account_name} on IGNY8 as {role} ({text.lower()}).",
            "The link is valid for 7 days.",
        ),
        "Look at the invitation",
        link_to("/invitation/", t=key),
    )
    _post(letter, intent=f"invitation:{invited.id}:{invited.sends}", to=invited.email, account_id=invited.account_id)


def deletion_announced(user: User, account_name: str, account_id: int, on: str, intent: str) -> None:
    """Tell an owner when their account will be deleted."""
    letter = Letter(
        f"{account_name} will be deleted on {on}",
        (
            f"Hello {user.name},",
            f"the account {account_name} and everything in it will be deleted on {on}. Until then an owner can keep "
            "it, and an export can be downloaded.",
        ),
        "Keep the account",
        link_to("/account/settings/"),
        "After that day it cannot be brought back.",
    )
    _post(letter, intent=intent, to=user.email, account_id=account_id)
