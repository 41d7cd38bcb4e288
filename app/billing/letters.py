"""What owners are told by mail about payments. Each goes out once for its intent."""

from flask import render_template
from sqlalchemy import select

from app.auth.letters import Letter, link_to
from app.auth.models import Account, Membership, User
from app.billing.models import BillingAccount
from app.billing.standing import REASONS
from app.core.mail import queue_mail
from app.extensions import db

FOOT = "You get this mail because you own the account."


def standing_changed(row: BillingAccount, before: str) -> None:
    """Tell the owners that a payment failed, that the account is read-only, or that it goes on. Flushes."""
    name = db.session.scalar(select(Account.name).where(Account.id == row.account_id)) or "your account"
    letter = _letter(row, before, name)
    if letter is None:
        return
    owners = select(User.id, User.email).join(Membership, Membership.user_id == User.id)
    owners = owners.where(Membership.account_id == row.account_id, Membership.role == "owner")
    for owner in db.session.execute(owners):
        queue_mail(
            intent=f"billing:{row.account_id}:{row.version}:{owner.id}", recipient=owner.email,
            subject=letter.subject, account_id=row.account_id,
            body=render_template("mail/letter.txt", letter=letter),
            html=render_template("mail/letter.html", letter=letter),
        )  # fmt: skip


def _letter(row: BillingAccount, before: str, name: str) -> Letter | None:
    button, link = "Open billing", link_to("/account/billing/")
    if row.state == "grace" and row.grace_until:
        text = (
            f"the payment for {name} failed. Everything works until {row.grace_until:%-d %B %Y}; after that the "
            "account is read-only. Put in another card under Payment details, and it goes on as before."
        )
        return Letter(f"The payment for {name} failed", ("Hello,", text), button, link, FOOT)
    if row.state == "suspended":
        why = REASONS.get(row.reason or "", "a payment is missing")
        text = (
            f"{name} is read-only now because {why}. Everything can be seen and exported, and nothing is lost; "
            "nothing runs and nothing is published until it is put right."
        )
        return Letter(f"{name} is read-only", ("Hello,", text), button, link, FOOT)
    if before in ("grace", "suspended"):
        text = f"the payment for {name} arrived. Everything works."
        return Letter(f"{name} goes on", ("Hello,", text), button, link, FOOT)
    return None
