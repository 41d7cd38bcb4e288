"""Secrets at rest: Fernet with key rotation."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

from app.core.errors import DomainError
from app.core.languages import gettext

ENCRYPTED = {"encrypted": True}  # `info` of columns that hold what `encrypt` makes


def _fernet() -> MultiFernet:
    return _fernet_of(tuple(current_app.config["ENCRYPTION_KEYS"]))


@lru_cache(maxsize=4)
def _fernet_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: str) -> str:
    """Encrypt with the first of ENCRYPTION_KEYS."""
    return _fernet().encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt with any of ENCRYPTION_KEYS; raises DomainError when none fits."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise DomainError(
            gettext("A stored secret cannot be read with the encryption keys in use."),
            code="SECRET_UNREADABLE",
            cure=gettext("Put the key that was in use before back into ENCRYPTION_KEYS, or connect the site again."),
        ) from error


def reencrypt(token: str) -> str:
    """The same secret under the newest key."""
    return _fernet().rotate(token.encode()).decode()
