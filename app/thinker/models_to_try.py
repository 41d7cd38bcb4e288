"""Which models a prompt can be tried on: those of the account's providers, or any other by its name."""

from dataclasses import replace

from sqlalchemy import select

from app.ai.endpoints import Endpoint
from app.ai.providers import routing
from app.ai.providers.models import AiProvider
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext

NAME_LENGTH = 200
SHOWN = 200


def model_names(account_id: int, operation: str) -> list[str]:
    """Models to choose from: those of the route first, then what the providers listed."""
    routed = [endpoint.model for endpoint in routing.endpoints_for(account_id, operation)]
    listed = [name for provider in _providers(account_id) for name in (provider.model, *provider.models)]
    return list(dict.fromkeys(name for name in map(str, [*routed, *listed]) if name))[:SHOWN]


def _providers(account_id: int) -> list[AiProvider]:
    stmt = select(AiProvider).where(AiProvider.account_id == account_id, AiProvider.is_enabled).order_by(AiProvider.id)
    return list(db.session.scalars(stmt))


def trial_endpoints(account_id: int, operation: str, model: str) -> tuple[Endpoint, ...]:
    """The endpoints that serve this model; without a name, those of the operation's route. Raises DomainError."""
    routed = routing.endpoints_for(account_id, operation)
    if not model:
        return routed
    if len(model) > NAME_LENGTH:
        raise DomainError(
            gettext("The model's name is too long."), code="MODEL_INVALID", cure=gettext("Choose one of the list.")
        )
    if endpoints := tuple(endpoint for endpoint in routed if endpoint.model == model):
        return endpoints
    for provider in _providers(account_id):
        if model in (provider.model, *provider.models):
            return (routing.endpoint_of(provider, model),)
    return (replace(routed[0], model=model),) if routed else ()
