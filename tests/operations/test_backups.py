"""Backups are whole or not there; what is broken is noticed in words; a drill proves that they can be restored."""

import io
import json
import shutil
import tarfile
from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app import cli
from app.core.clock import utcnow
from app.core.extensions import db
from app.operations.backups import command, make, postgres_tools, restore, sealing, store
from app.operations.backups.errors import BackupError
from app.operations.backups.make import is_due, make_backup
from app.operations.backups.restore import check_backup
from app.operations.backups.store import BackupFolder
from app.operations.models import BackupRecord
from app.sites.models import Site
from tests.conftest import Engines
from tests.factories.things import make_content

PUBLIC, SECRET = sealing.make_key_pair()


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    return BackupFolder(tmp_path / "backups", [PUBLIC])


@pytest.fixture
def small(app: Flask, engines: Engines) -> Iterator[dict[str, Any]]:
    """The settings of an installation with a small database of its own."""
    engines.postgres.make_database("small")
    url = restore.with_database(engines.postgres.url, "small")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists things, alembic_version")
        connection.execute("create table alembic_version (version_num text primary key)")
        connection.execute("insert into alembic_version values ('0095')")
        connection.execute("create table things (id int primary key, name text, at timestamptz default now())")
        connection.execute("insert into things select n, 'thing ' || n from generate_series(1, 500) n")
    yield {**app.config, "OWNER_DATABASE_URI": url.replace("postgresql://", "postgresql+psycopg://")}
    restore.drop_database(url, "small")


@pytest.fixture
def saved(folder: BackupFolder, small: dict[str, Any]) -> Path:
    """A good backup of the database."""
    return folder.path("database", make_backup("database", folder, small, utcnow()).name)


def restored(path: Path, url: str) -> None:
    """Bring the database back into a scratch one, which goes."""
    manifest = check_backup(path, SECRET)
    try:
        restore.fill_database(path, manifest, SECRET, restore.create_database(url, "scratch"))
    finally:
        restore.drop_database(url, "scratch")


def test_a_good_backup_is_whole_encrypted_and_comes_back(saved: Path, small: dict[str, Any]) -> None:
    manifest = check_backup(saved, SECRET)
    assert (manifest.kind, manifest.schema_revision, manifest.tables["things"].rows) == ("database", "0095", 500)
    assert manifest.tool.split(".")[0] == manifest.server.split(".")[0]
    assert sorted(path.name for path in saved.iterdir()) == ["database.dump.age", "manifest.json", "manifest.json.age"]
    for path in saved.glob("*.age"):
        assert b"thing 1" not in path.read_bytes()
    restored(saved, small["OWNER_DATABASE_URI"])


def cut(path: Path) -> None:
    file = path / make.DUMP
    file.write_bytes(file.read_bytes()[:-100])


def flip(path: Path) -> None:
    file = path / make.DUMP
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def empty(path: Path) -> None:
    (path / make.DUMP).write_bytes(b"")


def remove(path: Path) -> None:
    (path / make.DUMP).unlink()


def remove_manifest(path: Path) -> None:
    (path / "manifest.json").unlink()


def edit(path: Path, **values: object) -> None:
    file = path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def edit_tables(path: Path) -> None:
    tables = json.loads((path / "manifest.json").read_text())["tables"]
    edit(path, tables={**tables, "things": {**tables["things"], "rows": 400}})


def cut_manifest(path: Path) -> None:
    file = path / "manifest.json"
    file.write_bytes(file.read_bytes()[:200])


def make_empty(path: Path) -> None:
    edit(path, files=[])


def make_newer_format(path: Path) -> None:
    edit(path, format=2)


BROKEN = [
    (cut, "was cut off"),
    (flip, "was changed: its SHA-256 is not that of the manifest"),
    (empty, "is empty"),
    (remove, "database.dump.age is missing"),
    (remove_manifest, "has no manifest"),
    (edit_tables, "The manifest was edited after the backup was made"),
    (cut_manifest, "cannot be read: it was cut off or edited"),
    (make_empty, "its manifest names no file"),
    (make_newer_format, "Update IGNY8 first"),
]


@pytest.mark.parametrize(("harm", "words"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_broken_is_noticed_before_anything_is_touched(saved: Path, harm: Any, words: str) -> None:
    harm(saved)
    with pytest.raises(BackupError, match=words):
        check_backup(saved, SECRET)


def test_bytes_that_are_hashed_anew_are_still_noticed(saved: Path) -> None:
    """Who changes a byte and its hash in the manifest as well is found out by the encryption itself."""
    flip(saved)
    with (saved / make.DUMP).open("rb") as file, pytest.raises(BackupError, match="changed or cut off"):
        sealing.decrypt_stream(file, io.BytesIO(), SECRET)


def test_another_key_does_not_open_it(saved: Path) -> None:
    with pytest.raises(BackupError, match="The secret key does not fit this backup"):
        check_backup(saved, sealing.make_key_pair()[1])
    with pytest.raises(BackupError, match="holds no secret key"):
        check_backup(saved, "a pass phrase")


def test_a_newer_schema_and_an_older_server_are_refused(
    saved: Path, folder: BackupFolder, small: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgres_tools.plain_url(small["OWNER_DATABASE_URI"]), autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    newer = make_backup("database", folder, small, utcnow() + timedelta(seconds=2))
    with pytest.raises(BackupError, match="schema 9999, which this version of IGNY8 does not know"):
        check_backup(folder.path("database", newer.name), SECRET)
    manifest = check_backup(saved, SECRET)
    older = manifest.model_copy(update={"server": "99.1"})
    with pytest.raises(BackupError, match=r"is of PostgreSQL 99\.1; this server is the older"):
        restore.fill_database(saved, older, SECRET, postgres_tools.plain_url(small["OWNER_DATABASE_URI"]))
    with pytest.raises(BackupError, match="pg_restore for PostgreSQL 99 is not here"):
        postgres_tools.find_tool("pg_restore", 99)


def test_rows_that_are_not_those_saved_are_noticed(saved: Path, small: dict[str, Any]) -> None:
    manifest = check_backup(saved, SECRET)
    tables = {name: facts.model_copy(update={"sample": "0"}) for name, facts in manifest.tables.items()}
    url = small["OWNER_DATABASE_URI"]
    try:
        scratch = restore.create_database(url, "scratch")
        with pytest.raises(BackupError, match="rows of things are not those that were saved"):
            restore.fill_database(saved, manifest.model_copy(update={"tables": tables}), SECRET, scratch)
    finally:
        restore.drop_database(url, "scratch")


def test_a_full_disk_leaves_the_backups_before_it_and_nothing_else(
    folder: BackupFolder, small: dict[str, Any], saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_backup: store.NewBackup, _name: str) -> IO[bytes]:
        return Path("/dev/full").open("wb", buffering=0)

    opened = store.NewBackup._open
    monkeypatch.setattr(store.NewBackup, "_open", full)
    with pytest.raises(BackupError, match="is full"):
        make_backup("database", folder, small, utcnow() + timedelta(seconds=2))
    monkeypatch.setattr(store.NewBackup, "_open", opened)
    assert [path.name for path in (folder.folder / "database").iterdir()] == [saved.name]
    monkeypatch.setattr(make, "LEAST_FREE", 10**18)
    with pytest.raises(BackupError, match="Nothing was begun"):
        make_backup("database", folder, small, utcnow())


def test_a_database_that_is_away_is_told_and_leaves_nothing(folder: BackupFolder, small: dict[str, Any]) -> None:
    away = {**small, "OWNER_DATABASE_URI": "postgresql+psycopg://x:geheim@127.0.0.1:1/none"}
    with pytest.raises(BackupError, match="The database cannot be read") as raised:
        make_backup("database", folder, away, utcnow())
    assert "geheim" not in str(raised.value)
    assert list((folder.folder / "database").iterdir()) == []


@pytest.fixture
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "media"
    for number in range(3):
        file = path / "accounts" / "1" / f"{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"picture %d" % number)
    monkeypatch.setitem(app.config, "MEDIA_URL", path.as_uri())
    return path


def test_media_come_back_and_none_is_overwritten(folder: BackupFolder, app: Flask, media: Path) -> None:
    manifest = make_backup("media", folder, app.config, utcnow())
    path = folder.path("media", manifest.name)
    (media / "accounts/1/0").unlink()
    (media / "accounts/1/1").write_bytes(b"newer")
    assert restore.unpack_archive(path, check_backup(path, SECRET), SECRET, media) == 1
    assert (media / "accounts/1/0").read_bytes() == b"picture 0"
    assert (media / "accounts/1/1").read_bytes() == b"newer"
    missing = manifest.model_copy(update={"entries": 4})
    with pytest.raises(BackupError, match="1 of 4 files of the media are missing"):
        restore.unpack_archive(path, missing, SECRET, media)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../out.txt", tarfile.REGTYPE), ("/out.txt", tarfile.REGTYPE), ("a", tarfile.SYMTYPE), ("a", tarfile.FIFOTYPE)],
)
def test_an_archive_writes_files_within_its_folder_and_nothing_else(tmp_path: Path, name: str, kind: bytes) -> None:
    entry, target = tarfile.TarInfo(name), tmp_path / "in"
    entry.type, entry.linkname = kind, "/etc/passwd"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(entry)
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive, pytest.raises(tarfile.ExtractError, match="not a file of a backup"):
        restore._bring_back(archive, next(iter(archive)), target)
    assert not list(tmp_path.rglob("*"))


def test_the_configuration_has_no_secret_in_clear(
    folder: BackupFolder, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "the very secret key")
    path = folder.path("configuration", make_backup("configuration", folder, app.config, utcnow()).name)
    assert all(b"the very secret key" not in file.read_bytes() for file in path.iterdir())
    restore.unpack_archive(path, check_backup(path, SECRET), SECRET, tmp_path / "out")
    assert json.loads((tmp_path / "out/environment.json").read_text())["SECRET_KEY"] == "the very secret key"


def test_old_backups_go_and_the_last_good_one_never(folder: BackupFolder, app: Flask, media: Path) -> None:
    now = utcnow()
    names = [make_backup("media", folder, app.config, now - timedelta(days=days)).name for days in (40, 30, 20, 16, 1)]
    assert not is_due("media", folder, now - timedelta(hours=20))
    assert is_due("media", folder, now)
    assert folder.remove_old("media", timedelta(days=14), now) == names[:4]
    shutil.copytree(folder.path("media", names[4]), folder.folder / "media" / "2020-01-01T00-00-00Z")
    (folder.path("media", names[4]) / make.ARCHIVE).write_bytes(b"")  # the newest is broken
    assert folder.remove_old("media", timedelta(hours=1), now) == [names[4]]
    assert folder.names("media") == ["2020-01-01T00-00-00Z"]
    (folder.folder / "media" / "2020-01-01T00-00-00Z" / make.ARCHIVE).unlink()
    assert folder.remove_old("media", timedelta(hours=1), now) == []


def test_what_a_killed_process_left_counts_for_nothing(folder: BackupFolder, app: Flask, media: Path) -> None:
    partial = folder.folder / "media" / ".partial-2020-01-01T00-00-00Z"
    partial.mkdir(parents=True)
    assert folder.names("media") == []
    with folder.locked(), pytest.raises(BackupError, match="Another backup is being made"), folder.locked():
        pass


@pytest.mark.parametrize("place", ["/proc/backups", "{tmp}/file", "{tmp}/file/below"])
def test_a_folder_that_cannot_be_is_said_and_recorded(
    app: Flask,
    site: Site,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The other kinds are tried too, and the System page has each as failed: with --loop the next round comes."""
    (tmp_path / "file").write_text("no folder")
    folder = place.format(tmp=tmp_path)
    monkeypatch.setitem(app.config, "BACKUP_FOLDER", folder)
    monkeypatch.setitem(app.config, "BACKUP_RECIPIENTS", [PUBLIC])
    args = Namespace(kinds=["media", "configuration"], due=False, loop=False)
    assert command.run_backup(args) == 1
    assert capsys.readouterr().err.count(f"{folder} cannot be written: ") == 2
    assert [row.state for row in db.session.scalars(select(BackupRecord))] == ["failed", "failed"]


def test_the_commands_back_up_rehearse_and_record(
    app: Flask,
    engines: Engines,
    site: Site,
    media: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = make_content(site, "Kept")
    key = tmp_path / "key"
    key.write_text(f"# {PUBLIC}\n{SECRET}\n")
    settings = {"BACKUP_FOLDER": str(tmp_path / "b"), "BACKUP_RECIPIENTS": PUBLIC, "BACKUP_IDENTITY_FILE": str(key)}
    for name, value in {**engines.environment(), **settings, "MEDIA_URL": media.as_uri()}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["restore", "--drill"]) == 1
    assert "There is no backup of the database" in capsys.readouterr().err
    assert cli.main(["backup"]) == 0
    assert cli.main(["backup", "--due"]) == 0
    assert len(list((tmp_path / "b" / "database").iterdir())) == 1
    assert cli.main(["restore", "--check"]) == 0
    assert cli.main(["restore", "--drill"]) == 0
    assert "the application answered on them" in capsys.readouterr().out
    assert cli.main(["restore"]) == 1  # nobody confirms
    assert "it was not confirmed" in capsys.readouterr().err
    db.session.expire_all()
    records = [(row.kind, row.state) for row in db.session.scalars(select(BackupRecord).order_by(BackupRecord.id))]
    assert records == [
        ("drill", "failed"),
        ("database", "good"),
        ("media", "good"),
        ("configuration", "good"),
        ("drill", "good"),
    ]
    assert content.id
    with psycopg.connect(restore.with_database(engines.postgres.url, "postgres")) as connection:
        names = [name for (name,) in connection.execute("select datname from pg_database")]
    assert not [name for name in names if "drill" in name]


def test_a_real_restore_leaves_what_was_there_under_another_name(saved: Path, small: dict[str, Any]) -> None:
    url = small["OWNER_DATABASE_URI"]
    plain = postgres_tools.plain_url(url)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("delete from things")
    manifest = check_backup(saved, SECRET)
    restore.fill_database(saved, manifest, SECRET, restore.create_database(url, "small_restored"))
    before = restore.put_in_place(url, "small_restored", "1")
    with psycopg.connect(plain) as connection:
        assert connection.execute("select count(*) from things").fetchone() == (500,)
    with psycopg.connect(restore.with_database(url, before)) as connection:
        assert connection.execute("select count(*) from things").fetchone() == (0,)
    restore.drop_database(url, before)
