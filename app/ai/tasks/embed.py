"""Texts as vectors: one request's worth of them."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.ai.call_context import AnswerUnusable
from app.ai.endpoints import Endpoint
from app.ai.operations import DirectOperation
from app.ai.values import Values
from app.core.errors import DomainError
from app.core.languages import N_

if TYPE_CHECKING:
    from app.ai.client.endpoint_requests import EndpointSession

MAX_DIMENSIONS = 8_192
Vector = list[float]


class EmbedRequest(Values):
    """Texts to embed, none of them empty."""

    texts: list[str]


def _request_vectors(session: "EndpointSession", request: EmbedRequest) -> tuple[list[Vector], int, int]:
    data = session.post("/embeddings", {"model": session.endpoint.model, "input": request.texts})
    sent = _sent(data, request.texts)
    try:
        return read_vectors(data, len(request.texts)), sent, 0
    except ValueError as error:
        raise AnswerUnusable(unreadable(session.endpoint, str(error)), sent, 0) from error


def read_vectors(data: object, count: int) -> list[Vector]:
    """The vectors of an answer, in the order of the texts; raises ValueError for what is none. Pure."""
    rows = data.get("data") if isinstance(data, Mapping) else data
    if not isinstance(rows, list) or len(rows) != count:
        raise ValueError(f"There are not {count} vectors in the answer.")
    places = [_place_of(row, position) for position, row in enumerate(rows)]
    if sorted(places) != list(range(count)):
        raise ValueError("The vectors of the answer are not numbered by the texts.")
    vectors = [_vector_in(row) for _place, row in sorted(zip(places, rows, strict=True), key=lambda pair: pair[0])]
    if len({len(vector) for vector in vectors}) > 1:
        raise ValueError("The vectors have different lengths.")
    return vectors


def _place_of(row: object, otherwise: int) -> int:
    index = row.get("index") if isinstance(row, Mapping) else None
    return index if isinstance(index, int) else otherwise


def _vector_in(row: object) -> Vector:
    values = row.get("embedding") if isinstance(row, Mapping) else row
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_DIMENSIONS:
        raise ValueError("There is no vector in the answer.")
    vector = [float(value) for value in values if isinstance(value, int | float)]
    if len(vector) != len(values) or not all(math.isfinite(value) for value in vector):
        raise ValueError("A vector holds something else than numbers.")
    return vector


def _sent(data: object, batch: Sequence[str]) -> int:
    """The tokens that were sent, as reported, else a quarter of the characters."""
    usage: Any = data.get("usage") if isinstance(data, Mapping) else None
    counted = (usage.get("prompt_tokens") or usage.get("total_tokens")) if isinstance(usage, Mapping) else None
    return counted if isinstance(counted, int) and counted > 0 else sum(len(text) for text in batch) // 4 + 1


def unreadable(endpoint: Endpoint, problem: str) -> DomainError:
    """The error for an answer without usable vectors."""
    return DomainError(
        f"The answer of “{endpoint.model}” to texts could not be read. {problem}",
        code="AI_ANSWER_INVALID",
        cure="Choose a model that makes embeddings under Settings → AI, at “What texts mean”.",
    )


def _of_one_model(endpoints: Sequence[Endpoint], request: EmbedRequest) -> Sequence[Endpoint]:
    """The chosen model, and others that are the same one: vectors of two models cannot be compared."""
    return of_one_model(endpoints)


def of_one_model(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """The endpoints that have the model of the first."""
    return tuple(endpoint for endpoint in endpoints if endpoint.model == endpoints[0].model)


def no_model() -> DomainError:
    """The error where no model is chosen."""
    return DomainError(
        "There is no model for what texts mean.",
        code="AI_NO_MODEL",
        cure="Choose one under Settings → AI, at “What texts mean”.",
    )


EMBED = DirectOperation(
    key="embed",
    title=N_("What texts mean (embeddings)"),
    request=EmbedRequest,
    prompt=lambda request: "\n".join(request.texts),
    send=_request_vectors,
    missing=no_model,
    credit_operation="",
    chosen=_of_one_model,
)
"""Gives the vectors in the order of the texts."""
