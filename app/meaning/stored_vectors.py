"""Likeness by vectors that were made before: nothing is loaded, nothing is made. Light enough for a request."""

import math
import struct
from collections.abc import Sequence

from sqlalchemy import select

from app.core.extensions import db
from app.meaning.digests import digest_of
from app.meaning.models import TextVector

MOST = 500


def kept_likeness(account_id: int, text: str, others: Sequence[str]) -> dict[str, float]:
    """How alike each of `others` is to the text, -1 to 1; those without a vector are left out. At most 500 are read."""
    texts = list(dict.fromkeys([text, *others]))[: MOST + 1]
    digests = {digest_of(one): one for one in texts}
    stmt = select(TextVector.digest, TextVector.model, TextVector.vector).where(
        TextVector.account_id == account_id, TextVector.digest.in_(list(digests))
    )
    vectors = {digests[row.digest]: (row.model, _unpacked(row.vector)) for row in db.session.execute(stmt)}
    if text not in vectors:
        return {}
    model, own = vectors[text]
    return {one: _cosine(own, vector) for one, (name, vector) in vectors.items() if name == model and one != text}


def _unpacked(vector: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(vector) // 2}e", vector)


def _cosine(first: Sequence[float], second: Sequence[float]) -> float:
    lengths = math.hypot(*first) * math.hypot(*second)
    if len(first) != len(second) or not lengths or math.isnan(lengths):
        return 0.0
    return sum(a * b for a, b in zip(first, second, strict=True)) / lengths
