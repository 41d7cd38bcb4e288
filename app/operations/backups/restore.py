"""Restoring: what was saved is checked, brought back beside what is there, compared, and only then put in its place."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql

from app.config import ROOT
from app.operations.backups import manifest as manifests
from app.operations.backups import postgres_tools, sealing, tables
from app.operations.backups.errors import BackupError
from app.operations.backups.manifest import Manifest, StoredFile
from app.operations.backups.sealing import HashedWriter
from app.operations.backups.store import BackupFolder, read_manifest

MIGRATE_SECONDS = 3600


def check_backup(path: Path, identity: str) -> Manifest:
    """Read all bytes of a backup and compare them with its manifest. Raises BackupError that says what is wrong."""
    manifest = read_manifest(path)
    for file in manifest.files:
        _check_file(path / file.name, file)
    sealed = path / manifests.SEALED_NAME
    if not sealed.exists():
        raise BackupError(f"{sealed.name} is missing: nothing vouches for the manifest.")
    with tempfile.TemporaryFile() as plain, sealed.open("rb") as source:
        sealing.decrypt_stream(source, plain, identity)
        plain.seek(0)
        if plain.read() != (path / manifests.NAME).read_bytes():
            raise BackupError("The manifest was edited after the backup was made.")
    if manifest.kind == "database":
        _check_versions(manifest)
    return manifest


def _check_file(path: Path, file: StoredFile) -> None:
    if not path.exists():
        raise BackupError(f"{file.name} is missing.")
    size = path.stat().st_size
    if size != file.size:
        problem = "is empty" if not size else f"was cut off: {size} of {file.size} bytes are there"
        raise BackupError(f"{file.name} {problem if size < file.size else 'is longer than it was'}.")
    with path.open("rb") as source:
        if sealing.hash_file(source) != file.sha256:
            raise BackupError(f"{file.name} was changed: its SHA-256 is not that of the manifest.")


def _check_versions(manifest: Manifest) -> None:
    revisions = {script.revision for script in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()}
    if manifest.schema_revision not in revisions:
        raise BackupError(
            f"The backup has schema {manifest.schema_revision}, which this version of IGNY8 does not know. "
            "Install the version that made it, or a newer one."
        )
    postgres_tools.find_tool("pg_restore", int(manifest.tool.split(".")[0] or 0))


def with_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    parts = urlsplit(postgres_tools.plain_url(url))
    return urlunsplit(parts._replace(path=f"/{name}"))


@contextmanager
def _maintenance(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(with_database(url, "postgres"), autocommit=True, connect_timeout=10) as connection:
        yield connection


def create_database(url: str, name: str) -> str:
    """Make an empty database on the server of `url`. Returns its URL."""
    try:
        with _maintenance(url) as connection:
            major = connection.info.server_version // 10000
            connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    except psycopg.Error as error:
        words = postgres_tools.last_words(str(error))
        raise BackupError(
            f"A database to restore into cannot be made: {words}. The user of DATABASE_URL needs CREATEDB."
        ) from error
    assert major
    return with_database(url, name)


def drop_database(url: str, name: str) -> None:
    """Remove a database that was made to restore into."""
    with _maintenance(url) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def fill_database(path: Path, manifest: Manifest, identity: str, url: str) -> None:
    """Restore a dump into an empty database and compare what is there with the manifest. Raises BackupError."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        server = connection.info.server_version // 10000
    if int(manifest.server.split(".")[0]) > server:
        raise BackupError(f"The backup is of PostgreSQL {manifest.server}; this server is the older {server}.")
    tool = postgres_tools.find_tool("pg_restore", max(server, int(manifest.tool.split(".")[0])))
    command = [tool, "--no-owner", "--exit-on-error", "--no-password"]
    environment = postgres_tools.environment_of(url)
    command.append(f"--dbname={environment['PGDATABASE']}")
    _pipe_into(path / manifest.files[0].name, manifest.files[0], identity, command, environment)
    with psycopg.connect(url, connect_timeout=10) as connection:
        differences = tables.compare_tables(manifest.tables, tables.read_tables(connection))
        connection.execute("reset statement_timeout")
    if differences:
        raise BackupError(f"What came back is not what was saved: {'; '.join(differences[:5])}.")


def _pipe_into(sealed: Path, file: StoredFile, identity: str, command: list[str], environment: dict[str, str]) -> None:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=said, stderr=said)
        assert process.stdin is not None
        plain = HashedWriter(process.stdin)
        broken: OSError | None = None
        try:
            with sealed.open("rb") as source:
                sealing.decrypt_stream(source, plain, identity)
            process.stdin.close()
        except BrokenPipeError as error:  # it ended before: what it said is the reason
            broken = error
        finally:
            if broken is None and plain.error is None and not process.stdin.closed:
                process.kill()
            code = process.wait()
        said.seek(0)
        if code or broken:
            words = postgres_tools.last_words(said.read().decode(errors="replace"))
            raise BackupError(f"pg_restore failed: {words}")
    if plain.sha256 != file.plain_sha256:
        raise BackupError(f"{file.name} does not hold what was saved.")


def migrate_restored(url: str) -> None:
    """Bring a restored database to the schema of this version."""
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_APP_URL": ""}
    command = [sys.executable, "-m", "app.cli", "migrate"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=MIGRATE_SECONDS, check=False
    )
    if done.returncode:
        raise BackupError(f"The restored database could not be migrated: {postgres_tools.last_words(done.stderr)}")


def put_in_place(url: str, restored: str, stamp: str) -> str:
    """Give the restored database the name of the present one, which stays under another. Returns that name."""
    present = urlsplit(postgres_tools.plain_url(url)).path.lstrip("/")
    before = f"{present}_before_{stamp}"
    end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"
    rename = sql.SQL("alter database {} rename to {}")
    with _maintenance(url) as connection:
        connection.execute(end, (present,))
        connection.execute(rename.format(sql.Identifier(present), sql.Identifier(before)))
        connection.execute(end, (restored,))
        connection.execute(rename.format(sql.Identifier(restored), sql.Identifier(present)))
    return before


def unpack_archive(path: Path, manifest: Manifest, identity: str, target: Path) -> int:
    """Bring back the files of an archive that are not there; none is overwritten. Returns how many came back."""
    file, came = manifest.files[0], [0, 0]
    reading, writing = os.pipe()
    errors: list[Exception] = []

    def empty() -> None:
        try:
            with os.fdopen(reading, "rb") as source, tarfile.open(fileobj=source, mode="r|") as archive:
                for entry in archive:
                    came[0] += 1
                    came[1] += _bring_back(archive, entry, target)
                while source.read(65536):
                    pass  # tar ends before the padding does
        except (OSError, tarfile.TarError) as error:
            errors.append(error)

    emptier = threading.Thread(target=empty, daemon=True)
    emptier.start()
    with os.fdopen(writing, "wb") as out, (path / file.name).open("rb") as source:
        plain = HashedWriter(out)
        sealing.decrypt_stream(source, plain, identity)
    emptier.join()
    if errors or plain.sha256 != file.plain_sha256:
        raise BackupError(f"The archive cannot be read to its end: {errors[0] if errors else 'it was changed'}.")
    if came[0] != manifest.entries:
        raise BackupError(
            f"{manifest.entries - came[0]} of {manifest.entries} files of the {manifest.kind} are missing."
        )
    return came[1]


def _bring_back(archive: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> int:
    """Write the file of an entry if there is none; whole, or not at all. The filters of `tarfile` are of Python 3.11.4.

    Raises TarError for an entry that is no file, or that leads out of `target`.
    """
    place = (target / entry.name).resolve()
    if not entry.isreg() or not place.is_relative_to(target.resolve()):
        raise tarfile.ExtractError(f"{entry.name} is not a file of a backup")
    if place.exists():
        return 0
    content = archive.extractfile(entry)
    assert content is not None
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restored-", dir=place.parent) as folder:
        part = Path(folder) / "part"
        with part.open("wb") as out:
            shutil.copyfileobj(content, out)
        part.chmod(entry.mode & 0o666)
        os.utime(part, (entry.mtime, entry.mtime))
        part.rename(place)
    return 1


def newest_or(store: BackupFolder, kind: str, name: str) -> Path:
    """The folder of the named backup, or of the newest."""
    return store.path(kind, name or store.newest(kind))


def store_and_identity(config: Mapping[str, Any]) -> tuple[BackupFolder, str]:
    """The folder of backups and the secret key, as the configuration names them. Raises BackupError."""
    if not config["BACKUP_FOLDER"]:
        raise BackupError("BACKUP_FOLDER is not set: it names the folder of the backups.")
    return (
        BackupFolder(Path(config["BACKUP_FOLDER"]), list(config["BACKUP_RECIPIENTS"])),
        sealing.read_identity(config["BACKUP_IDENTITY_FILE"]),
    )
