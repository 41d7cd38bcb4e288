"""An account's own AI providers. Services flush; callers commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.ai.endpoints import Endpoint
from app.ai.providers.model_prices import in_lines, read_prices
from app.ai.providers.models import AiProvider, AiRoute
from app.ai.providers.routing import endpoint_of
from app.core import http, outbound_sockets, own_hosts, web_addresses
from app.core.crypto import encrypt
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext, local_number
from app.core.tenancy import owned
from app.core.web_addresses import AddressError, WebAddress

MAX_PROVIDERS = 20
MAX_NAME, MAX_URL, MAX_KEY, MAX_MODEL = 80, 500, 1000, 200
MAX_A_MINUTE = 10_000
UNSAVED = -1  # the id of a provider that is tried before it is saved
OPENAI = "https://api.openai.com/v1"
SETTINGS_LABELS = {
    "name": N_("Name"),
    "base_url": N_("Address"),
    "model": N_("Model"),
    "requests_per_minute": N_("Requests a minute"),
    "prices": N_("Prices of models"),
}
# What people copy together with the address.
ROUTES = ("/chat/completions", "/completions", "/responses", "/models", "/embeddings", "/images/generations")


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person typed about a provider. An empty key leaves the one that is stored."""

    name: str
    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    requests_per_minute: int = 60
    without_key: bool = False
    prices: str = ""


def list_providers(account_id: int) -> Sequence[AiProvider]:
    """The account's providers, the oldest first."""
    stmt = select(AiProvider).where(AiProvider.account_id == account_id).order_by(AiProvider.id)
    return db.session.scalars(stmt).all()


def provider_of(account_id: int, provider_id: int) -> AiProvider:
    """A provider of this account; raises NotFound."""
    return owned(AiProvider, provider_id, account_id)


def lock_provider(account_id: int, provider_id: int) -> AiProvider:
    """A provider of this account, locked until the transaction ends; raises NotFound."""
    stmt = select(AiProvider).where(AiProvider.id == provider_id, AiProvider.account_id == account_id)
    row = db.session.scalar(stmt.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def stored_settings(row: AiProvider) -> dict[str, Any]:
    """What is stored of what the form shows, for its etag. The key is a part of it as it is encrypted."""
    return {
        "name": row.name,
        "base_url": row.base_url or "",
        "model": row.model,
        "requests_per_minute": row.requests_per_minute,
        "prices": in_lines(row.prices),
        "api_key": row.api_key_encrypted,
    }


def key_words(row: AiProvider) -> str:
    """What may be said of the key of a provider."""
    if not row.api_key_encrypted:
        return gettext("None")
    return gettext("Ends in %(hint)s", hint=row.key_hint) if row.key_hint else gettext("One is stored")


def add(account_id: int, entered: Entered) -> AiProvider:
    """A new provider, switched on. Flushes. Raises DomainError for what cannot be, Conflict for a name there is."""
    count = db.session.scalar(select(func.count()).where(AiProvider.account_id == account_id)) or 0
    if count >= MAX_PROVIDERS:
        raise DomainError(
            gettext("There are %(max_providers)s providers already.", max_providers=MAX_PROVIDERS),
            code="AI_PROVIDERS_FULL",
            cure=gettext("Delete one that is not needed."),
        )
    row = AiProvider(account_id=account_id)
    _fill(row, entered)
    return _save_provider(row)


def update_provider(row: AiProvider, entered: Entered) -> AiProvider:
    """Change a provider; results of its test are deleted when the endpoint is another one now. Flushes.

    Raises DomainError, also when the address has another host and the key was not entered again: people who may not see
    a key may not send it elsewhere either.
    """
    before = (row.base_url, row.api_key_encrypted)
    _fill(row, entered)
    if before != (row.base_url, row.api_key_encrypted):
        row.models, row.capabilities, row.last_tested_at, row.last_error = [], {}, None, ""
    return _save_provider(row)


def trial_endpoint(account_id: int, entered: Entered) -> Endpoint:
    """The endpoint that these values would be, to try it before it is saved. Changes nothing; raises DomainError."""
    trial = AiProvider(account_id=account_id, id=UNSAVED)
    _fill(trial, replace(entered, name=entered.name.strip() or "New provider"), needs_model=False)
    return endpoint_of(trial)


def delete_provider(row: AiProvider) -> None:
    """Delete a provider and remove it from the routes; a route that named no other goes too. Flushes."""
    for route in db.session.scalars(select(AiRoute).where(AiRoute.account_id == row.account_id)):
        targets_left = [target for target in route.targets if target["provider_id"] != row.id]
        if not targets_left:
            db.session.delete(route)
        elif len(targets_left) < len(route.targets):
            route.targets = targets_left
    db.session.delete(row)
    db.session.flush()


def facts_of(row: AiProvider) -> dict[str, Any]:
    """What the audit log may know of a provider: never its key."""
    return {
        "name": row.name,
        "address": row.base_url or OPENAI,
        "model": row.model,
        "requests a minute": row.requests_per_minute,
        "prices": in_lines(row.prices) or "none entered",
        "key ends in": row.key_hint or "no key",
        "is on": row.is_enabled,
    }


def _save_provider(row: AiProvider) -> AiProvider:
    name = row.name
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(
            gettext("There is a provider called “%(name)s” already.", name=name),
            code="AI_PROVIDER_EXISTS",
            cure=gettext("Give this one another name."),
            field="name",
        ) from error
    return row


def _fill(row: AiProvider, entered: Entered, *, needs_model: bool = True) -> None:
    """Check what was typed and put it into the row."""
    address, key = clean_address(entered.base_url), clean_key(entered.api_key)
    has_key = bool(key or (row.api_key_encrypted and not entered.without_key))
    if has_key and not key and _origin(row.base_url or "") != _origin(address):
        raise _invalid(
            gettext("The key is for the address before."), "api_key", gettext("Enter the key of the new address.")
        )
    if address.startswith("http://") and has_key and not _is_listed(web_addresses.parse_address(address)):
        raise _invalid(
            gettext("The key would go over the network for everybody to read."), "base_url", gettext("Use https://.")
        )
    if not address and not has_key:
        raise _invalid(
            gettext("OpenAI asks for a key."), "api_key", gettext("Make one at platform.openai.com and paste it here.")
        )
    says = gettext("Give the provider a name, in 1 to %(most)s characters.", most=MAX_NAME)
    row.name = _checked_line(entered.name, MAX_NAME, "name", says)
    says = gettext("Choose the model, in 1 to %(most)s characters.", most=MAX_MODEL)
    row.model = _checked_line(entered.model, MAX_MODEL, "model", says, needs_one=needs_model)
    row.base_url = address
    row.prices = read_prices(entered.prices)
    row.requests_per_minute = entered.requests_per_minute
    if not 1 <= entered.requests_per_minute <= MAX_A_MINUTE:
        raise _invalid(
            gettext(
                "Requests a minute are a number from 1 to %(max_a_minute)s.", max_a_minute=local_number(MAX_A_MINUTE)
            ),
            "requests_per_minute",
            "",
        )
    if key:
        row.api_key_encrypted, row.key_hint = encrypt(key), key[-4:] if len(key) >= 12 else ""
    elif entered.without_key:
        row.api_key_encrypted, row.key_hint = None, ""


def clean_address(text: str) -> str:
    """`https://host/v1` for what was typed; empty for OpenAI's own.

    Raises DomainError for an address that may not be called.
    """
    if not text.strip():
        return ""
    try:
        address = web_addresses.parse_address(text)
        cleaned = address.origin + address.path.rstrip("/")
        if address.query or address.fragment:
            raise AddressError(gettext("The address of a provider ends before ? and #."), cleaned)
        if len(cleaned) > MAX_URL:
            raise AddressError(gettext("The address is too long."))
    except AddressError as error:
        raise _invalid(error.message, "base_url", error.cure) from error
    for route in ROUTES:
        cleaned = cleaned.removesuffix(route)
    if own_hosts.is_private_host(address.host) and not _is_listed(address):
        raise _invalid(
            gettext("%(host)s is a private network address, which is not called.", host=address.host),
            "base_url",
            gettext("Enter the address that the provider has on the internet."),
        )
    return "" if cleaned == OPENAI else cleaned


def clean_key(text: str) -> str:
    """The key without the space around it; raises DomainError for what no header can carry."""
    key = text.strip().removeprefix("Bearer ").strip()
    if len(key) > MAX_KEY or not all("!" <= char <= "~" for char in key):
        raise _invalid(
            gettext("A key has letters, digits and signs, without spaces."), "api_key", gettext("Copy it again.")
        )
    return key


def _checked_line(text: str, most: int, name: str, says: str, *, needs_one: bool = True) -> str:
    """One line of 1 to `most` characters; raises DomainError that `says` so."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if len(line) > most or (needs_one and not line):
        raise _invalid(says, name, "")
    return line


def _is_listed(address: WebAddress) -> bool:
    port = address.port or (443 if address.scheme == "https" else 80)
    return outbound_sockets.is_allowed_host(address.host, port, current_app.config["AI_PRIVATE_HOSTS"])


def _origin(base_url: str) -> tuple[str, str, int]:
    return http.origin_of(base_url or OPENAI)


def _invalid(message: str, name: str, cure: str) -> DomainError:
    return DomainError(message, code="AI_PROVIDER_INVALID", field=name, cure=cure)
