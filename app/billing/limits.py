"""How many people and sites a plan allows. For whoever adds one: ask in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from app.accounts.models import Invitation, Membership
from app.accounts.sites import sites_of_account
from app.billing.entitlements import entitlements_of, lock_billing_account
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, NN_, gettext, local_number, ngettext


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
    """Sites of the account."""
    return len(sites_of_account(account_id))


def check_seats(account_id: int) -> None:
    """Raise LimitReached when nobody more may be invited or join.

    Holds the account's billing row: of two at once the second sees the first's.
    """
    _check(account_id, PEOPLE, entitlements_of(account_id).plan.seats, lambda: seats_used(account_id))


def check_sites(account_id: int) -> None:
    """Raise LimitReached when no site may be added. Holds the account's billing row, as `check_seats`."""
    _check(account_id, SITES, entitlements_of(account_id).plan.sites, lambda: sites_used(account_id))


def _check(account_id: int, kind: "LimitWords", limit: int | None, count: Callable[[], int]) -> None:
    if limit is None:
        return
    lock_billing_account(account_id)
    used = count()
    if used >= limit:
        raise LimitReached(
            kind.sentence(entitlements_of(account_id).plan.name, limit, used),
            code="LIMIT_REACHED",
            cure=gettext(kind.cure),
            details={"limit": limit, "used": used, "what": kind.name},
        )


@dataclass(frozen=True, slots=True)
class LimitWords:
    """What is said of a limit of people or sites: texts marked by `N_` and `NN_`."""

    name: str
    title: str
    reached: tuple[str, str]
    cure: str

    def sentence(self, plan: str, limit: int, used: int) -> str:
        """How many the plan includes, and how many the account has."""
        singular, plural = self.reached
        return ngettext(singular, plural, limit, plan=plan, used=local_number(used))


PEOPLE = LimitWords(
    "people",
    N_("People"),
    NN_(
        "%(plan)s includes %(num)s person, and this account has %(used)s.",
        "%(plan)s includes %(num)s people, and this account has %(used)s.",
    ),
    N_("Take a larger plan under Billing, or remove a person first."),
)
SITES = LimitWords(
    "sites",
    N_("Sites"),
    NN_(
        "%(plan)s includes %(num)s site, and this account has %(used)s.",
        "%(plan)s includes %(num)s sites, and this account has %(used)s.",
    ),
    N_("Take a larger plan under Billing, or remove a site first."),
)
