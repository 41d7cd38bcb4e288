"""Who belongs to an account, with which role and which sites. Changes of one account go one after the other."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app.accounts import api_tokens, hooks
from app.accounts.models import Account, Invitation, Membership, SiteAccess
from app.accounts.sites import site_names, sites_of_account
from app.core import audit
from app.core.actor import Actor
from app.core.edits import check_etag
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.roles import GRANTED_SITES_ONLY, ROLES, WITHOUT_PAGES, allows
from app.core.site_scope import SiteScope
from app.identity.models import User
from app.identity.people import check_own_password

ASSIGNABLE = ("admin", "editor", "viewer")


def lock(account_id: int) -> None:
    """Let nobody else change the members of this account until the transaction ends."""
    stmt = select(Account.id).where(Account.id == account_id)
    if db.session.scalar(stmt.with_for_update(key_share=True)) is None:  # rows that refer to it may still be added
        raise NotFound()


def list_members(account_id: int) -> Sequence[Membership]:
    """Members with their people, the owner first, then by name."""
    rank = func.array_position(["owner", "admin", "editor", "viewer", "systembot"], Membership.role)
    stmt = select(Membership).join(User).options(joinedload(Membership.user))
    return db.session.scalars(
        stmt.where(Membership.account_id == account_id).order_by(rank, func.lower(User.name), Membership.id)
    ).all()


def editors_of_site(account_id: int, site_id: int) -> list[tuple[int, str]]:
    """(user id, name) of the members who may write on a site of the account, by name."""
    granted = select(SiteAccess.membership_id).where(SiteAccess.site_id == site_id)
    may_write = [role for role in ROLES if role not in WITHOUT_PAGES and allows(role, Permission.WRITER_WRITE)]
    stmt = (
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.account_id == account_id,
            Membership.role.in_(may_write),
            or_(Membership.role.not_in(GRANTED_SITES_ONLY), Membership.id.in_(granted)),
        )
        .order_by(func.lower(User.name), User.id)
    )
    return [(row.id, row.name) for row in db.session.execute(stmt)]


def granted_sites(account_id: int) -> dict[int, list[int]]:
    """{membership id: ids of granted sites} of those who see granted sites only."""
    stmt = (
        select(SiteAccess.membership_id, SiteAccess.site_id)
        .join(Membership, Membership.id == SiteAccess.membership_id)
        .where(Membership.account_id == account_id)
        .order_by(SiteAccess.site_id)
    )
    site_ids: dict[int, list[int]] = {}
    for row in db.session.execute(stmt):
        site_ids.setdefault(row.membership_id, []).append(row.site_id)
    return site_ids


def site_scope_of(membership: Membership) -> SiteScope | None:
    """The sites that a member may see; None for all of the account."""
    if membership.role not in GRANTED_SITES_ONLY:
        return None
    return SiteScope(sites_granted_to(membership), membership.user_id)


def get_member(account_id: int, membership_id: int) -> Membership:
    """The membership in this account; raises NotFound otherwise."""
    stmt = select(Membership).where(Membership.id == membership_id, Membership.account_id == account_id)
    membership = db.session.scalar(stmt.options(joinedload(Membership.user)).execution_options(populate_existing=True))
    if membership is None:
        raise NotFound()
    return membership


def membership_of(account_id: int, user_id: int) -> Membership:
    """The person's membership in this account; raises NotFound when there is none."""
    stmt = select(Membership).where(Membership.account_id == account_id, Membership.user_id == user_id)
    membership = db.session.scalar(stmt.execution_options(populate_existing=True))
    if membership is None:
        raise NotFound()
    return membership


def memberships_of(user_id: int) -> Sequence[Membership]:
    """A person's memberships in all of their accounts, the oldest first; the accounts are loaded with them."""
    stmt = select(Membership).where(Membership.user_id == user_id).options(joinedload(Membership.account))
    return db.session.scalars(stmt.order_by(Membership.id)).all()


def sites_granted_to(row: Membership) -> frozenset[int]:
    """The ids of the sites that were granted to this member by name."""
    return frozenset(db.session.scalars(select(SiteAccess.site_id).where(SiteAccess.membership_id == row.id)))


def check_role(role: str) -> None:
    """Raise DomainError for a role that cannot be given."""
    if role not in ASSIGNABLE:
        raise DomainError(gettext("Choose a role."), code="ROLE_UNKNOWN", field="role")


def rights_of(row: Membership) -> dict[str, Any]:
    """What is stored of what the form of a member shows: role, and ids of granted sites."""
    return {"role": row.role, "sites": granted_sites(row.account_id).get(row.id, [])}


def change_member(
    account_id: int,
    actor: Actor,
    membership_id: int,
    *,
    role: str,
    site_ids: Iterable[int],
    expected: str | None = None,
) -> Membership:
    """Give a member another role or other sites. Flushes. The owner's role changes by transfer alone.

    `expected` is the etag of the form. Raises EditConflict.
    """
    lock(account_id)
    check_may_manage(account_id, actor)
    row = get_member(account_id, membership_id)
    check_etag(rights_of(row), expected)
    check_role(role)
    if row.role == "owner":
        raise Conflict(gettext("The owner's role changes by transferring the account."), code="OWNER_ROLE")
    before = {"role": row.role, "sites": site_names(account_id, granted_sites(account_id).get(row.id, []))}
    row.role = role
    granted = grant_sites(row, site_ids)
    if not allows(role, Permission.TEAM_MANAGE):
        _revoke_invitations_of(row, actor)
    db.session.flush()
    audit.record_changes(
        account_id,
        "member.changed",
        before,
        {"role": role, "sites": site_names(account_id, granted)},
        subject=row.user.email,
        by=actor,
    )
    return row


def grant_sites(row: Membership, site_ids: Iterable[int]) -> list[int]:
    """Let a member see only these sites of the account; members who see all sites have no rows. Flushes."""
    db.session.execute(delete(SiteAccess).where(SiteAccess.membership_id == row.id))
    if row.role not in GRANTED_SITES_ONLY:
        return []
    requested_ids = set(site_ids)
    granted_ids = sorted(site[0] for site in sites_of_account(row.account_id) if site[0] in requested_ids)
    if granted_ids:
        values = [{"membership_id": row.id, "site_id": site_id} for site_id in granted_ids]
        db.session.execute(insert(SiteAccess).values(values).on_conflict_do_nothing())
    return granted_ids


def person_of(actor: Actor) -> User:
    """The person who acts; raises Forbidden when the actor is not a person, such as SystemBot."""
    if actor.id is None:
        raise Forbidden()
    return db.session.get_one(User, actor.id)


def check_may_manage(account_id: int, actor: Actor) -> None:
    """Raise Forbidden unless the actor may manage members.

    Called again under the lock: the role may have changed since.
    """
    if not allows(membership_of(account_id, person_of(actor).id).role, Permission.TEAM_MANAGE):
        raise Forbidden()


def access_to(account_id: int, site_id: int) -> dict[str, Any]:
    """What is stored of what the form of a site's access shows: who could be granted it, and who is."""
    people = _limited_members(account_id)
    granted = granted_sites(account_id)
    return {
        "limited": [row.id for row in people],
        "people": [row.user.name for row in people if site_id in granted.get(row.id, [])],
    }


def _limited_members(account_id: int) -> Sequence[Membership]:
    """Those who see granted sites only, by id."""
    stmt = select(Membership).where(Membership.account_id == account_id, Membership.role.in_(GRANTED_SITES_ONLY))
    return db.session.scalars(stmt.options(joinedload(Membership.user)).order_by(Membership.id)).all()


def grant_site(
    account_id: int, actor: Actor, site_id: int, membership_ids: Iterable[int], *, expected: str | None = None
) -> None:
    """Let only these of the account's editors and viewers see the site. Flushes.

    `expected` is the etag of the form. Raises EditConflict.
    """
    lock(account_id)
    check_etag(access_to(account_id, site_id), expected)
    people, chosen_ids = _limited_members(account_id), set(membership_ids)
    granted = granted_sites(account_id)
    before = sorted(row.user.email for row in people if site_id in granted.get(row.id, []))
    ids = [row.id for row in people]
    db.session.execute(delete(SiteAccess).where(SiteAccess.site_id == site_id, SiteAccess.membership_id.in_(ids)))
    chosen = [row for row in people if row.id in chosen_ids]
    db.session.add_all([SiteAccess(membership_id=row.id, site_id=site_id) for row in chosen])
    db.session.flush()
    after = sorted(row.user.email for row in chosen)
    subject = next(iter(site_names(account_id, [site_id])), "")
    people_by_when = {"people": before}, {"people": after}
    audit.record_changes(account_id, "site.access_changed", *people_by_when, subject=subject, by=actor)


def remove_member(account_id: int, actor: Actor, membership_id: int) -> Membership:
    """Remove a member, with their tokens and the unanswered invitations that they sent. Flushes.

    The owner cannot be removed.
    """
    lock(account_id)
    check_may_manage(account_id, actor)
    row = get_member(account_id, membership_id)
    if row.role == "owner":
        raise Conflict(
            gettext("The owner cannot be removed."), code="OWNER_STAYS", cure=gettext("Transfer the account first.")
        )
    _delete(row, actor)
    audit.record(account_id, "member.removed", subject=row.user.email, before={"role": row.role}, by=actor)
    return row


def leave_account(account_id: int, actor: Actor) -> None:
    """Leave an account. Flushes. Its last owner has to transfer or delete it first."""
    lock(account_id)
    row = membership_of(account_id, person_of(actor).id)
    if row.role == "owner" and _count_owners(account_id) == 1:
        raise Conflict(
            gettext("You are the only owner of this account."),
            code="LAST_OWNER",
            cure=gettext("Transfer it to another member, or delete it."),
        )
    audit.record(account_id, "member.left", subject=row.user.email, before={"role": row.role}, by=actor)
    _delete(row, actor)


def _count_owners(account_id: int) -> int:
    stmt = select(func.count()).where(Membership.account_id == account_id, Membership.role == "owner")
    return db.session.scalar(stmt) or 0


def _delete(row: Membership, actor: Actor) -> None:
    api_tokens.revoke_all_of(row.account_id, row.user_id)
    _revoke_invitations_of(row, actor)
    db.session.delete(row)
    db.session.flush()
    hooks.member_gone(row.account_id, row.user_id, actor)


def _revoke_invitations_of(row: Membership, actor: Actor) -> None:
    """Revoke the open invitations of somebody who may no longer invite."""
    sent = update(Invitation).where(
        Invitation.account_id == row.account_id, Invitation.invited_by == row.user_id, Invitation.state == "pending"
    )
    for email in db.session.scalars(sent.values(state="revoked").returning(Invitation.email)).all():
        audit.record(row.account_id, "invitation.revoked", subject=email, by=actor)


def transfer(account_id: int, actor: Actor, membership_id: int, *, password: str) -> Membership:
    """Make a member the owner; the former owner becomes an admin. Flushes.

    Raises when the actor is not the owner (any more).
    """
    owner = person_of(actor)
    check_own_password(owner, password)
    lock(account_id)
    membership = membership_of(account_id, owner.id)
    if not allows(membership.role, Permission.ACCOUNT_OWN):
        raise Forbidden(gettext("Only the owner can transfer the account."), code="NOT_OWNER")
    heir = get_member(account_id, membership_id)
    if heir.id == membership.id:
        raise DomainError(gettext("You own this account already."), code="OWNER_SAME", field="member")
    heir.role, membership.role = "owner", "admin"
    grant_sites(heir, ())
    audit.record(
        account_id,
        "account.transferred",
        subject=heir.user.email,
        before={"owner": owner.email},
        after={"owner": heir.user.email},
        by=actor,
    )
    db.session.flush()
    return heir
