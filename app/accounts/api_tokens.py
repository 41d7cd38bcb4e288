"""Keys to the API: shown once, stored as a hash, with scopes and an expiry date.

A key is a prefix that scanners of secrets look for, 40 random letters and digits, and six more that are a checksum of
these: whoever finds one can tell that it is a key without asking us. Older keys have no checksum, and work as before.
"""

import secrets
import string
import zlib
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select, update

from app.accounts.models import ApiToken, Membership
from app.accounts.sites import visible_sites
from app.core import audit
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.roles import allows, scope_words
from app.core.tenancy import owned
from app.identity.keys import key_digest

PREFIX = "igny8_"
SIGNS = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM, CHECKSUM = 40, 6
PURPOSE = "api"
SEEN_EVERY = timedelta(minutes=1)
LIFETIMES = (7, 30, 90, 365)
MAX_TOKENS = 50


def make_token(
    account_id: int,
    actor: Actor,
    *,
    name: str,
    scopes: list[str],
    days: int,
    role: str,
    for_bot: bool,
    usable: set[str],
    site_ids: Collection[int] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for this person, or with `for_bot` for SystemBot. Returns it and its key, which is shown only once.

    Flushes. A person's token has at most what their `role` allows; `usable` are the scopes that the API asks for. With
    `site_ids` it is for these sites alone. Raises DomainError for invalid values, and Forbidden for actors who cannot
    have tokens or may not make SystemBot's.
    """
    if actor.id is None or (for_bot and not allows(role, Permission.ACCOUNT_MANAGE)):
        raise Forbidden()
    name = " ".join(name.split())
    _check_room(account_id, name, days)
    granted = _granted_scopes(scopes, "systembot" if for_bot else role, usable)
    key = new_token_key()
    token = ApiToken(
        account_id=account_id,
        name=name,
        user_id=None if for_bot else actor.id,
        made_by=actor.id,
        scopes=granted,
        site_ids=_checked_sites(account_id, site_ids),
        hint=key[: len(PREFIX) + 4],
        token_hash=key_digest(PURPOSE, key),
        expires_at=utcnow() + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    audit.record(
        account_id,
        "api_key.made",
        subject=name,
        after={
            "holder": "SystemBot" if for_bot else "person",
            "scopes": granted,
            "days": days,
            "sites": "all" if token.site_ids is None else token.site_ids,
        },
        by=actor,
    )
    return token, key


def new_token_key() -> str:
    """A key that nobody has."""
    random = "".join(secrets.choice(SIGNS) for _ in range(RANDOM))
    return PREFIX + random + _checksum(random)


def _checksum(random: str) -> str:
    """The CRC-32 of these characters in base 62, six of them."""
    number, signs = zlib.crc32(random.encode()), ""
    for _ in range(CHECKSUM):
        number, place = divmod(number, len(SIGNS))
        signs = SIGNS[place] + signs
    return signs


def _is_mistyped(key: str) -> bool:
    """Whether a key of the present form has a checksum that is not of it."""
    body = key.removeprefix(PREFIX)
    is_of_this_form = len(body) == RANDOM + CHECKSUM and body.isascii() and body.isalnum()
    return is_of_this_form and _checksum(body[:RANDOM]) != body[RANDOM:]


def _checked_sites(account_id: int, site_ids: Collection[int] | None) -> list[int] | None:
    """The sites that a token is for; None for all. Raises DomainError for one that the person does not see."""
    if site_ids is None:
        return None
    seen = {site[0] for site in visible_sites(account_id)}
    if not site_ids or not set(site_ids) <= seen:
        raise DomainError(gettext("Choose at least one of your sites."), code="TOKEN_SITES", field="site_ids")
    return sorted(set(site_ids))


def _check_room(account_id: int, name: str, days: int) -> None:
    if not 1 <= len(name) <= 80:
        raise DomainError(gettext("Give the token a name of 1 to 80 characters."), code="TOKEN_NAME", field="name")
    if days not in LIFETIMES:
        raise DomainError(gettext("Choose how long the token is valid."), code="TOKEN_LIFETIME", field="days")
    if len(list_tokens(account_id)) >= MAX_TOKENS:
        raise DomainError(
            gettext("There are %(max_tokens)s tokens already.", max_tokens=MAX_TOKENS),
            code="TOKENS_FULL",
            cure=gettext("Revoke one that is not needed."),
        )


def _granted_scopes(scopes: list[str], holder: str, usable: set[str]) -> list[str]:
    """The scopes in the order in which they are listed.

    Raises DomainError when the holder cannot have one, or none is given.
    """
    if not set(scopes) <= usable:
        raise DomainError(gettext("The API has nothing for this permission yet."), code="TOKEN_SCOPES", field="scopes")
    granted = [scope for scope in scope_words() if scope in scopes]
    if not granted or len(granted) != len(set(scopes)) or not all(allows(holder, scope) for scope in granted):
        raise DomainError(
            gettext("Choose at least one permission that the holder has."), code="TOKEN_SCOPES", field="scopes"
        )
    return [*granted]


def list_tokens(account_id: int, *, of_user: int | None = None) -> Sequence[ApiToken]:
    """Tokens that are not revoked, newest first; only those of one person with `of_user`."""
    stmt = select(ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    if of_user is not None:
        stmt = stmt.where(ApiToken.user_id == of_user)
    return db.session.scalars(stmt.order_by(ApiToken.id.desc())).all()


def token_of(account_id: int, token_id: int, *, of_user: int | None = None) -> ApiToken:
    """A token of the account, also one that has ended. Raises NotFound, also when it is not `of_user`'s."""
    token = owned(ApiToken, token_id, account_id)
    if of_user is not None and token.user_id != of_user:
        raise NotFound()
    return token


def revoke_token(account_id: int, actor: Actor, token_id: int, *, of_user: int | None = None) -> ApiToken:
    """End a token. Flushes; raises NotFound when it does not exist, has ended, or is not `of_user`'s."""
    token = token_of(account_id, token_id, of_user=of_user)
    stmt = update(ApiToken).where(ApiToken.id == token.id, ApiToken.revoked_at.is_(None)).values(revoked_at=utcnow())
    if db.session.scalar(stmt.returning(ApiToken.id)) is None:
        raise NotFound()
    audit.record(account_id, "api_key.revoked", subject=token.name, by=actor)
    return token


def revoke_all_of(account_id: int, user_id: int) -> None:
    """End the tokens of somebody who leaves the account. Flushes."""
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.account_id == account_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=utcnow())
    )


def bot_tokens_made_by(account_id: int, user_id: int) -> list[str]:
    """Names of the working SystemBot tokens that this person made, and whose keys they have therefore seen."""
    stmt = select(ApiToken.name).where(
        ApiToken.account_id == account_id,
        ApiToken.made_by == user_id,
        ApiToken.user_id.is_(None),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > utcnow(),
    )
    return list(db.session.scalars(stmt.order_by(ApiToken.name)))


def find_token(key: str) -> tuple[ApiToken, Membership | None] | None:
    """The valid token of this key and its holder's membership (None for SystemBot); None for an invalid key."""
    if not key.startswith(PREFIX) or len(key) > 100 or _is_mistyped(key):
        return None
    token = db.session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == key_digest(PURPOSE, key),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > utcnow(),
        )
    )
    if token is None:
        return None
    if token.user_id is None:
        return token, None
    membership = db.session.scalar(
        select(Membership).where(Membership.account_id == token.account_id, Membership.user_id == token.user_id)
    )
    return (token, membership) if membership and token.user and token.user.is_active else None


def is_use_unnoted(token: ApiToken) -> bool:
    """True when it is time to note that the token is in use."""
    return token.last_used_at is None or token.last_used_at < utcnow() - SEEN_EVERY


def touch_token(token: ApiToken) -> None:
    """Note that the token is in use. Flushes."""
    token.last_used_at = utcnow()
    db.session.flush()
