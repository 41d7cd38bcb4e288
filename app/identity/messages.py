"""What our mails say about a person's log-in. Each goes out once for its intent."""

from collections.abc import Sequence

from app.core.letters import Letter, link_to, post
from app.identity.models import MailToken, User


def confirm_address(user: User, token: MailToken, key: str) -> None:
    """Ask whether the address that was given at sign-up is read by that person."""
    letter = Letter(
        "Confirm your e-mail address",
        (f"Hello {user.name},", "please confirm that this is your address. The link is valid for 7 days."),
        "Confirm address",
        link_to("/email/confirm/", t=key),
    )
    post(letter, intent=f"confirm:{token.id}", to=token.email)


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
    post(letter, intent=f"there:{token.id}", to=user.email)


def reset_password(user: User, token: MailToken, key: str) -> None:
    """The link to a new password."""
    letter = Letter(
        "Set a new password",
        (f"Hello {user.name},", "with this link you set a new password. It works once, for 2 hours."),
        "Set a new password",
        link_to("/password/reset/", t=key),
        "If you did not ask for it, you need not do anything: your password stays as it is.",
    )
    post(letter, intent=f"reset:{token.id}", to=user.email)


def confirm_new_address(user: User, token: MailToken, key: str) -> None:
    """Goes to the new address, which counts once its reader says so."""
    letter = Letter(
        "Confirm your new e-mail address",
        (f"Hello {user.name},", "you want to sign in with this address from now on. The link is valid for 24 hours."),
        "Confirm address",
        link_to("/email/change/", t=key),
    )
    post(letter, intent=f"change:{token.id}", to=token.email)


def address_changed(user: User, old: str, token_id: int) -> None:
    """Tell the old address."""
    letter = Letter(
        "Your e-mail address was changed",
        (f"Hello {user.name},", f"you now sign in to IGNY8 with {user.email}. This address is no longer used."),
        foot="If this was not you, ask the owner of your account for help at once.",
    )
    post(letter, intent=f"changed:{token_id}", to=old)


def security_notice(user: User, what: str, intent: str, left: Sequence[str] = ()) -> None:
    """Tell a person that something about their sign-in was changed, and what it did not end (`left`)."""
    letter = Letter(
        what,
        (f"Hello {user.name},", f"{what}. If it was you, all is well.", *left),
        "Set a new password",
        link_to("/password/forgot/"),
        "If it was not you, set a new password at once: it signs you out everywhere.",
    )
    post(letter, intent=intent, to=user.email)
