"""How many people and sites a plan allows. For whoever adds one: ask in the same transaction."""

from collections.abc import Callable

from sqlalchemy import column, func, select, table

from app.accounts.models import Invitation, Membership
from app.billing.entitlements import entitlements_of, lock_billing_account
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db


class LimitReached(DomainError):
    """The plan allows no more of these."""

    status = 402


def seats_used(account_id: int) -> int:
    """People of the account and open invitations; the machine role needs no seat."""
    is_member = (Membership.account_id == account_id) & (Membership.role != "systembot")
    is_invited = (
        (Invitation.account_id == account_id) & (Invitation.state == "pending") & (Invitation.expires_at > utcnow())
    )
    people = db.session.scalar(select(func.count()).select_from(Membership).where(is_member)) or 0
    return people + (db.session.scalar(select(func.count()).select_from(Invitation).where(is_invited)) or 0)


def sites_used(account_id: int) -> int:
    """Sites of the account. They belong to a layer above: counted by their table's name."""
    sites = table("sites", column("account_id"))
    return db.session.scalar(select(func.count()).select_from(sites).where(sites.c.account_id == account_id)) or 0


def check_seats(account_id: int) -> None:
    """Raise LimitReached when nobody more may be invited or join.

    Holds the account's billing row: of two at once the second sees the first's.
    """
    _check(account_id, "person", "people", entitlements_of(account_id).plan.seats, lambda: seats_used(account_id))


def check_sites(account_id: int) -> None:
    """Raise LimitReached when no site may be added. Holds the account's billing row, as `check_seats`."""
    _check(account_id, "site", "sites", entitlements_of(account_id).plan.sites, lambda: sites_used(account_id))


def _check(account_id: int, singular: str, plural: str, limit: int | None, count: Callable[[], int]) -> None:
    if limit is None:
        return
    lock_billing_account(account_id)
    used = count()
    if used >= limit:
        plan = entitlements_of(account_id).plan
        raise LimitReached(
            f"{plan.name} includes {limit:,} {singular if limit == 1 else plural}, and the account has {used:,}.",
            code="LIMIT_REACHED",
            cure=f"Take a larger plan under Billing, or remove a {singular} first.",
            details={"limit": limit, "used": used, "what": plural},
        )
