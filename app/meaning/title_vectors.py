"""Searching among the titles of a site by what they mean: by an index of pgvector where there is one, else by arrays.

A title is named by its kind and id. Vectors are those of one model; a search sees no titles that it has not read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import delete, func, literal_column, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.extensions import db
from app.meaning import vector_index
from app.meaning.digests import digest_of
from app.meaning.models import TitleVector
from app.meaning.packaged import Vectors, unit
from app.meaning.services import PART, EmbeddingModel, Progress, make_vectors, stored_vectors

BLOCK = 4096
Key = tuple[str, int]


class Near(NamedTuple):
    """A title near to a text; `likeness` is the cosine, -1 to 1."""

    key: Key
    likeness: float


def refresh_vectors(
    account_id: int,
    site_id: int,
    kinds: Sequence[str],
    titles: Mapping[Key, str],
    model: EmbeddingModel,
    most_new: int,
    progress: Progress | None = None,
) -> set[Key]:
    """Update the site's vectors to these titles, which are all that it has of these kinds.

    Returns the keys of those still without one. At most `most_new` are read by the model now. Commits as it goes; no
    transaction is open while the model works.
    """
    kept = _kept_digests(account_id, site_id, kinds, model)
    _forget(account_id, [key for key in kept if key not in titles])
    changed = [(key, title) for key, title in titles.items() if kept.get(key) != digest_of(title)]
    db.session.commit()
    unread: set[Key] = set()
    for start in range(0, len(changed), PART):
        part = {key: (digest_of(title), title) for key, title in changed[start : start + PART]}
        vectors = stored_vectors(account_id, {digest for digest, _title in part.values()}, model)
        db.session.commit()
        missing = {digest: title for digest, title in part.values() if digest not in vectors}
        asked = dict(list(missing.items())[:most_new])
        most_new -= len(asked)
        vectors |= make_vectors(account_id, asked, model, progress)
        _keep(account_id, site_id, model.name, {key: row[0] for key, row in part.items()}, vectors)
        db.session.commit()
        unread |= {key for key, (digest, _title) in part.items() if digest not in vectors}
    return unread


def _kept_digests(account_id: int, site_id: int, kinds: Sequence[str], model: EmbeddingModel) -> dict[Key, bytes]:
    columns = (TitleVector.kind, TitleVector.subject_id, TitleVector.digest, TitleVector.model, TitleVector.dimensions)
    of_site = (TitleVector.account_id == account_id, TitleVector.site_id == site_id)
    stmt = select(*columns).where(*of_site, TitleVector.kind.in_(list(kinds)))
    return {(row.kind, row.subject_id): row.digest if _is_of(model, row) else b"" for row in db.session.execute(stmt)}


def _is_of(model: EmbeddingModel, row: Any) -> bool:
    return row.model == model.name and model.dimensions in (0, row.dimensions)


def _forget(account_id: int, keys: Sequence[Key]) -> None:
    for start in range(0, len(keys), PART):
        is_one = tuple_(TitleVector.kind, TitleVector.subject_id).in_(keys[start : start + PART])
        statement = delete(TitleVector).where(TitleVector.account_id == account_id, is_one)
        db.session.execute(statement.execution_options(synchronize_session=False))


def _keep(
    account_id: int, site_id: int, model: str, digests: Mapping[Key, bytes], vectors: Mapping[bytes, Vectors]
) -> None:
    now = utcnow()
    rows = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "kind": kind,
            "subject_id": subject_id,
            "digest": digest,
            "model": model,
            "dimensions": len(vectors[digest]),
            "vector": vectors[digest].tolist(),
            "created_at": now,
            "updated_at": now,
        }
        for (kind, subject_id), digest in sorted(digests.items())
        if digest in vectors
    ]
    if not rows:
        return
    stmt = insert(TitleVector)
    changed = ("site_id", "digest", "model", "dimensions", "vector", "updated_at")
    set_ = {name: getattr(stmt.excluded, name) for name in changed}
    stmt = stmt.on_conflict_do_update(index_elements=["account_id", "kind", "subject_id"], set_=set_)
    db.session.execute(stmt, rows)


def vectors_of(account_id: int, titles: Sequence[str], model: EmbeddingModel) -> Vectors:
    """The model's vector of each of these few titles, made now where there is none. Commits."""
    titles_by_digest = {digest_of(title): title for title in titles}
    vectors = stored_vectors(account_id, titles_by_digest, model)
    db.session.commit()
    missing = {digest: title for digest, title in titles_by_digest.items() if digest not in vectors}
    vectors |= make_vectors(account_id, missing, model, None)
    return np.array([vectors[digest_of(title)] for title in titles], dtype=np.float32)


def nearest(
    account_id: int, site_id: int, kinds: Sequence[str], model: str, vectors: Vectors, most: int
) -> list[list[Near]]:
    """For each of these unit vectors at most `most` titles of these kinds, the nearest first. Reads only."""
    if not len(vectors):
        return []
    dimensions = vectors.shape[1]
    conditions = [
        TitleVector.account_id == account_id,
        TitleVector.site_id == site_id,
        TitleVector.kind.in_(list(kinds)),
        TitleVector.model == model,
        TitleVector.dimensions == literal_column(str(int(dimensions))),  # named by the index, so no parameter
    ]
    if vector_index.vector_type(dimensions) and vector_index.is_supported():
        return by_index(conditions, vectors, most)
    return by_arrays(conditions, vectors, most)


def by_index(conditions: Sequence[Any], vectors: Vectors, most: int) -> list[list[Near]]:
    """As `nearest`, by the distances of pgvector: PostgreSQL takes the index where it is worth it."""
    distance = vector_index.cosine_distance(vectors.shape[1])
    db.session.execute(text("set local hnsw.iterative_scan = relaxed_order"))
    db.session.execute(text(f"set local hnsw.ef_search = {min(1000, max(100, 2 * int(most)))}"))
    stmt = (
        select(TitleVector.kind, TitleVector.subject_id, distance.label("distance"))
        .where(*conditions)
        .order_by(distance)
        .limit(most)
    )
    nearest_titles = []
    for vector in vectors:
        rows = db.session.execute(stmt, {"vector": vector.tolist()})
        near = [Near((row.kind, row.subject_id), 1 - float(row.distance)) for row in rows]
        nearest_titles.append(sorted(near, key=lambda title: (-title.likeness, title.key)))
    return nearest_titles


def by_arrays(conditions: Sequence[Any], vectors: Vectors, most: int) -> list[list[Near]]:
    """As `nearest`, compared with all in blocks: memory is that of one block, however many titles there are."""
    best: list[list[Near]] = [[] for _vector in vectors]
    for keys, block in _blocks(conditions):
        likeness = vectors @ unit(block).T
        count = min(most, len(keys))
        top = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        for row, columns in enumerate(top):
            near = [Near(keys[column], float(likeness[row, column])) for column in columns]
            best[row] = sorted([*best[row], *near], key=lambda title: (-title.likeness, title.key))[:most]
    return best


def _blocks(conditions: Sequence[Any]) -> Iterator[tuple[list[Key], Vectors]]:
    """Titles and their vectors, which come as the database sends arrays: far quicker than number by number."""
    after = 0
    columns = (TitleVector.id, TitleVector.kind, TitleVector.subject_id, func.array_send(TitleVector.vector))
    while True:
        stmt = select(*columns).where(*conditions, TitleVector.id > after).order_by(TitleVector.id).limit(BLOCK)
        rows = db.session.execute(stmt).all()
        if not rows:
            return
        after = rows[-1][0]
        numbers = [np.frombuffer(row[3], dtype=">f4", offset=20)[1::2] for row in rows]
        yield [(row[1], row[2]) for row in rows], np.array(numbers, dtype=np.float32)
