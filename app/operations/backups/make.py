"""Making backups: the database as one snapshot, media and configuration as archives."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import psycopg
from dotenv import dotenv_values
from psycopg.pq import TransactionStatus

from app.config import ROOT
from app.core import media
from app.core.clock import iso
from app.core.media_stores import MediaObject, MediaStore
from app.operations.backups import postgres_tools, tables
from app.operations.backups.errors import BackupError
from app.operations.backups.manifest import FORMAT, Manifest
from app.operations.backups.schedule import EVERY
from app.operations.backups.store import TIME_FORMAT, BackupFolder, NewBackup, read_manifest

EARLY = timedelta(minutes=10)
LEAST_FREE = 64 * 1024 * 1024
DUMP, ARCHIVE = "database.dump.age", "files.tar.age"


def make_backup(kind: str, store: BackupFolder, config: Mapping[str, Any], now: datetime) -> Manifest:
    """Make one of a kind. Raises BackupError; nothing is left of one that failed."""
    _check_space(store, kind)
    with store.begin(kind, now) as backup:
        manifest = MAKERS[kind](backup, config, iso(now))
        backup.finish(manifest)
    return manifest


def is_due(kind: str, store: BackupFolder, now: datetime) -> bool:
    """Whether the newest whole one is as old as the schedule has it."""
    whole = [name for name in store.names(kind) if store.is_whole(kind, name)]
    return not whole or whole[-1] <= (now - EVERY[kind] + EARLY).strftime(TIME_FORMAT)


def _check_space(store: BackupFolder, kind: str) -> None:
    names = [name for name in store.names(kind) if store.is_whole(kind, name)]
    needed = read_manifest(store.path(kind, names[-1])).size * 6 // 5 if names else 0
    store.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(store.folder).free
    if free < max(needed, LEAST_FREE):
        raise BackupError(
            f"The disk of {store.folder} has {free // 1_000_000} MB free, and a backup of the {kind} takes about "
            f"{max(needed, LEAST_FREE) // 1_000_000} MB. Nothing was begun. Make room or name another folder."
        )


def _dump(backup: NewBackup, config: Mapping[str, Any], made_at: str) -> Manifest:
    url = postgres_tools.plain_url(config["OWNER_DATABASE_URI"])
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return _dump_snapshot(backup, connection, url, made_at)
    except psycopg.Error as error:
        raise BackupError(f"The database cannot be read: {postgres_tools.last_words(str(error))}") from error


def _dump_snapshot(backup: NewBackup, connection: psycopg.Connection, url: str, made_at: str) -> Manifest:
    """What pg_dump sees is what is counted: both use one snapshot."""
    connection.execute("set transaction isolation level repeatable read, read only")
    connection.execute("set local idle_in_transaction_session_timeout to 0")
    snapshot = str(connection.execute("select pg_export_snapshot()").fetchone()[0])  # type: ignore[index]
    revision = connection.execute("select version_num from alembic_version").fetchone()
    tool = postgres_tools.find_tool("pg_dump", connection.info.server_version // 10000)
    command = [tool, "--format=custom", f"--snapshot={snapshot}", "--lock-wait-timeout=60s", "--no-password"]
    with _output_of(command, postgres_tools.environment_of(url)) as output:
        backup.add(DUMP, output)
    facts = tables.read_tables(connection)
    assert connection.info.transaction_status == TransactionStatus.INTRANS
    return Manifest(
        format=FORMAT,
        kind="database",
        name=backup.name,
        made_at=made_at,
        schema_revision=str(revision[0]) if revision else "",
        server=connection.info.parameter_status("server_version") or "",
        tool=postgres_tools.tool_version(tool),
        files=backup.files,
        tables=facts,
    )


@contextmanager
def _output_of(command: list[str], environment: dict[str, str]) -> Iterator[IO[bytes]]:
    """What a program writes; raises BackupError afterwards when it failed."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    errors = io.BytesIO()
    listener = threading.Thread(target=shutil.copyfileobj, args=(process.stderr, errors), daemon=True)
    listener.start()
    try:
        yield process.stdout
        code = process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
        listener.join(timeout=5)
        process.stdout.close()
        process.stderr.close()
    if code:
        raise BackupError(f"pg_dump failed: {postgres_tools.last_words(errors.getvalue().decode(errors='replace'))}")


def _save_media(backup: NewBackup, _config: Mapping[str, Any], made_at: str) -> Manifest:
    store = media.current_store()

    def write(archive: tarfile.TarFile) -> int:
        files = sorted(store.files(media.ACCOUNTS), key=lambda stored: stored.key)
        return sum(_add_stored(archive, store, stored) for stored in files if not stored.name.startswith("."))

    return _archive(backup, "media", made_at, write)


def _add_stored(archive: tarfile.TarFile, store: MediaStore, stored: MediaObject) -> int:
    entry = tarfile.TarInfo(stored.key)
    entry.size, entry.mtime, entry.mode = stored.size, int(stored.stored_at), 0o600
    try:
        with store.open(stored.key) as data:
            archive.addfile(entry, data)
    except FileNotFoundError:
        return 0  # removed meanwhile
    return 1


def _add_file(archive: tarfile.TarFile, path: Path, name: str) -> int:
    try:
        archive.add(path, arcname=name, recursive=False)
    except FileNotFoundError:
        return 0  # removed meanwhile
    return 1


def _save_configuration(backup: NewBackup, config: Mapping[str, Any], made_at: str) -> Manifest:
    """The settings of this installation and its made secrets. All of it is encrypted; the manifest has no value."""
    names = sorted(name for name in dotenv_values(ROOT / ".env.example") if os.environ.get(name))
    settings = {name: os.environ[name] for name in names}
    secrets = Path(config["INSTANCE_PATH"]) / "secrets"

    def write(archive: tarfile.TarFile) -> int:
        data = json.dumps(settings, indent=1).encode()
        entry = tarfile.TarInfo("environment.json")
        entry.size, entry.mode = len(data), 0o600
        archive.addfile(entry, io.BytesIO(data))
        files = [path for path in sorted(secrets.glob("*")) if path.is_file()] if secrets.is_dir() else []
        return 1 + sum(_add_file(archive, path, f"secrets/{path.name}") for path in files)

    return _archive(backup, "configuration", made_at, write)


def _archive(backup: NewBackup, kind: str, made_at: str, write: Callable[[tarfile.TarFile], int]) -> Manifest:
    """A tar of what `write` adds, encrypted while it is written."""
    reading, writing = os.pipe()
    counted: list[int] = []
    errors: list[Exception] = []

    def fill() -> None:
        try:
            with os.fdopen(writing, "wb") as out, tarfile.open(fileobj=out, mode="w|") as archive:
                counted.append(write(archive))
        except (OSError, tarfile.TarError) as error:
            errors.append(error)

    filler = threading.Thread(target=fill, daemon=True)
    with os.fdopen(reading, "rb") as source:
        filler.start()
        backup.add(ARCHIVE, source)
    filler.join()
    if errors or not counted:
        raise BackupError(f"The files could not be read: {errors[0] if errors else 'nothing came'}.")
    return Manifest(format=FORMAT, kind=kind, name=backup.name, made_at=made_at, files=backup.files, entries=counted[0])


MAKERS: dict[str, Callable[[NewBackup, Mapping[str, Any], str], Manifest]] = {
    "database": _dump,
    "media": _save_media,
    "configuration": _save_configuration,
}
