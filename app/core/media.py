"""Files of accounts, each on a shelf of its account, named by the SHA-256 of its bytes.

One interface over two storages (`app.core.media_stores`): the folder `media` of the instance by default, another folder
with `MEDIA_URL=file:///srv/igny8-media`, a bucket with `MEDIA_URL=s3://…`. A name alone opens nothing: the account is
asked for too.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import current_app

from app.core.errors import DomainError, NotFound
from app.core.languages import NN_, gettext
from app.core.media_stores import FolderStore, MediaObject, MediaStore, seconds_since, store_at
from app.core.wording import counted

ACCOUNTS = "accounts/"
ENDING = "ending"
HEX = frozenset("0123456789abcdef")


def current_store() -> MediaStore:
    """The storage of this installation; raises DomainError when MEDIA_URL names none."""
    return store_at(current_app.config["MEDIA_URL"], current_app.config)


def media_folder() -> Path:
    """The folder where everything is kept; raises DomainError when MEDIA_URL names something else than a folder."""
    store = current_store()
    if isinstance(store, FolderStore):
        return store.folder
    raise DomainError(
        gettext("MEDIA_URL names a bucket, and this needs a folder."),
        code="MEDIA_URL",
        cure=gettext("Name a folder, then bring its files to the bucket with python -m app.cli media-move."),
        status=500,
    )


def scratch_folder() -> Path:
    """A folder for a file that is about to be taken over: beside the files where they are in a folder."""
    store = current_store()
    folder = store.folder if isinstance(store, FolderStore) else Path(current_app.config["INSTANCE_PATH"]) / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
        key = self._key(account_id, name)
        current_store().save(key, data)
        self._make_room(account_id, key)

    def take(self, account_id: int, path: Path) -> str:
        """Move a file into the storage without holding it in memory. Returns its SHA-256."""
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        store, key = current_store(), self._key(account_id, sha256)
        if isinstance(store, FolderStore):
            store.take_file(key, path)
        else:
            store.save_file(key, path)
            path.unlink()
        return sha256

    def adopt(self, account_id: int, source: Path) -> None:
        """Have a file that another shelf, or the old place, has here too, under the name that it has."""
        store, key = current_store(), self._key(account_id, source.name)
        if isinstance(store, FolderStore):
            store.link_file(key, source)
        elif store.find(key) is None:
            store.save_file(key, source)

    def remove(self, account_id: int, sha256: str) -> None:
        """Delete the bytes, when they are there. The caller knows that nobody else needs them."""
        current_store().delete(self._key(account_id, sha256))

    def remove_old(self, account_id: int, sha256: str, age: timedelta) -> bool:
        """Delete the bytes, unless they were stored within `age` or are not there. Returns whether it was done."""
        store, key = current_store(), self._key(account_id, sha256)
        stored = store.find(key)
        if stored is None or seconds_since(stored.stored_at) < age.total_seconds():
            return False
        store.delete(key)
        return True

    def load(self, account_id: int, sha256: str) -> bytes:
        """The bytes; raises NotFound when this account has none of that name here."""
        return self.path_of(account_id, sha256).read_bytes()

    def path_of(self, account_id: int, sha256: str) -> Path:
        """A local file with the bytes, for sending them; raises NotFound when they are not there."""
        try:
            return current_store().path(self._key(account_id, sha256))
        except FileNotFoundError:
            raise self._gone() from None

    def link_of(self, account_id: int, sha256: str, mime: str, disposition: str = "") -> str | None:
        """An address where a browser gets the bytes from the storage itself, for five minutes; None where it has none.

        `disposition` is the header Content-Disposition that comes with them. Raises NotFound.
        """
        try:
            return current_store().link(self._key(account_id, sha256), mime, disposition)
        except FileNotFoundError:
            raise self._gone() from None

    def has(self, account_id: int, sha256: str) -> bool:
        """Whether the bytes are there still."""
        return current_store().find(self._key(account_id, sha256)) is not None

    def names(self, account_id: int) -> list[str]:
        """The names of all files that the account has here."""
        return [stored.name for stored in self._files(account_id) if len(stored.name) == 64]

    def accounts(self) -> list[int]:
        """The accounts that have, or had, a file here."""
        store = current_store()
        return [account_id for account_id in _accounts(store) if self.name in store.names_under(_prefix(account_id))]

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

    def _key(self, account_id: int, sha256: str) -> str:
        if len(sha256) != 64 or not HEX.issuperset(sha256):
            raise NotFound()
        return f"{_prefix(account_id)}{self.name}/{sha256[:2]}/{sha256}"

    def _files(self, account_id: int) -> Iterable[MediaObject]:
        return current_store().files(f"{_prefix(account_id)}{self.name}/")

    def _make_room(self, account_id: int, newest: str) -> None:
        if self.quota is None:
            return
        used = 0
        for stored in sorted(self._files(account_id), key=lambda stored: stored.stored_at, reverse=True):
            used += stored.size
            if used > self.quota and stored.key != newest:
                current_store().delete(stored.key)

    def forget_old(self, account_id: int) -> int:
        """Delete what is past its time, and leftovers of crashes. Returns how many files."""
        deleted = 0
        for stored in self._files(account_id):
            retention = timedelta(days=1) if stored.name.startswith(".") else self.retention
            if retention is not None and seconds_since(stored.stored_at) > retention.total_seconds():
                current_store().delete(stored.key)
                deleted += 1
        return deleted


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
    current_store().delete_all(_prefix(account_id))


def mark_as_ending(account_id: int) -> None:
    """Note beside the files of an account that they go when its rows have gone."""
    store = current_store()
    if store.names_under(_prefix(account_id)):
        store.save(f"{_prefix(account_id)}{ENDING}", b"")


def ending_accounts() -> set[int]:
    """The accounts with that note."""
    store = current_store()
    return {account_id for account_id in _accounts(store) if store.find(f"{_prefix(account_id)}{ENDING}")}


def forget_old() -> int:
    """Delete what was stored longer ago than its shelf keeps it, and leftovers of crashes. Returns how many files."""
    store = current_store()
    if not isinstance(store, FolderStore):  # which has no leftovers
        kept = [shelf for shelf in registered() if shelf.retention is not None]
    else:
        kept = registered()
    return sum(shelf.forget_old(account_id) for account_id in _accounts(store) for shelf in kept)


def _accounts(store: MediaStore) -> list[int]:
    return sorted(int(name) for name in store.names_under(ACCOUNTS))


def _prefix(account_id: int) -> str:
    return f"{ACCOUNTS}{int(account_id)}/"
