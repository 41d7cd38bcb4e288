"""Where the bytes of media are: a folder, or a bucket of an S3-compatible storage (`app.core.media_bucket`).

Both keep the same names (keys): `accounts/<id>/<shelf>/<two hex>/<64 hex>`.
"""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote, urlsplit

from app.core.errors import DomainError
from app.core.languages import gettext

CHUNK = 1024 * 1024


class ByteSource(Protocol):
    """What can be read piece by piece."""

    def read(self, amount: int, /) -> bytes:
        """So many bytes at most; none at the end."""


def hash_of_stream(data: ByteSource) -> str:
    """The SHA-256 of what is left to read."""
    digest = hashlib.sha256()
    while chunk := data.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class MediaObject:
    """A file of a storage: when it was stored last (seconds since 1970) and its bytes."""

    key: str
    stored_at: float
    size: int

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rsplit("/", 1)[-1]


class MediaStore(Protocol):
    """A storage. Each method raises DomainError with words when the storage is away, refuses or is full."""

    def save(self, key: str, data: bytes) -> None:
        """Store the bytes, all or nothing; they count as stored just now. Safe to repeat."""

    def save_file(self, key: str, source: Path) -> None:
        """Store a file, all or nothing, without holding it in memory. The source stays."""

    def path(self, key: str) -> Path:
        """A local file with the bytes, for reading; raises FileNotFoundError."""

    def open(self, key: str) -> IO[bytes]:
        """The bytes as they are in the storage now; raises FileNotFoundError."""

    def find(self, key: str) -> MediaObject | None:
        """What is stored under the key."""

    def link(self, key: str, mime: str, disposition: str) -> str | None:
        """An address where a browser gets the bytes from the storage itself for a few minutes, None where it has none.

        `disposition` is the header Content-Disposition that comes with them. Raises FileNotFoundError.
        """

    def hash_of(self, key: str) -> str | None:
        """The SHA-256 that the stored bytes have, or were stored with; None when there are none."""

    def delete(self, key: str) -> None:
        """Delete it, when it is there."""

    def delete_all(self, prefix: str) -> None:
        """Delete everything under the prefix, which ends with a slash."""

    def files(self, prefix: str) -> Iterator[MediaObject]:
        """All files under the prefix, which ends with a slash."""

    def names_under(self, prefix: str) -> list[str]:
        """The names of the folders directly under the prefix."""


class FolderStore:
    """Files in a folder, written beside their place and moved there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, key: str, data: bytes) -> None:
        """See MediaStore."""
        path = self.folder / key
        if _touched(path):
            return
        with _beside(path) as scratch, scratch.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())

    def save_file(self, key: str, source: Path) -> None:
        """See MediaStore."""
        with (
            _beside(self.folder / key) as scratch,
            source.open("rb") as data,
            scratch.open("wb") as out,
        ):
            shutil.copyfileobj(data, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())

    def take_file(self, key: str, source: Path) -> None:
        """Move the file here; the storage may be another file system. The disk has it before it has its name."""
        with _beside(self.folder / key) as scratch:
            shutil.move(source, scratch)
            with scratch.open("rb") as moved:
                os.fsync(moved.fileno())

    def link_file(self, key: str, source: Path) -> None:
        """Have a file of the same file system here too, unless there is one."""
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.link(source, target)

    def path(self, key: str) -> Path:
        """See MediaStore."""
        path = self.folder / key
        if not path.exists():
            raise FileNotFoundError(key)
        return path

    def open(self, key: str) -> IO[bytes]:
        """See MediaStore."""
        return (self.folder / key).open("rb")

    def find(self, key: str) -> MediaObject | None:
        """See MediaStore."""
        try:
            stat = (self.folder / key).stat()
        except FileNotFoundError:
            return None
        return MediaObject(key, stat.st_mtime, stat.st_size)

    def link(self, key: str, mime: str, disposition: str) -> str | None:
        """See MediaStore: none of a folder."""
        return None

    def hash_of(self, key: str) -> str | None:
        """See MediaStore."""
        try:
            with self.open(key) as data:
                return hash_of_stream(data)
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """See MediaStore."""
        (self.folder / key).unlink(missing_ok=True)

    def delete_all(self, prefix: str) -> None:
        """See MediaStore."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder / prefix)

    def files(self, prefix: str) -> Iterator[MediaObject]:
        """See MediaStore. Leftovers of crashes, whose names begin with a dot, are among them."""
        for path in (self.folder / prefix).rglob("*"):
            stored = self.find(str(path.relative_to(self.folder))) if path.is_file() else None
            if stored is not None:  # it may vanish meanwhile
                yield stored

    def names_under(self, prefix: str) -> list[str]:
        """See MediaStore."""
        with suppress(FileNotFoundError):
            return sorted(path.name for path in (self.folder / prefix).iterdir() if path.is_dir())
        return []


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A scratch file that takes the place of `path` at the end, and goes when that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(8)}")
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _touched(path: Path) -> bool:
    """True when the file is there; it counts as stored just now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def store_at(url: str, settings: Mapping[str, Any]) -> MediaStore:
    """The storage that a MEDIA_URL names; raises DomainError when it names neither a folder nor a bucket."""
    if not url:
        return FolderStore(Path(settings["INSTANCE_PATH"]) / "media")
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from app.core.media_bucket import bucket_at  # its client takes 20 MB of a process

        return bucket_at(url, settings)
    if parts.scheme != "file":
        raise DomainError(
            gettext(
                "MEDIA_URL names a storage of kind %(scheme)s, which is not supported.",
                scheme=parts.scheme or "nothing",
            ),
            code="MEDIA_URL",
            cure=gettext("Use file:///a/folder or s3://bucket/prefix?endpoint=https://host, or leave it empty."),
            status=500,
        )
    return FolderStore(Path(unquote(parts.path)))


def seconds_since(instant: float) -> float:
    """How long ago that was, by this machine's clock."""
    return time.time() - instant
