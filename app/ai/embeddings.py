"""Texts as vectors, by the model that the account has chosen for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.ai import gateway
from app.ai.call_context import CallContext
from app.ai.endpoints import Endpoint
from app.ai.providers import routing
from app.ai.tasks.embed import EMBED, EmbedRequest, Vector, no_model, of_one_model, unreadable
from app.core.errors import DomainError

AT_ONCE = 256  # texts of a request
CHARACTERS_AT_ONCE = 200_000
MOST_CHARACTERS = 8_000  # of a text: what is beyond says little of what the whole means


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector for each text, all of them of `model`; an empty text has none and gets zeros."""

    model: str
    vectors: list[Vector]


def embedding_endpoints(account_id: int) -> tuple[Endpoint, ...]:
    """The endpoints to ask: the chosen model, and others with the same model.

    Vectors of two models cannot be compared.
    """
    return of_one_model(routing.endpoints_for(account_id, EMBED.key))


def embed(
    account_id: int,
    texts: Sequence[str],
    *,
    call: CallContext | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Embedded:
    """The vectors of these texts. Commits first, and calls out once for some hundred texts.

    `progress(done, total)` may raise to stop. Raises DomainError with what to do, also when no model is chosen.
    """
    endpoints = embedding_endpoints(account_id)
    if not endpoints:
        raise no_model()
    cleaned = [" ".join(text.split())[:MOST_CHARACTERS] for text in texts]
    asked = {text: position for position, text in enumerate(dict.fromkeys(text for text in cleaned if text))}
    vectors: list[Vector] = []
    for batch in _batches(list(asked)):
        vectors += _embed_batch(account_id, batch, endpoints, call or CallContext())
        if progress is not None:
            progress(len(vectors), len(asked))
    width = _width_of(vectors, endpoints[0])
    return Embedded(endpoints[0].model, [vectors[asked[text]] if text else [0.0] * width for text in cleaned])


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch, size = list[str](), 0
    for text in texts:
        if batch and (len(batch) >= AT_ONCE or size + len(text) > CHARACTERS_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def _embed_batch(account_id: int, batch: list[str], endpoints: tuple[Endpoint, ...], call: CallContext) -> list[Vector]:
    """The vectors of a batch; one that is too large for the endpoint is asked for in halves."""
    try:
        return gateway.run(account_id, EMBED, EmbedRequest(texts=batch), call=replace(call, endpoints=endpoints)).result
    except DomainError as error:
        if len(batch) == 1 or error.code not in ("AI_REQUEST_TOO_LARGE", "AI_REQUEST_REFUSED"):
            raise
    middle = len(batch) // 2
    first, second = batch[:middle], batch[middle:]
    return _embed_batch(account_id, first, endpoints, call) + _embed_batch(account_id, second, endpoints, call)


def _width_of(vectors: Sequence[Vector], endpoint: Endpoint) -> int:
    widths = {len(vector) for vector in vectors}
    if len(widths) > 1:
        raise unreadable(endpoint, "The vectors have different lengths.")
    return widths.pop() if widths else 0
