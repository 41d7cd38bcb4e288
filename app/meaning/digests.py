"""The key under which the vector of a text is kept."""

import hashlib


def digest_of(text: str) -> bytes:
    """The key of a text; case makes no difference."""
    return hashlib.blake2b(text.casefold().encode(errors="replace"), digest_size=16).digest()
