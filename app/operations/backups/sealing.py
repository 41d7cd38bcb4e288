"""Encryption by age (https://age-encryption.org): for public keys, in a stream, each piece of it authenticated.

The machine that makes backups needs no secret key. Who has the secret key reads them with `age --decrypt` too.
"""

import hashlib
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path
from typing import Protocol

import pyrage

from app.operations.backups.errors import BackupError


class Readable(Protocol):
    """What bytes come from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """What bytes go to."""

    def write(self, data: bytes, /) -> int: ...


class HashedReader:
    """Passes on what is read, and knows its size and SHA-256."""

    def __init__(self, source: Readable) -> None:
        self._source, self._hash, self.size = source, hashlib.sha256(), 0

    def read(self, size: int = -1, /) -> bytes:
        """Read on."""
        data = self._source.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    @property
    def sha256(self) -> str:
        """Of what was read so far."""
        return self._hash.hexdigest()


class HashedWriter:
    """Passes on what is written, knows its size and SHA-256, and keeps the error of a write that failed."""

    def __init__(self, target: Writable) -> None:
        self._target, self._hash, self.size = target, hashlib.sha256(), 0
        self.error: OSError | None = None

    def write(self, data: bytes, /) -> int:
        """Write on. pyrage does not report every error, so that the caller looks at `error`."""
        try:
            self._target.write(data)
        except OSError as error:
            self.error = error
            raise
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()


def make_key_pair() -> tuple[str, str]:
    """A new pair: the public key that backups are made for, and the secret one that reads them."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def encrypt_stream(source: Readable, target: HashedWriter, recipients: Sequence[str]) -> None:
    """Encrypt for these public keys. Raises BackupError for a key that is none, OSError when writing fails."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    except pyrage.RecipientError as error:
        raise BackupError("BACKUP_RECIPIENTS holds something that is no public key (age1…).") from error
    try:
        pyrage.encrypt_io(source, target, keys)
    except (OSError, pyrage.EncryptError) as error:
        if target.error is None:
            raise BackupError(f"The data could not be read to its end: {error}.") from error
    if target.error is not None:
        raise target.error


def decrypt_stream(source: Readable, target: Writable, identity: str) -> None:
    """Decrypt with this secret key. Raises BackupError when it does not fit, or the bytes are not those written."""
    try:
        key = pyrage.x25519.Identity.from_str(identity)
    except pyrage.IdentityError as error:
        raise BackupError("BACKUP_IDENTITY_FILE holds no secret key (AGE-SECRET-KEY-…).") from error
    watched = HashedWriter(target)
    try:
        pyrage.decrypt_io(source, watched, [key])
    except pyrage.DecryptError as error:
        if "key" in str(error):
            raise BackupError("The secret key does not fit this backup: use the one that it was made for.") from error
        raise BackupError(f"This is not a whole encrypted file: {error}.") from error
    except OSError as error:
        if watched.error is not None:
            raise watched.error
        raise BackupError("The encrypted bytes were changed or cut off.") from error


def read_identity(path: str) -> str:
    """The secret key in a file; lines that begin with # are comments."""
    if not path:
        raise BackupError("BACKUP_IDENTITY_FILE is not set: it names the file with the secret key.")
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as error:
        raise BackupError(f"The secret key cannot be read from {path}: {error.strerror}.") from error
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if len(keys) != 1:
        raise BackupError(f"{path} has to hold one secret key.")
    return keys[0]


def hash_file(file: BufferedReader) -> str:
    """The SHA-256 of what is left to read."""
    return hashlib.file_digest(file, "sha256").hexdigest()
