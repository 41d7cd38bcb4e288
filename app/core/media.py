"""Media storage, addressed by content: the SHA-256 of the bytes is the name.

One interface; the folder `media` of the instance by default, another folder with
`MEDIA_URL=file:///srv/igny8-media`.
"""

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.core.errors import DomainError, NotFound

HEX = frozenset("0123456789abcdef")


def _folder() -> Path:
    url = current_app.config["MEDIA_URL"]
    if not url:
        return Path(current_app.config["INSTANCE_PATH"]) / "media"
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise DomainError(
            f"MEDIA_URL names a storage of kind {parts.scheme or 'nothing'}, which is not supported.",
            code="MEDIA_URL", cure="Use file:///a/folder, or leave it empty.", status=500,
        )  # fmt: skip
    return Path(unquote(parts.path))


def _path(sha256: str) -> Path:
    if len(sha256) != 64 or not HEX.issuperset(sha256):
        raise NotFound()
    return _folder() / sha256[:2] / sha256[2:4] / sha256


def save(data: bytes) -> str:
    """Store the bytes once; their SHA-256 (64 hex). Safe to repeat, and when two do it at once."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with scratch.open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
    return sha256


def take(path: Path) -> str:
    """Move a file into the storage without holding it in memory; its SHA-256."""
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        os.fsync(source.fileno())
    target = _path(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{secrets.token_hex(8)}")
    try:
        shutil.move(path, scratch)  # the storage may be another file system
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
    return sha256


def remove(sha256: str) -> None:
    """Delete the bytes, when they are there. The caller knows that nobody else needs them."""
    _path(sha256).unlink(missing_ok=True)


def load(sha256: str) -> bytes:
    """The bytes; raises NotFound when they are not there."""
    try:
        return _path(sha256).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("This file is no longer in the media storage.", code="MEDIA_MISSING") from error


def path_of(sha256: str) -> Path:
    """Where the bytes are, for sending them; raises NotFound when they are not there."""
    path = _path(sha256)
    if not path.exists():
        raise NotFound("This file is no longer in the media storage.", code="MEDIA_MISSING")
    return path
