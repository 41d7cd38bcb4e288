"""The folder of backups: `<kind>/<time>/` with a manifest and encrypted files.

A backup is written beside its place and moved there whole: what has its name is complete, whatever dies meanwhile.
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from app.operations.backups import manifest as manifests
from app.operations.backups import sealing
from app.operations.backups.errors import BackupError
from app.operations.backups.manifest import Manifest, StoredFile
from app.operations.backups.sealing import HashedReader, HashedWriter, Readable

PARTIAL, LEAVING = ".partial-", ".leaving-"
TIME_FORMAT = "%Y-%m-%dT%H-%M-%SZ"
LEFTOVER = timedelta(days=1)


class BackupFolder:
    """Backups of all kinds below one folder."""

    def __init__(self, folder: Path, recipients: list[str]) -> None:
        self.folder, self._recipients = folder, recipients

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time makes or removes backups. Raises BackupError when another does, or none can."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock_file = (self.folder / ".lock").open("w")
        except OSError as error:
            raise BackupError(_words_of(error, self.folder)) from error
        with lock_file as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupError("Another backup is being made. Wait for its end.") from error
            yield

    def names(self, kind: str) -> list[str]:
        """The complete backups of a kind, the oldest first."""
        folder = self.folder / kind
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))

    def path(self, kind: str, name: str) -> Path:
        """Where a backup lies; raises BackupError when there is none of that name."""
        path = self.folder / kind / name
        if "/" in name or name.startswith(".") or not path.is_dir():
            raise BackupError(f"There is no backup {name} of the {kind} in {self.folder}.")
        return path

    def newest(self, kind: str) -> str:
        """The name of the newest backup of a kind; raises BackupError when there is none."""
        names = self.names(kind)
        if not names:
            raise BackupError(f"There is no backup of the {kind} in {self.folder}.")
        return names[-1]

    @contextmanager
    def begin(self, kind: str, now: datetime) -> Iterator["NewBackup"]:
        """Make a backup within this block; it has its place after `finish`, and nothing is left without that."""
        name = now.astimezone(UTC).strftime(TIME_FORMAT)
        target = self.folder / kind / name
        if target.exists():
            raise BackupError(f"There is a backup {name} of the {kind} already.")
        partial = target.with_name(PARTIAL + name)
        try:
            partial.mkdir(parents=True, mode=0o700)
            yield NewBackup(name, partial, target, self._recipients)
        except OSError as error:
            raise BackupError(_words_of(error, self.folder)) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def remove_old(self, kind: str, retention: timedelta, now: datetime) -> list[str]:
        """Remove what is older than `retention`, but never the newest whose files are all there. Returns what went."""
        whole = [name for name in self.names(kind) if self.is_whole(kind, name)]
        limit = (now - retention).astimezone(UTC).strftime(TIME_FORMAT)
        old = [name for name in self.names(kind) if name < limit and name != (whole[-1] if whole else "")]
        removed = [name for name in old if whole]  # with nothing good, all there is stays
        for name in removed:
            leaving = self.folder / kind / (LEAVING + name)
            (self.folder / kind / name).rename(leaving)
            shutil.rmtree(leaving)
        self._sweep(kind)
        return removed

    def _sweep(self, kind: str) -> None:
        for path in (self.folder / kind).glob(".*-*"):
            if path.stat().st_mtime < time.time() - LEFTOVER.total_seconds() or path.name.startswith(LEAVING):
                shutil.rmtree(path, ignore_errors=True)

    def is_whole(self, kind: str, name: str) -> bool:
        """Whether the manifest can be read and every file has its size; their bytes are not read."""
        try:
            path = self.path(kind, name)
            manifest = read_manifest(path)
            return all((path / file.name).stat().st_size == file.size for file in manifest.files)
        except (BackupError, OSError):
            return False


class NewBackup:
    """A backup that is being written."""

    def __init__(self, name: str, partial: Path, target: Path, recipients: list[str]) -> None:
        self.name, self._partial, self._target, self._recipients = name, partial, target, recipients
        self.files: list[StoredFile] = []

    def add(self, name: str, source: Readable) -> StoredFile:
        """Encrypt all of `source` into a file. Raises OSError when it cannot be written."""
        plain = HashedReader(source)
        with self._open(name) as out:
            sealed = HashedWriter(out)
            sealing.encrypt_stream(plain, sealed, self._recipients)
            out.flush()
            os.fsync(out.fileno())
        file = StoredFile(
            name=name, size=sealed.size, sha256=sealed.sha256, plain_size=plain.size, plain_sha256=plain.sha256
        )
        if (self._partial / name).stat().st_size != file.size:
            raise BackupError(f"{name} is shorter on disk than what was written.")
        self.files.append(file)
        return file

    def _open(self, name: str) -> IO[bytes]:
        return (self._partial / name).open("xb")

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and move the backup to its place."""
        data = manifests.to_json(manifest)
        self.files = []
        with (self._partial / manifests.NAME).open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        with (self._partial / manifests.NAME).open("rb") as source:
            self.add(manifests.SEALED_NAME, source)
        _sync_folder(self._partial)
        self._partial.rename(self._target)
        _sync_folder(self._target.parent)


def read_manifest(path: Path) -> Manifest:
    """The manifest in a backup's folder."""
    try:
        data = (path / manifests.NAME).read_bytes()
    except FileNotFoundError as error:
        raise BackupError(f"{path.name} has no manifest: it is no backup, or was taken apart.") from error
    return manifests.from_json(data, path.name)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _words_of(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {folder} is full. The backup that was begun is gone; those before it are whole."
    return f"{folder} cannot be written: {error.strerror or error}."
