"""Files of accounts, each on a shelf of its account, named by the SHA-256 of its bytes.

One interface; the folder `media` of the instance by default, another folder with
`MEDIA_URL=file:///srv/igny8-media`. A name alone opens nothing: the account is asked for too.
"""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.core.errors import DomainError, NotFound
from app.core.languages import NN_, gettext
from app.core.wording import counted

ENDING = "ending"
HEX = frozenset("0123456789abcdef")


def media_folder() -> Path:
    """Where everything is kept; raises DomainError when MEDIA_URL names something else than a folder."""
    url = current_app.config["MEDIA_URL"]
    if not url:
        return Path(current_app.config["INSTANCE_PATH"]) / "media"
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise DomainError(
            gettext(
                "MEDIA_URL names a storage of kind %(scheme)s, which is not supported.",
                scheme=parts.scheme or "nothing",
            ),
            code="MEDIA_URL",
            cure=gettext("Use file:///a/folder, or leave it empty."),
            status=500,
        )
    return Path(unquote(parts.path))


@dataclass(frozen=True)
class Shelf:
    """A kind of file. `retention`: how long a file stays after it was stored last; None: until it is removed.

    `quota`: bytes of an account on this shelf; the oldest files make room for a new one.
    """

    name: str
    retention: timedelta | None = None
    quota: int | None = None

    def save(self, account_id: int, data: bytes) -> str:
        """Store the bytes once. Returns their SHA-256 (64 hex). Safe to repeat, and when two do it at once."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.save_as(account_id, sha256, data)
        return sha256

    def save_as(self, account_id: int, name: str, data: bytes) -> None:
        """Store the bytes under a name (64 hex) that is theirs alone, once, as `save` does."""
        path = self._path(account_id, name)
        if not _touched(path):
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
        self._make_room(account_id, path)

    def take(self, account_id: int, path: Path) -> str:
        """Move a file into the storage without holding it in memory. Returns its SHA-256."""
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
            os.fsync(source.fileno())
        target = self._path(account_id, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{secrets.token_hex(8)}")
        try:
            shutil.move(path, scratch)  # the storage may be another file system
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
        return sha256

    def adopt(self, account_id: int, source: Path) -> None:
        """Have a file of the same file system here too, under the name that it has."""
        target = self._path(account_id, source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.link(source, target)

    def remove(self, account_id: int, sha256: str) -> None:
        """Delete the bytes, when they are there. The caller knows that nobody else needs them."""
        self._path(account_id, sha256).unlink(missing_ok=True)

    def remove_old(self, account_id: int, sha256: str, age: timedelta) -> bool:
        """Delete the bytes, unless they were stored within `age` or are not there. Returns whether it was done."""
        path = self._path(account_id, sha256)
        try:
            if path.stat().st_mtime > time.time() - age.total_seconds():
                return False
            path.unlink()
        except FileNotFoundError:
            return False
        return True

    def load(self, account_id: int, sha256: str) -> bytes:
        """The bytes; raises NotFound when this account has none of that name here."""
        return self.path_of(account_id, sha256).read_bytes()

    def path_of(self, account_id: int, sha256: str) -> Path:
        """Where the bytes are, for sending them; raises NotFound when they are not there."""
        path = self._path(account_id, sha256)
        if not path.exists():
            raise self._gone()
        return path

    def has(self, account_id: int, sha256: str) -> bool:
        """Whether the bytes are there still."""
        return self._path(account_id, sha256).exists()

    def names(self, account_id: int) -> list[str]:
        """The names of all files that the account has here."""
        folder = _folder_of(account_id) / self.name
        return [path.name for path, _stored, _size in _files(folder) if len(path.name) == 64]

    def accounts(self) -> list[int]:
        """The accounts that have, or had, a file here."""
        return sorted(int(folder.parent.name) for folder in media_folder().glob(f"accounts/*/{self.name}"))

    def _gone(self) -> NotFound:
        if self.retention is None:
            return NotFound(gettext("This file is no longer in the media storage."), code="MEDIA_MISSING")
        hours = int(self.retention.total_seconds()) // 3600
        days = NN_("The file is gone: it was kept for %(num)s day.", "The file is gone: it was kept for %(num)s days.")
        of_hours = NN_(
            "The file is gone: it was kept for %(num)s hour.", "The file is gone: it was kept for %(num)s hours."
        )
        message = counted(hours // 24, days) if hours >= 48 else counted(hours, of_hours)
        return NotFound(message, code="MEDIA_MISSING", cure=gettext("Upload it again."))

    def _path(self, account_id: int, sha256: str) -> Path:
        if len(sha256) != 64 or not HEX.issuperset(sha256):
            raise NotFound()
        return _folder_of(account_id) / self.name / sha256[:2] / sha256

    def _make_room(self, account_id: int, newest: Path) -> None:
        if self.quota is None:
            return
        files = sorted(_files(_folder_of(account_id) / self.name), key=lambda file: file[1], reverse=True)
        used = 0
        for path, _stored, size in files:
            used += size
            if used > self.quota and path != newest:
                path.unlink(missing_ok=True)


_shelves: dict[str, Shelf] = {}


def register(shelves: Iterable[Shelf]) -> None:
    """Make these the shelves there are, in place of any before. Raises ValueError when two have one name."""
    _shelves.clear()
    for shelf in shelves:
        if _shelves.setdefault(shelf.name, shelf) is not shelf:
            raise ValueError(f"two shelves are called {shelf.name}")


def registered() -> list[Shelf]:
    """The shelves of all features."""
    return list(_shelves.values())


def remove_account(account_id: int) -> None:
    """Delete all files of an account. Safe to repeat."""
    with suppress(FileNotFoundError):
        shutil.rmtree(_folder_of(account_id))


def mark_as_ending(account_id: int) -> None:
    """Note beside the files of an account that they go when its rows have gone."""
    with suppress(FileNotFoundError):
        (_folder_of(account_id) / ENDING).touch()


def ending_accounts() -> set[int]:
    """The accounts with that note."""
    return {int(note.parent.name) for note in media_folder().glob(f"accounts/*/{ENDING}")}


def forget_old() -> int:
    """Delete what was stored longer ago than its shelf keeps it, and leftovers of crashes. Returns how many files."""
    now, deleted = time.time(), 0
    for shelf in registered():
        for path, stored, _size in _files(*media_folder().glob(f"accounts/*/{shelf.name}")):
            retention = timedelta(days=1) if path.name.startswith(".") else shelf.retention
            if retention is not None and stored < now - retention.total_seconds():
                path.unlink(missing_ok=True)
                deleted += 1
    return deleted


def _folder_of(account_id: int) -> Path:
    return media_folder() / "accounts" / str(int(account_id))


def _touched(path: Path) -> bool:
    """True when the file is there; it counts as stored just now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _files(*folders: Path) -> Iterator[tuple[Path, float, int]]:
    """Path, time of storing and size of each file; those that vanish meanwhile are passed over."""
    for folder_path in folders:
        for path in folder_path.glob("*/*"):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            yield path, stat.st_mtime, stat.st_size
