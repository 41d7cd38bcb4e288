"""Mails about webhooks that switched themselves off: to the owners and admins, who can switch them on again."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Membership
from app.api.webhook_models import Webhook
from app.core.extensions import db
from app.core.messages import Message, link_to_page, queue_message
from app.core.permissions import Permission
from app.core.roles import allows
from app.identity.models import User

FOOT = "You get this mail because you may change the settings of the account."


def mail_webhook_off(webhook: Webhook, error: str) -> int:
    """Queue a mail to each of them, once for each time that it is switched off. Returns how many. Flushes."""
    stmt = select(Membership).join(User, User.id == Membership.user_id).options(joinedload(Membership.user))
    reached = (User.is_active.is_(True), User.email_confirmed_at.is_not(None))
    rows = db.session.scalars(stmt.where(Membership.account_id == webhook.account_id, *reached)).all()
    members = [row for row in rows if allows(row.role, Permission.ACCOUNT_MANAGE)]
    since = webhook.failing_since.isoformat() if webhook.failing_since else ""
    for member in members:
        intent = f"webhook-off:{webhook.id}:{since}:{member.user_id}"
        queue_message(
            _message(webhook, member.user, error), intent=intent, to=member.user.email, account_id=webhook.account_id
        )
    return len(members)


def _message(webhook: Webhook, user: User, error: str) -> Message:
    return Message(
        "A webhook was switched off",
        (
            f"Hello {user.name},",
            f"the webhook {webhook.url} took nothing for three days and is off now. What failed last: {error}",
            "What happens from now on is not sent there. Mend the receiver and switch the webhook on again: what still "
            "waits is sent then, and what was given up can be sent again by hand.",
        ),
        "See the webhook",
        link_to_page("account.webhook", webhook_id=webhook.id),
        FOOT,
    )
