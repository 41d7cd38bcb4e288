"""What can be done with the team in several steps, each as one use case. They flush; callers commit.

Everything else with people and accounts is one function of `members`, `invitations`, `services`, `modules` or
`api_tokens`, which tell the audit log themselves: whoever asks in this request did it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.accounts import api_tokens, invitations, members
from app.accounts.models import Invitation
from app.identity.models import User


def send_invitation(account_id: int, inviter: User, *, email: str, role: str, site_ids: Iterable[int]) -> Invitation:
    """Invite an address. Raises like `invitations.invite`, and Forbidden for who may not (any more)."""
    row = invitations.invite(account_id, email=email, role=role, site_ids=site_ids, inviter=inviter)
    members.check_may_manage(account_id, inviter.id)  # under the lock that inviting takes
    return row


def resend_invitation(account_id: int, inviter: User, invitation_id: int) -> Invitation:
    """Mail a new link. Raises like `invitations.resend`, and Forbidden for who may not (any more)."""
    row = invitations.resend(account_id, invitation_id, inviter)
    members.check_may_manage(account_id, inviter.id)
    return row


@dataclass(frozen=True, slots=True)
class Removed:
    """Who is gone, whom they had invited (their invitations are taken back), and the bot's keys that they know."""

    user_id: int
    name: str
    invited: Sequence[str]
    known_keys: Sequence[str]


def remove_member(account_id: int, membership_id: int, *, actor_id: int) -> Removed:
    """Take somebody out of the account. Raises like `members.remove`."""
    invited = invitations.open_addresses_by(account_id, members.get_member(account_id, membership_id).user_id)
    row = members.remove(account_id, membership_id, actor_id=actor_id)
    keys = api_tokens.bot_tokens_made_by(account_id, row.user_id)
    return Removed(row.user_id, row.user.name, invited, keys)
