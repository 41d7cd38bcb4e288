"""The meaning of an account's texts, as points to compare. Vectors are stored once they are made."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.meaning.account_model import AccountModel, account_model
from app.meaning.digests import digest_of
from app.meaning.models import TextVector
from app.meaning.packaged import Vectors
from app.meaning.points import Points, points
from app.meaning.sentence_model import packaged_model
from app.meaning.wants import subject_of

MOST_NEW_SENTENCES = 5000  # half a minute of work; larger sets go by the vectors of their words
MOST_NEW_EMBEDDED = 20_000  # some minutes of calls, and of money
PART = 2000
Progress = Callable[[int, int], None]


class EmbeddingModel(Protocol):
    """Something that turns texts into vectors: the packaged model, or one of the account's behind the gateway."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One unit vector per text."""
        ...

    def fluency(self, texts: Sequence[str]) -> Vectors:
        """How well it knows the language of each text, 0 to 1."""
        ...


def embedding_model_for(account_id: int, run_id: UUID | None = None) -> EmbeddingModel | None:
    """The model that reads this account's texts: the one that it has chosen, else the packaged one.

    None when there is none and words are compared alone. Calls of a chosen one count for the run `run_id`.
    """
    return account_model(account_id, run_id) or packaged_model()


def points_of(
    account_id: int, texts: Sequence[str], progress: Progress | None = None, run_id: UUID | None = None
) -> Points:
    """The texts as points. Commits as it goes: no transaction is open while the model works. Safe to repeat.

    Raises DomainError when the model that the account has chosen fails.
    """
    model = embedding_model_for(account_id, run_id)
    vectors = sentence_vectors(account_id, texts, model, progress) if model else None
    if model is None or vectors is None:
        return points(texts, progress=progress)
    return points(texts, vectors, model.fluency(texts), progress)


def sentence_vectors(
    account_id: int, texts: Sequence[str], model: EmbeddingModel, progress: Progress | None = None
) -> Vectors | None:
    """The model's vector of each text, kept or made now; None when too many are new. Commits as it goes."""
    texts_by_digest = {digest_of(text): text for text in texts}
    vectors = stored_vectors(account_id, texts_by_digest, model)
    missing = {digest: text for digest, text in texts_by_digest.items() if digest not in vectors}
    db.session.commit()
    if len(missing) > (MOST_NEW_EMBEDDED if isinstance(model, AccountModel) else MOST_NEW_SENTENCES):
        return None
    new_vectors = make_vectors(account_id, missing, model, progress)
    if new_vectors and vectors and _width(new_vectors) != _width(vectors):  # another model behind the same name
        stored = {digest: texts_by_digest[digest] for digest in vectors}
        new_vectors |= make_vectors(account_id, stored, model, progress)
    vectors |= new_vectors
    empty = np.zeros((0, model.dimensions), dtype=np.float32)
    return np.array([vectors[digest_of(text)] for text in texts], dtype=np.float32) if texts else empty


def make_vectors(
    account_id: int, texts_by_digest: Mapping[bytes, str], model: EmbeddingModel, progress: Progress | None
) -> dict[bytes, Vectors]:
    """Make vectors and store them part by part: what was paid for is not lost when the rest fails. Commits."""
    vectors: dict[bytes, Vectors] = {}
    digests = list(texts_by_digest)
    for start in range(0, len(digests), PART):
        part = digests[start : start + PART]
        tell = partial(_report_progress, progress, start, len(digests))
        encoded = model.encode([subject_of(texts_by_digest[digest]) for digest in part], tell)
        new_vectors = dict(zip(part, encoded, strict=True))
        _store_vectors(account_id, model.name, new_vectors)
        db.session.commit()
        vectors |= new_vectors
    return vectors


def _report_progress(progress: Progress | None, before: int, total: int, done: int, _of_part: int) -> None:
    if progress is not None:
        progress(before + done, total)


def _width(vectors: Mapping[bytes, Vectors]) -> int:
    return len(next(iter(vectors.values())))


def stored_vectors(account_id: int, digests: Iterable[bytes], model: EmbeddingModel) -> dict[bytes, Vectors]:
    """The model's vectors of texts with these digests, those that were made before."""
    ordered_digests, vectors = sorted(digests), {}
    for start in range(0, len(ordered_digests), PART):
        stmt = select(TextVector.digest, TextVector.vector).where(
            TextVector.account_id == account_id,
            TextVector.model == model.name,
            TextVector.digest.in_(ordered_digests[start : start + PART]),
        )
        for digest, vector in db.session.execute(stmt):
            vectors[digest] = np.frombuffer(vector, dtype=np.float16).astype(np.float32)
    width = model.dimensions or _usual_width(vectors)
    return {digest: vector for digest, vector in vectors.items() if len(vector) == width}


def _usual_width(vectors: Mapping[bytes, Vectors]) -> int:
    counted = Counter(len(vector) for vector in vectors.values())
    return counted.most_common(1)[0][0] if counted else 0


def _store_vectors(account_id: int, model: str, vectors: dict[bytes, Vectors]) -> None:
    """Store vectors in place of those of another model. Flushes."""
    now, rows = utcnow(), sorted(vectors.items())
    for start in range(0, len(rows), PART):
        stmt = insert(TextVector).values(
            [
                {
                    "account_id": account_id,
                    "digest": digest,
                    "model": model,
                    "vector": np.asarray(vector, dtype=np.float16).tobytes(),
                    "created_at": now,
                    "updated_at": now,
                }
                for digest, vector in rows[start : start + PART]
            ]
        )
        changed = {name: getattr(stmt.excluded, name) for name in ("model", "vector", "updated_at")}
        db.session.execute(stmt.on_conflict_do_update(index_elements=["account_id", "digest"], set_=changed))
