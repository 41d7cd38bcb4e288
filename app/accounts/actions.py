"""What can be done with accounts and the team in several steps, each as one use case. They flush; callers commit.

Everything else with people and accounts is one function of `members`, `invitations`, `services`, `modules` or
`api_tokens`, which record the event themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import current_app

from app.accounts import api_tokens, invitations, members, services
from app.accounts.models import Invitation
from app.core import mail
from app.core.actor import Actor
from app.identity import emails
from app.identity.models import User


def send_invitation(account_id: int, actor: Actor, *, email: str, role: str, site_ids: Iterable[int]) -> Invitation:
    """Invite an address. Raises like `invitations.invite`, and Forbidden when the actor may not (any more)."""
    row = invitations.invite(account_id, actor, email=email, role=role, site_ids=site_ids)
    members.check_may_manage(account_id, actor)  # under the lock of invitations
    return row


def resend_invitation(account_id: int, actor: Actor, invitation_id: int) -> Invitation:
    """Mail a new link. Raises like `invitations.resend`, and Forbidden when the actor may not (any more)."""
    row = invitations.resend(account_id, actor, invitation_id)
    members.check_may_manage(account_id, actor)
    return row


def sign_up(*, email: str, name: str, password: str, account_name: str, time_zone: str, language: str) -> User:
    """Make a person with an account of their own, who is asked to confirm their address where mails can be read.

    Raises like `services.sign_up`.
    """
    user = services.sign_up(
        email=email,
        name=name,
        password=password,
        account_name=account_name,
        time_zone=time_zone,
        language=language,
    )
    if mail.is_configured() or current_app.config["IS_LOCAL"]:
        emails.ask_confirmation(user)
    return user


@dataclass(frozen=True, slots=True)
class Removed:
    """The removed member, the addresses whose invitations were revoked, and the SystemBot keys that they know."""

    user_id: int
    name: str
    invited: Sequence[str]
    known_keys: Sequence[str]


def remove_member(account_id: int, actor: Actor, membership_id: int) -> Removed:
    """Take somebody out of the account. Raises like `members.remove_member`."""
    invited = invitations.open_addresses_by(account_id, members.get_member(account_id, membership_id).user_id)
    row = members.remove_member(account_id, actor, membership_id)
    keys = api_tokens.bot_tokens_made_by(account_id, row.user_id)
    return Removed(row.user_id, row.user.name, invited, keys)
