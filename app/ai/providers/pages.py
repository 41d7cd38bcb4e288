"""What the pages of providers show, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.ai import prices
from app.ai.endpoints import Endpoint
from app.ai.providers import routing
from app.ai.providers.installation import OWN_MODELS
from app.ai.providers.models import AiProvider
from app.ai.providers.probes import ABILITIES, ProbeResult
from app.ai.providers.route_services import MAX_TARGETS, RouteTarget, route_titles, routes_of
from app.core.errors import DomainError
from app.core.languages import gettext

# By ability: what it is called, and what it means when it is there and when it is not.
ABILITY_WORDS = {
    "chat": ("Answers", "", "The model does not answer."),
    "schema": (
        "JSON schema",
        "Answers keep the form that is asked for.",
        "JSON mode is used instead, and answers are checked and asked for once more.",
    ),
    "json": (
        "JSON mode",
        "Answers are JSON where no schema is taken.",
        "The form of an answer is described in the question instead.",
    ),
    "stream": (
        "Streaming",
        "Drafts can be read while they are written.",
        "A draft is shown once it is whole.",
    ),
    "embed": (
        "Embeddings",
        "Tells what texts mean, with",
        "The packaged model tells what texts mean, or choose another provider for it.",
    ),
    "image": ("Images", "Makes images, with", "Choose another provider for images, or upload them."),
}


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that an endpoint can do (True), cannot (False), or may or may not (None: unknown)."""

    key: str
    label: str
    answer: bool | None
    text: str
    model: str


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation and who is asked for it now, in order; `has_own` when it has a choice of its own."""

    key: str
    title: str
    endpoints: Sequence[Endpoint]
    mode: str
    has_own: bool
    problem: str = ""


def host_of(base_url: str) -> str:
    """Where a provider is, in short."""
    return urlsplit(base_url).netloc if base_url else "api.openai.com"


def abilities_of(result: ProbeResult | None, row: AiProvider | None) -> list[Ability]:
    """What a test found just now, else what is stored of the provider's models: what is worth showing of it."""
    if result is not None:
        answers = (
            [(key, result.can.get(key), result.asked.get(key, result.model)) for key in ABILITIES] if result.can else []
        )
    elif row is not None and row.capabilities:
        answers = [(key, *_stored_ability(row, key)) for key in ABILITIES]
    else:
        answers = []
    has_talked = any(key == "chat" and answer for key, answer, _model in answers)
    worth_showing = [
        ability for ability in answers if ability[1] is not None or (has_talked and ability[0] not in OWN_MODELS)
    ]
    return [_ability(*ability) for ability in worth_showing if not (ability[0] == "chat" and ability[1])]


def _stored_ability(row: AiProvider, key: str) -> tuple[bool | None, str]:
    """What is stored of an ability, of the provider's own model first."""
    for model in (row.model, *row.capabilities):
        answer = row.capabilities.get(model, {}).get(key)
        if answer is not None:
            return answer, model
    return None, row.model


def _ability(key: str, answer: bool | None, model: str) -> Ability:
    label, yes, no = ABILITY_WORDS[key]
    text = yes if answer else no if answer is False else "Unknown."
    return Ability(key, label, answer, text, model if key in ("embed", "image") and answer else "")


def operations_of(account_id: int, rows: Sequence[AiProvider]) -> list[OperationRow]:
    """Each operation with who is asked for it now."""
    routes = routes_of(account_id)
    return [_operation(account_id, key, gettext(title), routes.get(key)) for key, title in route_titles().items()]


def _operation(account_id: int, key: str, title: str, route: Any) -> OperationRow:
    mode = route.mode if route else "order"
    try:
        endpoints = routing.endpoints_for(account_id, key)
    except DomainError as error:
        return OperationRow(key, title, (), mode, route is not None, f"{error.message} {error.cure}")
    return OperationRow(key, title, endpoints, mode, route is not None)


def route_rows(targets: Sequence[RouteTarget]) -> list[RouteTarget | None]:
    """The rows of the form: what is chosen, and empty ones to choose more."""
    return [*targets, *[None] * (MAX_TARGETS - len(targets))]


def suggested(row: AiProvider, operation: str) -> str:
    """The model of a provider that fits an operation: its own, or one that was found to embed or draw; else empty."""
    if operation not in OWN_MODELS:
        return row.model
    return next((model for model, abilities in row.capabilities.items() if abilities.get(operation)), "")


def price_of(endpoint: Endpoint, operation: str = "") -> str:
    """“$0.25 in, $2.00 out” a million tokens, “$0.04 an image”; empty when the price is not known."""
    if operation == "image" and (each := prices.image_micros(endpoint)) is not None:
        at_most = "" if endpoint.image_price is not None else "at most "
        return f"{at_most}${each / 1_000_000:,.2f} an image"
    sent = prices.cost_at(endpoint, 1_000_000, 0)
    both = prices.cost_at(endpoint, 1_000_000, 1_000_000, images=int(operation == "image"))
    if sent is None or both is None:
        return ""
    answered = f", ${(both - sent) / 1_000_000:,.2f} out" if both > sent else ""
    return f"${sent / 1_000_000:,.2f} in{answered}"
