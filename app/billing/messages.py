"""Mails to owners about payments. Each is sent once for its intent."""

from flask import render_template
from sqlalchemy import select

from app.accounts.models import Account, Membership
from app.billing.entitlements import MISSING, REASONS
from app.billing.facts import ReturnFacts
from app.billing.models import BillingAccount
from app.core.extensions import db
from app.core.mail import queue_mail
from app.core.messages import Message, link_to
from app.identity.models import User

FOOT = "You get this mail because you own the account."


def billing_state_changed(row: BillingAccount, before: str) -> None:
    """Notify the owners that a payment failed, that the account is read-only, or that it goes on. Flushes."""
    message = _state_message(row, before, _name(row))
    if message is not None:
        _post(row, message, f"billing:{row.account_id}:{row.version}")


def payment_disputed(row: BillingAccount, facts: ReturnFacts, stage: str, amount: str) -> None:
    """Notify the owners that a payment is disputed, or how that ended: once for each dispute and stage. Flushes."""
    name = _name(row)
    begin = f"the payment of {amount} of {facts.paid_at:%-d %B %Y} for {name}"
    subject, text = {
        "asked": (f"A payment for {name} is questioned", "is questioned at the payer's bank. Nothing changes for now."),
        "open": (
            f"A payment for {name} is disputed",
            "was disputed at the payer's bank, which took the money back for now. For a month's payment the account is "
            "read-only from the seventh day on, until the dispute is settled; credits of a pack that are left are held "
            "back. If the dispute is a mistake, have the bank withdraw it: everything then is as before.",
        ),
        "lost": (
            f"A payment for {name} went back to the payer",
            "went back to the payer, as the bank decided. An account whose month is not paid is read-only until the "
            "next month's payment; nothing is lost.",
        ),
        "settled": (f"The dispute over a payment for {name} is settled", "stands. What was held back is there again."),
    }[stage]
    message = Message(subject, ("Hello,", f"{begin} {text}"), "Open billing", link_to("/account/billing/"), FOOT)
    _post(row, message, f"dispute:{facts.dispute_id}:{stage}")


def _name(row: BillingAccount) -> str:
    return db.session.scalar(select(Account.name).where(Account.id == row.account_id)) or "your account"


def _post(row: BillingAccount, message: Message, intent: str) -> None:
    owners = select(User.id, User.email).join(Membership, Membership.user_id == User.id)
    owners = owners.where(Membership.account_id == row.account_id, Membership.role == "owner")
    for owner in db.session.execute(owners):
        queue_mail(
            intent=f"{intent}:{owner.id}",
            recipient=owner.email,
            subject=message.subject,
            account_id=row.account_id,
            body=render_template("mail/message.txt", message=message),
            html=render_template("mail/message.html", message=message),
        )


def _state_message(row: BillingAccount, before: str, name: str) -> Message | None:
    button, link = "Open billing", link_to("/account/billing/")
    if row.state == "grace" and row.reason == "payment_disputed":
        return None  # the dispute has a message of its own
    if row.state == "grace" and row.grace_until:
        text = (
            f"the payment for {name} failed. Everything works until {row.grace_until:%-d %B %Y}; after that the "
            "account is read-only. Put in another card under Payment details, and it goes on as before."
        )
        return Message(f"The payment for {name} failed", ("Hello,", text), button, link, FOOT)
    if row.state == "suspended":
        why = REASONS.get(row.reason or "", MISSING)
        text = (
            f"{name} is read-only now because {why}. Everything can be seen and exported, and nothing is lost; "
            "nothing runs and nothing is published until it is put right."
        )
        return Message(f"{name} is read-only", ("Hello,", text), button, link, FOOT)
    if before in ("grace", "suspended"):
        text = f"{name} is paid. Everything works."
        return Message(f"{name} goes on", ("Hello,", text), button, link, FOOT)
    return None
