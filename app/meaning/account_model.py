"""The embedding model that an account has chosen, at one of its endpoints."""

import hashlib
from collections.abc import Callable, Sequence
from uuid import UUID

import numpy as np

from app.ai import embeddings
from app.ai.call_context import CallContext
from app.meaning.packaged import Vectors, unit

LONGEST_NAME = 80
Progress = Callable[[int, int], None]


class AccountModel:
    """Embeds through `app.ai.embeddings`. `dimensions` is 0 until the first answer.

    Its calls count for the run `run_id`. An endpoint that fails raises DomainError: what was chosen is not quietly
    replaced, since vectors of two models cannot be compared.
    """

    def __init__(self, account_id: int, model: str, run_id: UUID | None = None) -> None:
        self.name = stored_name(model)
        self.dimensions = 0
        self._account_id = account_id
        self._run_id = run_id

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One unit vector per text; commits, and calls out."""
        call = CallContext(run_id=self._run_id, subject=f"{len(texts):,} texts")
        vectors = embeddings.embed(self._account_id, texts, call=call, progress=progress)
        self.dimensions = max((len(vector) for vector in vectors.vectors), default=0)
        return unit(np.array(vectors.vectors, dtype=np.float32).reshape(len(texts), self.dimensions))

    def fluency(self, texts: Sequence[str]) -> Vectors:
        """Such models know the languages that people plan in."""
        return np.ones(len(texts), dtype=np.float32)


def stored_name(model: str) -> str:
    """The name under which its vectors are kept; it is unique also where it is cut."""
    name = f"embed:{model}"
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 17]}:{hashlib.blake2b(model.encode(), digest_size=8).hexdigest()}"


def account_model(account_id: int, run_id: UUID | None = None) -> AccountModel | None:
    """The model that the account has chosen; None without one. Raises DomainError like `embedding_endpoints`."""
    endpoints = embeddings.embedding_endpoints(account_id)
    return AccountModel(account_id, endpoints[0].model, run_id) if endpoints else None
