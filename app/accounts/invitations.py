"""Invitations by mail to join an account. A link works once, for a week; a new mail voids the previous link."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app.accounts import hooks, members, messages
from app.accounts.models import Account, Invitation, Membership
from app.accounts.sites import site_names
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, Forbidden
from app.core.extensions import db
from app.core.languages import gettext
from app.core.row_security import every_account, within
from app.core.tenancy import owned
from app.identity.keys import key_digest, new_key
from app.identity.mail_tokens import link_used_error
from app.identity.models import User
from app.identity.people import add_user, find_user, normalise_email

LIFETIME = timedelta(days=7)
MAILS_PER_DAY = 5
PURPOSE = "invitation"


def invite(account_id: int, actor: Actor, *, email: str, role: str, site_ids: Iterable[int]) -> Invitation:
    """Invite an address and have it mailed. Flushes.

    Raises Conflict when the address is invited or a member already, and what the hook `seat_needed` raises.
    """
    members.check_role(role)
    inviter = members.person_of(actor)
    email = normalise_email(email)
    members.lock(account_id)
    hooks.seat_needed(account_id)
    _refuse_member(account_id, email)
    _refuse_flood(account_id, email)
    key = new_key()
    row = Invitation(
        account_id=account_id,
        email=email,
        role=role,
        site_ids=sorted(set(site_ids)),
        invited_by=inviter.id,
        token_hash=key_digest(PURPOSE, key),
        expires_at=utcnow() + LIFETIME,
        sends=1,
        state="pending",
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        raise Conflict(
            gettext("This address is invited already."),
            code="INVITED",
            field="email",
            cure=gettext("Send that invitation again."),
        ) from error
    _send(row, key, inviter)
    audit.record(
        account_id,
        "invitation.sent",
        subject=email,
        after={"role": role, "sites": site_names(account_id, row.site_ids)},
        by=actor,
    )
    return row


def _refuse_flood(account_id: int, email: str) -> None:
    """Limits the mails to an address that is invited, revoked and invited again: a few a day."""
    stmt = select(func.coalesce(func.sum(Invitation.sends), 0)).where(
        Invitation.account_id == account_id,
        func.lower(Invitation.email) == email.lower(),
        Invitation.updated_at > utcnow() - timedelta(days=1),
    )
    if (db.session.scalar(stmt) or 0) >= MAILS_PER_DAY:
        raise Conflict(
            gettext("This address was sent several invitations within a day."),
            code="MAILS_USED_UP",
            field="email",
            cure=gettext("Ask them to look into the spam folder, or send another tomorrow."),
        )


def _refuse_member(account_id: int, email: str) -> None:
    user = find_user(email)
    if user is not None and _membership_of(account_id, user.id) is not None:
        raise Conflict(gettext("This person is a member already."), code="MEMBER", field="email")


def _membership_of(account_id: int, user_id: int) -> Membership | None:
    stmt = select(Membership).where(Membership.account_id == account_id, Membership.user_id == user_id)
    return db.session.scalar(stmt)


def _send(row: Invitation, key: str, inviter: User) -> None:
    account = db.session.get_one(Account, row.account_id)
    messages.invitation(row, key, inviter.name, account.name)


def list_pending(account_id: int) -> Sequence[Invitation]:
    """Invitations that nobody has answered, newest first; expired ones too."""
    stmt = select(Invitation).where(Invitation.account_id == account_id, Invitation.state == "pending")
    return db.session.scalars(stmt.order_by(Invitation.id.desc())).all()


def count_open_invitations(account_id: int) -> int:
    """How many invitations could still be accepted: each needs a seat."""
    return sum(1 for row in list_pending(account_id) if not is_expired(row))


def open_addresses_by(account_id: int, inviter_id: int) -> list[str]:
    """The addresses that this person has invited and that could still accept."""
    return [row.email for row in list_pending(account_id) if row.invited_by == inviter_id and not is_expired(row)]


def is_expired(row: Invitation) -> bool:
    """True when its link is too old."""
    return row.expires_at <= utcnow()


def resend(account_id: int, actor: Actor, invitation_id: int) -> Invitation:
    """Mail a new link; the previous one stops working. Flushes; raises Conflict when it was answered or revoked."""
    row, inviter = owned(Invitation, invitation_id, account_id), members.person_of(actor)
    members.lock(account_id)
    _refuse_flood(account_id, row.email)
    key = new_key()
    stmt = (
        update(Invitation)
        .where(Invitation.id == row.id, Invitation.state == "pending")
        .values(
            token_hash=key_digest(PURPOSE, key),
            expires_at=utcnow() + LIFETIME,
            sends=Invitation.sends + 1,
            invited_by=inviter.id,
        )
        .returning(Invitation.id)
    )
    _check_changed(db.session.scalar(stmt))
    db.session.refresh(row)
    _send(row, key, inviter)
    audit.record(account_id, "invitation.sent_again", subject=row.email, by=actor)
    return row


def revoke_invitation(account_id: int, actor: Actor, invitation_id: int) -> Invitation:
    """Revoke an invitation. Flushes; raises Conflict when it was answered or revoked."""
    row = owned(Invitation, invitation_id, account_id)
    stmt = update(Invitation).where(Invitation.id == row.id, Invitation.state == "pending").values(state="revoked")
    _check_changed(db.session.scalar(stmt.returning(Invitation.id)))
    audit.record(account_id, "invitation.revoked", subject=row.email, by=actor)
    return row


def _check_changed(changed: int | None) -> None:
    if changed is None:
        raise Conflict(
            gettext("This invitation was accepted or revoked."),
            code="INVITATION_ENDED",
            cure=gettext("Reload the page."),
        )


def find_invitation(key: str) -> Invitation | None:
    """The invitation of this link while it can be accepted."""
    stmt = select(Invitation).options(joinedload(Invitation.account))
    stmt = stmt.where(
        Invitation.token_hash == key_digest(PURPOSE, key),
        Invitation.state == "pending",
        Invitation.expires_at > utcnow(),
    )
    with every_account("who is invited is in no account of ours yet: the key says which one"):
        return db.session.scalar(stmt)


def accept_invitation(key: str, user: User) -> Invitation:
    """Join the account as this person, who must have the address that was invited. Flushes.

    Raises DomainError when the link does not work, and what the hook `seat_needed` raises.
    """
    row = find_invitation(key)
    if row is None:
        raise link_used_error()
    if row.email.lower() != user.email.lower():
        raise Forbidden(
            gettext("This invitation is for %(email)s.", email=row.email),
            code="OTHER_ADDRESS",
            cure=gettext("Sign in with that address."),
        )
    with within(row.account_id):
        _mark_accepted(row, key, user)
        _join(row, user)
    return row


def _mark_accepted(row: Invitation, key: str, user: User) -> None:
    members.lock(row.account_id)
    accepted_id = db.session.scalar(
        update(Invitation)
        .where(
            Invitation.id == row.id, Invitation.state == "pending", Invitation.token_hash == key_digest(PURPOSE, key)
        )
        .values(state="accepted", accepted_by=user.id)
        .returning(Invitation.id)
    )
    if accepted_id is None:  # it was accepted, revoked or sent anew at the same moment
        raise link_used_error()


def _join(row: Invitation, user: User) -> None:
    if _membership_of(row.account_id, user.id) is None:
        hooks.seat_needed(row.account_id)
    stmt = insert(Membership).values(
        account_id=row.account_id, user_id=user.id, role=row.role, created_at=utcnow(), updated_at=utcnow()
    )
    membership_id = db.session.scalar(
        stmt.on_conflict_do_nothing(index_elements=["account_id", "user_id"]).returning(Membership.id)
    )
    if membership_id is not None:
        members.grant_sites(members.get_member(row.account_id, membership_id), row.site_ids)
    user.email_confirmed_at = user.email_confirmed_at or utcnow()  # the link came to that address
    db.session.flush()
    audit.record(
        row.account_id,
        "member.joined",
        subject=user.email,
        after={"role": row.role},
        by=audit.named_actor(user.id, f"{user.name} <{user.email}>"),
    )


def accept_as_new(key: str, *, name: str, password: str, time_zone: str, language: str = "en") -> User:
    """Make a person with the invited address and join. Flushes; raises like `accept_invitation` and `add_user`."""
    row = find_invitation(key)
    if row is None:
        raise link_used_error()
    about = (row.account.name,)
    user = add_user(email=row.email, name=name, password=password, time_zone=time_zone, language=language, about=about)
    accept_invitation(key, user)
    return user
