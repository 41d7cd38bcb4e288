"""What our mails say about accounts. Each goes out once for its intent."""

from app.accounts.models import Invitation
from app.core.messages import Message, link_to, queue_message
from app.core.roles import ROLE_WORDS
from app.identity.models import User


def invitation(invited: Invitation, key: str, inviter: str, account_name: str) -> None:
    """Ask somebody to join an account."""
    role, text = ROLE_WORDS[invited.role]
    message = Message(
        f"{inviter} invites you to {account_name}",
        (
            "Hello,",
            f"{inviter} invites you to work in {account_name} on IGNY8 as {role} ({text.lower()}).",
            "The link is valid for 7 days.",
        ),
        "Look at the invitation",
        link_to("/invitation/", t=key),
    )
    queue_message(
        message, intent=f"invitation:{invited.id}:{invited.sends}", to=invited.email, account_id=invited.account_id
    )


def announce_deletion(user: User, account_name: str, account_id: int, on: str, intent: str) -> None:
    """Tell an owner when their account will be deleted."""
    message = Message(
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
    queue_message(message, intent=intent, to=user.email, account_id=account_id)
