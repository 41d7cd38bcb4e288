"""What accounts answer: modules that are off, accounts that end, what a person's log-in is good for in them."""

from sqlalchemy import select

from app.accounts import api_tokens, invitations, members, modules, services
from app.accounts.models import Membership
from app.accounts.services import accounts_of
from app.core import hooks
from app.core.extensions import db
from app.core.row_security import within


def connect() -> None:
    """Add what accounts answer to the hooks of the core."""
    for hook in (hooks.run_starting, hooks.run_working):
        hook.add(modules.refuse_run)
        hook.add(services.refuse_work)
    hooks.works_alone.add(works_alone)
    hooks.credentials_revoked.add(revoke_own_tokens)
    hooks.words_about_person.add(account_and_site_names)
    hooks.left_by_person.add(open_keys_and_invitations)


def works_alone(account_id: int) -> bool:
    """True when the account has one member."""
    stmt = select(Membership.id).where(Membership.account_id == account_id).limit(2)
    return len(db.session.scalars(stmt).all()) < 2


def revoke_own_tokens(user_id: int) -> None:
    """End the person's own API tokens in every account. Flushes."""
    for account in accounts_of(user_id):
        with within(account.id):
            api_tokens.revoke_all_of(account.id, user_id)


def account_and_site_names(user_id: int) -> list[str]:
    """The names of the person's accounts and sites."""
    words = []
    for account in accounts_of(user_id):
        with within(account.id):
            words += [account.name, *members.site_names_and_hosts(account.id)]
    return words


def open_keys_and_invitations(user_id: int) -> list[str]:
    """Sentences on SystemBot's keys that the person made, and on invitations that they sent."""
    sentences = []
    for account in accounts_of(user_id):
        with within(account.id):
            keys = api_tokens.bot_tokens_made_by(account.id, user_id)
            invited = invitations.open_addresses_by(account.id, user_id)
        if keys:
            sentences.append(f"Keys of SystemBot made by you in {account.name} still work: {', '.join(keys)}.")
        if invited:
            sentences.append(f"Invitations sent by you to {account.name} are open: {', '.join(invited)}.")
    return sentences
