"""Features of many texts, counted part by part, so that who waits can be shown how far it is, and stop it. Pure."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scipy.sparse import csr_matrix, vstack

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import HashingVectorizer

PART = 10_000  # texts: half a second
Progress = Callable[[int, int], None]


def hashed_in_parts(hasher: "HashingVectorizer", texts: Sequence[str], tell: Callable[[int], None]) -> csr_matrix:
    """The features of each text. `tell` is called after each part with its size, and may raise to stop."""
    parts = []
    for start in range(0, max(1, len(texts)), PART):
        part = texts[start : start + PART]
        parts.append(hasher.transform(part))
        tell(len(part))
    return csr_matrix(parts[0] if len(parts) == 1 else vstack(parts))
