"""What texts of an account mean, as points to compare. Vectors that were made once are kept."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.meaning.models import TextVector
from app.meaning.packaged import Vectors
from app.meaning.points import Points, points
from app.meaning.sentence_model import packaged_model
from app.meaning.wants import subject_of

MOST_NEW_SENTENCES = 5000  # half a minute of work; larger sets go by the vectors of their words
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


def model_for(account_id: int) -> EmbeddingModel | None:
    """The model that reads this account's texts; None when there is none and words are compared alone."""
    return packaged_model()


def points_of(account_id: int, texts: Sequence[str], progress: Progress | None = None) -> Points:
    """The texts as points. Commits as it goes: no transaction is open while the model works. Safe to repeat."""
    model = model_for(account_id)
    vectors = sentence_vectors(account_id, texts, model, progress) if model else None
    if model is None or vectors is None:
        return points(texts)
    return points(texts, vectors, model.fluency(texts))


def sentence_vectors(
    account_id: int, texts: Sequence[str], model: EmbeddingModel, progress: Progress | None = None
) -> Vectors | None:
    """The model's vector of each text, kept or made now; None when too many are new. Commits as it goes."""
    digests = [digest_of(text) for text in texts]
    known = _kept(account_id, set(digests), model)
    missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
    db.session.commit()
    if len(missing) > MOST_NEW_SENTENCES:
        return None
    made = model.encode([subject_of(text) for text in missing.values()], progress)
    known |= dict(zip(missing, made, strict=True))
    _keep(account_id, model.name, {digest: known[digest] for digest in missing})
    db.session.commit()
    empty = np.zeros((0, model.dimensions), dtype=np.float32)
    return np.array([known[digest] for digest in digests], dtype=np.float32) if digests else empty


def digest_of(text: str) -> bytes:
    """The key of a text; case makes no difference."""
    return hashlib.blake2b(text.casefold().encode(errors="replace"), digest_size=16).digest()


def _kept(account_id: int, digests: Iterable[bytes], model: EmbeddingModel) -> dict[bytes, Vectors]:
    wanted, found = sorted(digests), {}
    for start in range(0, len(wanted), PART):
        stmt = select(TextVector.digest, TextVector.vector).where(
            TextVector.account_id == account_id,
            TextVector.model == model.name,
            TextVector.digest.in_(wanted[start : start + PART]),
        )
        for digest, vector in db.session.execute(stmt):
            found[digest] = np.frombuffer(vector, dtype=np.float16).astype(np.float32)
    return {digest: vector for digest, vector in found.items() if vector.shape == (model.dimensions,)}


def _keep(account_id: int, model: str, vectors: dict[bytes, Vectors]) -> None:
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
