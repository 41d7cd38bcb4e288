"""What accounts answers to the hooks of lower layers: modules that are off, accounts that end, people who leave."""

from sqlalchemy import select

from app.accounts import api_tokens, invitations, modules, services
from app.accounts.models import Membership
from app.accounts.services import accounts_of
from app.accounts.sites import site_names_and_hosts
from app.core import hooks
from app.core.extensions import db
from app.core.languages import gettext
from app.core.row_security import within
from app.identity.hooks import credentials_revoked, left_by_person, words_about_person


def connect() -> None:
    """Add these functions to the hooks of core and identity."""
    for hook in (hooks.run_starting, hooks.run_working):
        hook.add(modules.refuse_run_of_module)
        hook.add(services.refuse_work)
    hooks.works_alone.add(works_alone)
    hooks.modules_off.add(modules.modules_off)
    credentials_revoked.add(revoke_own_tokens)
    words_about_person.add(account_and_site_names)
    left_by_person.add(open_keys_and_invitations)


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
            words += [account.name, *site_names_and_hosts(account.id)]
    return words


def open_keys_and_invitations(user_id: int) -> list[str]:
    """Sentences about the SystemBot keys that the person made and the invitations that they sent."""
    sentences = []
    for account in accounts_of(user_id):
        with within(account.id):
            keys = api_tokens.bot_tokens_made_by(account.id, user_id)
            invited = invitations.open_addresses_by(account.id, user_id)
        if keys:
            values = {"account": account.name, "keys": ", ".join(keys)}
            sentences.append(gettext("Keys of SystemBot made by you in %(account)s still work: %(keys)s.", **values))
        if invited:
            values = {"account": account.name, "addresses": ", ".join(invited)}
            sentences.append(gettext("Invitations sent by you to %(account)s are open: %(addresses)s.", **values))
    return sentences
