"""Accounts themselves: making one at sign-up or later, naming it, and deleting it after fourteen days."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update

from app.accounts import members, messages
from app.accounts.models import Account, Membership
from app.core import audit
from app.core.actor import Actor
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.edits import check_etag
from app.core.errors import Conflict, DomainError, Forbidden, Refused
from app.core.extensions import db
from app.core.languages import gettext, local_date
from app.core.row_security import every_account
from app.core.runs.kinds import RunKind
from app.identity.models import User
from app.identity.people import add_user, check_own_password

GRACE = timedelta(days=14)


def check_name(name: str) -> str:
    """The name as it is stored; raises DomainError when it is empty or too long."""
    name = visible_line(name)
    if not 1 <= len(name) <= 120:
        raise DomainError(gettext("An account's name has 1 to 120 characters."), code="ACCOUNT_NAME", field="name")
    return name


def create_account(user: User, name: str) -> Account:
    """One more account, owned by this person. Flushes."""
    return add_account(user, check_name(name))


def rename(account: Account, actor: Actor, name: str, *, expected: str | None = None) -> None:
    """Give the account another name. `expected` is the etag of the form. Flushes; raises EditConflict."""
    members.lock(account.id)
    db.session.refresh(account, ["name"])
    check_etag({"name": account.name}, expected)
    before, account.name = account.name, check_name(name)
    after = {"name": account.name}
    audit.record_changes(account.id, "account.renamed", {"name": before}, after, subject=account.name, by=actor)
    db.session.flush()


def request_deletion(account: Account, actor: Actor, *, password: str, typed_name: str) -> datetime:
    """Have the account deleted in fourteen days, and mail its owners. Returns the time. Flushes.

    Raises DomainError for a wrong password or name, Conflict when it is asked for already.
    """
    owner = members.person_of(actor)
    check_own_password(owner, password)
    if " ".join(typed_name.split()) != account.name:
        raise DomainError(gettext("This is not the account's name."), code="NAME_DIFFERS", field="name")
    members.lock(account.id)
    if members.membership_of(account.id, owner.id).role != "owner":
        raise Forbidden(gettext("Only the owner can delete the account."), code="NOT_OWNER")
    due = utcnow() + GRACE
    stmt = update(Account).where(Account.id == account.id, Account.deletion_due_at.is_(None))
    if db.session.scalar(stmt.values(deletion_due_at=due).returning(Account.id)) is None:
        raise Conflict(gettext("The account will be deleted already."), code="DELETION_ASKED")
    db.session.refresh(account)
    after = {"on": due.date().isoformat()}
    audit.record(account.id, "account.deletion_asked", subject=account.name, after=after, by=actor)
    for person in _owners(account.id):
        intent = f"deletion:{account.id}:{person.id}:{int(due.timestamp())}"
        messages.announce_deletion(person, account.name, account.id, f"{due:%-d %B %Y}", intent)
    return due


def cancel_deletion(account: Account, actor: Actor) -> None:
    """Cancel the deletion of the account. Flushes; raises Conflict when none is asked for."""
    stmt = update(Account).where(Account.id == account.id, Account.deletion_due_at.is_not(None))
    if db.session.scalar(stmt.values(deletion_due_at=None).returning(Account.id)) is None:
        raise Conflict(gettext("The account is not about to be deleted."), code="NO_DELETION")
    db.session.refresh(account)
    audit.record(account.id, "account.deletion_taken_back", subject=account.name, by=actor)


def _owners(account_id: int) -> Sequence[User]:
    stmt = select(User).join(Membership, Membership.user_id == User.id)
    return db.session.scalars(stmt.where(Membership.account_id == account_id, Membership.role == "owner")).all()


@every_account("accounts are due whoever looks")
def due_for_deletion() -> Sequence[int]:
    """Accounts whose fourteen days are over."""
    return db.session.scalars(select(Account.id).where(Account.deletion_due_at <= utcnow()).order_by(Account.id)).all()


def delete_due_account(account_id: int) -> bool:
    """Delete an account that is due, and the people who belong to no other. Flushes; False when it is not due."""
    people = list(db.session.scalars(select(Membership.user_id).where(Membership.account_id == account_id)))
    stmt = delete(Account).where(Account.id == account_id, Account.deletion_due_at <= utcnow())
    if db.session.scalar(stmt.returning(Account.id)) is None:
        return False
    elsewhere = exists().where(Membership.user_id == User.id)
    with every_account("who belongs to another account too is not deleted"):
        db.session.execute(delete(User).where(User.id.in_(people), ~elsewhere))
    return True


def refuse_work(account_id: int, kind: RunKind) -> None:
    """Raise Refused for work in an account that is about to be deleted; its export may still be made."""
    if kind.always:
        return
    due = db.session.scalar(select(Account.deletion_due_at).where(Account.id == account_id))
    if due is not None:
        raise Refused(
            gettext("This account will be deleted on %(due)s, so nothing new is done in it.", due=local_date(due)),
            code="ACCOUNT_ENDING",
            cure=gettext("An owner can keep the account, in Settings, under Account."),
        )


def add_account(user: User, name: str) -> Account:
    """Make an account that this person owns. Flushes."""
    account = Account(name=name)
    with every_account("an account has no number before it is written"):
        db.session.add(account)
        db.session.flush()
        db.session.add(Membership(account_id=account.id, user_id=user.id, role="owner"))
        audit.record(
            account.id,
            "account.made",
            subject=name,
            after={"owner": user.email},
            by=audit.named_actor(user.id, f"{user.name} <{user.email}>"),
        )
    return account


def sign_up(
    *, email: str, name: str, password: str, account_name: str, time_zone: str = "UTC", language: str = "en"
) -> User:
    """Make a person and an account that they own. Flushes; raises like `add_user`."""
    about = (account_name,)
    user = add_user(email=email, name=name, password=password, time_zone=time_zone, language=language, about=about)
    add_account(user, account_name)
    return user


def account_of(account_id: int) -> Account:
    """The account of this id."""
    return db.session.get_one(Account, account_id)


def accounts_of(user_id: int) -> list[Account]:
    """The accounts that a person belongs to, oldest membership first."""
    stmt = select(Account).join(Membership).where(Membership.user_id == user_id).order_by(Membership.id)
    with every_account("a person may belong to several accounts, and switches between them"):
        return list(db.session.scalars(stmt))
