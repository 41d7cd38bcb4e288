"""Which endpoints are asked for an operation of an account, and in which order."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import current_app

from app.ai import prices
from app.ai.calls import record
from app.ai.endpoints import Endpoint
from app.ai.providers import installation, setup
from app.ai.providers.models import AiProvider
from app.ai.providers.setup import ALL, Provided, Setup
from app.core.asked_once import once_a_page
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.one_message import rows_together

MODES = ("order", "price", "speed")
USUAL_TOKENS = 1_000  # sent and answered, when prices are compared
log = get_logger(__name__)


def endpoints_for(account_id: int, operation: str) -> tuple[Endpoint, ...]:
    """The endpoints to try, in this order; none means that there is no model and the built-in way is used.

    The operation's own route comes first, then the account's route for all, then its providers with their models, then
    the installation's endpoint. What is switched off or gone is left out. Models that embed or draw are those of their
    own route alone. Reads, and leaves its transaction open: the caller ends it before it calls out. Raises DomainError
    when no key that is stored can be read.
    """
    return endpoints_in(_setup_of(account_id), account_id, operation)


@once_a_page
def _setup_of(account_id: int) -> Setup:
    [rows] = rows_together(db.session.connection(), setup.setup_reading(account_id))
    return setup.setup_in(rows)


def endpoints_in(routing: Setup, account_id: int, operation: str) -> tuple[Endpoint, ...]:
    """`endpoints_for` of a setup that was read for this account and operation."""
    targets, mode = _targets(routing, operation)
    endpoints = _endpoints(targets, routing.providers, operation)
    if mode == "price":
        images = 1 if operation == "image" else 0
        return tuple(sorted(endpoints, key=lambda endpoint: _price(endpoint, images)))
    if mode == "speed":
        return tuple(sorted(endpoints, key=_slowness(account_id, endpoints)))
    return endpoints


def _targets(routing: Setup, operation: str) -> tuple[list[Mapping[str, Any]], str]:
    """What the first route with something usable names, and its mode."""
    own_only = operation in installation.OWN_MODELS
    names = [operation] if own_only else [operation, ALL]
    for route in (routing.routes[name] for name in names if name in routing.routes):
        usable = [target for target in route.targets if is_usable(target, routing.providers, operation)]
        if usable:
            return usable, route.mode
    if own_only or not routing.providers:
        return [{"provider_id": None, "model": ""}], "order"
    return [{"provider_id": row.id, "model": row.model} for row in routing.providers.values()], "order"


def is_usable(target: Mapping[str, Any], providers: Mapping[int, Provided], operation: str) -> bool:
    """True for a target whose provider exists and is on; for the installation's endpoint, when there is one."""
    if target["provider_id"] is None:
        return installation.endpoint(current_app.config, operation) is not None
    return target["provider_id"] in providers


def _endpoints(
    targets: Iterable[Mapping[str, Any]], providers: Mapping[int, Provided], operation: str
) -> tuple[Endpoint, ...]:
    endpoints: dict[str, Endpoint] = {}
    unreadable: DomainError | None = None
    for target in targets:
        provider = providers.get(target["provider_id"]) if target["provider_id"] else None
        try:
            endpoint = (
                endpoint_of(provider, target["model"])
                if provider
                else installation.endpoint(current_app.config, operation)
            )
        except DomainError as error:
            unreadable = error
            log.warning("provider_left_out", provider=target["provider_id"], code=error.code)
            continue
        if endpoint is not None:
            endpoints.setdefault(endpoint.key, endpoint)
    if unreadable is not None and not endpoints:
        raise unreadable
    return tuple(endpoints.values())


def endpoint_of(provider: AiProvider | Provided, model: str = "") -> Endpoint:
    """A model of an account's provider, with the key. Raises DomainError when the key cannot be read."""
    model = model or provider.model
    return Endpoint(
        provider.name,
        model,
        provider.base_url or None,
        _key_of(provider),
        provider.id,
        provider.requests_per_minute,
        provider.prices or {},
    )


def _key_of(provider: AiProvider | Provided) -> str:
    if not provider.api_key_encrypted:
        return "none"
    try:
        return decrypt(provider.api_key_encrypted)
    except DomainError as error:
        raise DomainError(
            gettext("The key of “%(name)s” cannot be read with the encryption keys in use.", name=provider.name),
            code="SECRET_UNREADABLE",
            cure=gettext("Enter it again under Settings → AI."),
        ) from error


def _price(endpoint: Endpoint, images: int) -> tuple[bool, int]:
    """For sorting: cheapest first, unknown prices last."""
    cost = prices.cost_at(endpoint, USUAL_TOKENS, USUAL_TOKENS, images)
    return cost is None, cost or 0


def _slowness(account_id: int, endpoints: Iterable[Endpoint]) -> Callable[[Endpoint], tuple[bool, float]]:
    """For sorting: quickest first, those that have not answered yet last."""
    times = record.typical_ms(account_id, [endpoint.key for endpoint in endpoints])
    return lambda endpoint: (endpoint.key not in times, times.get(endpoint.key, 0.0))
