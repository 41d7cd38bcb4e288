"""The demo account: one site of a coffee roaster and about 200 keywords, made once."""

import secrets
from pathlib import Path

from sqlalchemy import select

from app.accounts.models import Membership
from app.accounts.services import sign_up
from app.config import stored_secret
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity import credentials
from app.identity.models import User
from app.identity.people import find_user, has_password, hash_password
from app.planner.imports.services import ImportTarget, import_table
from app.planner.imports.tables import read_table
from app.sites import connection, services
from app.sites.models import Site

EMAIL = "demo@example.com"
# Of older versions, for everybody the same.
OLD_PASSWORDS = ("demo-coffee-2026", "tide-lantern-otter-58")
KEYWORDS = Path(__file__).with_name("demo_keywords.csv")


def demo_password(instance: Path) -> str:
    """The password of the demo person, made on first use and readable by this user alone."""
    return stored_secret(instance / "secrets", "demo_password", lambda: secrets.token_urlsafe(12))


def is_demo_password(password: str) -> bool:
    """Whether the demo person is there and signs in with this password."""
    user = find_user(EMAIL)
    return user is not None and has_password(user, password)


def seed_demo(password: str) -> bool:
    """Make the demo account in an empty database; False when anybody is there already. Commits.

    A password that all demo accounts of an older version had is replaced.
    """
    if db.session.scalar(select(User.id).limit(1)) is not None:
        _replace_old_password(password)
        return False
    user = sign_up(email=EMAIL, name="Demo", password=password, account_name="Northside Coffee")
    user.email_confirmed_at = utcnow()
    account_id = db.session.scalars(select(Membership.account_id).where(Membership.user_id == user.id)).one()
    site = services.add_site(
        account_id,
        name="Northside Coffee",
        url="http://127.0.0.1:8081",
        time_zone="Europe/London",
        sectors=["Brewing at home", "Beans and gear"],
    )
    _import_keywords(site)
    db.session.commit()
    return True


def _replace_old_password(password: str) -> None:
    user = find_user(EMAIL)
    if user is not None and any(has_password(user, old) for old in OLD_PASSWORDS):
        user.password_hash = hash_password(password)
        credentials.revoke_all(user, keep=None)
        db.session.commit()


def _import_keywords(site: Site) -> None:
    target = ImportTarget(account_id=site.account_id, site_id=site.id, stamp=utcnow(), country="GB")
    import_table(read_table(KEYWORDS.read_bytes()), None, target, lambda _tally: None)


def demo_connection_key(wordpress_url: str, app_url: str) -> str | None:
    """Point the demo site at the local WordPress; the key to give to its plugin. Commits.

    None when the demo account or its site was deleted, or the site was given another address.
    """
    user = find_user(EMAIL)
    if user is None:
        return None
    accounts = select(Membership.account_id).where(Membership.user_id == user.id)
    site = db.session.scalar(
        select(Site).where(Site.account_id.in_(accounts), Site.url.startswith("http://127.0.0.1:")).order_by(Site.id)
    )
    if site is None:
        return None
    site.url = wordpress_url
    link = site.connection or connection.make_key(site)
    link.home_url = wordpress_url
    db.session.commit()
    return connection.connection_key(link, app_url)
