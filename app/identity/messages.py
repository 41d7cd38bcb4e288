"""What our mails say about a person's log-in. Each goes out once for its intent."""

from collections.abc import Sequence

from app.core.messages import Message, link_to, queue_message
from app.identity.models import MailToken, User


def confirm_address(user: User, token: MailToken, key: str) -> None:
    """Ask whether the address that was given at sign-up is read by that person."""
    message = Message(
        "Confirm your e-mail address",
        (f"Hello {user.name},", "please confirm that this is your address. The link is valid for 7 days."),
        "Confirm address",
        link_to("/email/confirm/", t=key),
    )
    queue_message(message, intent=f"confirm:{token.id}", to=token.email)


def already_registered(user: User, token: MailToken, key: str) -> None:
    """Tell a person who signs up again that they are there already."""
    message = Message(
        "You already have an IGNY8 log-in",
        (
            f"Hello {user.name},",
            "somebody, probably you, signed up with this address. You are registered already: sign in, or set a new "
            "password with the link below. It is valid for 2 hours.",
        ),
        "Set a new password",
        link_to("/password/reset/", t=key),
    )
    queue_message(message, intent=f"there:{token.id}", to=user.email)


def reset_password(user: User, token: MailToken, key: str) -> None:
    """The link to a new password."""
    message = Message(
        "Set a new password",
        (f"Hello {user.name},", "with this link you set a new password. It works once, for 2 hours."),
        "Set a new password",
        link_to("/password/reset/", t=key),
        "If you did not ask for it, you need not do anything: your password stays as it is.",
    )
    queue_message(message, intent=f"reset:{token.id}", to=user.email)


def confirm_new_address(user: User, token: MailToken, key: str) -> None:
    """Goes to the new address, which counts once its reader says so."""
    message = Message(
        "Confirm your new e-mail address",
        (f"Hello {user.name},", "you want to sign in with this address from now on. The link is valid for 24 hours."),
        "Confirm address",
        link_to("/email/change/", t=key),
    )
    queue_message(message, intent=f"change:{token.id}", to=token.email)


def address_changed(user: User, old_email: str, token_id: int) -> None:
    """Notify the old address."""
    message = Message(
        "Your e-mail address was changed",
        (f"Hello {user.name},", f"you now sign in to IGNY8 with {user.email}. This address is no longer used."),
        foot="If this was not you, ask the owner of your account for help at once.",
    )
    queue_message(message, intent=f"changed:{token_id}", to=old_email)


def security_notice(user: User, sentence: str, intent: str, remaining: Sequence[str] = ()) -> None:
    """Tell a person that something about their sign-in was changed, and what it did not end (`remaining`)."""
    message = Message(
        sentence,
        (f"Hello {user.name},", f"{sentence}. If it was you, all is well.", *remaining),
        "Set a new password",
        link_to("/password/forgot/"),
        "If it was not you, set a new password at once: it signs you out everywhere.",
    )
    queue_message(message, intent=intent, to=user.email)
