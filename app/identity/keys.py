"""Random keys that are given out once, and the hashes by which they are known again."""

import hashlib
import hmac
import secrets


def new_key() -> str:
    """256 random bits for a link or cookie."""
    return secrets.token_urlsafe(32)


def key_digest(purpose: str, key: str) -> str:
    """What is kept of a key: useless for another purpose, and for finding the key."""
    return hashlib.sha256(f"{purpose}:{key}".encode()).hexdigest()


def constant_time_equals(first: str, second: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(first.encode(), second.encode())
