"""Media moved into a bucket of a real S3-compatible server and out of it, by the command and by backups."""

import os
from argparse import Namespace
from pathlib import Path

import pytest
from flask import Flask

from app.content.images.shelves import IMAGES
from app.core.clock import utcnow
from app.core.media_bucket import BucketStore
from app.core.media_move import MediaMoved, move_media
from app.core.media_stores import FolderStore, store_at
from app.operations import media_command
from app.operations.backups import restore, sealing
from app.operations.backups.make import make_backup
from app.operations.backups.restore import check_backup
from app.operations.backups.store import BackupFolder
from tests.factories.media_buckets import MINE, bucket, forget_cache, media_at, new_bucket_url
from tests.factories.seaweed import KEY, SECRET, Seaweed, seaweed

__all__ = ["bucket", "seaweed"]


def test_everything_moves_to_the_bucket_and_back_and_goes_on_where_it_was_cut_off(
    app: Flask, bucket: BucketStore, tmp_path: Path
) -> None:
    folder, back = FolderStore(tmp_path / "old"), FolderStore(tmp_path / "back")
    files = {f"accounts/{MINE}/images/ab/{number:064x}": os.urandom(500) for number in range(30)}
    for key, data in files.items():
        folder.save(key, data)
    (folder.folder / f"accounts/{MINE}/images/ab/.half").write_bytes(b"ha")

    class PowerCut(Exception):
        pass

    def cut_off(moved: MediaMoved) -> None:
        if moved.files == 12:
            raise PowerCut

    with pytest.raises(PowerCut):
        move_media(folder, bucket, progress=cut_off)
    moved = move_media(folder, bucket, remove=True, progress=lambda _: None)
    assert (moved.copied, moved.present, moved.removed, moved.damaged) == (18, 12, 30, [])
    assert [stored.name for stored in folder.files("accounts/")] == [".half"]
    forget_cache(bucket)
    moved = move_media(bucket, back, progress=lambda _: None)
    assert (moved.copied, moved.size) == (30, 15_000)
    assert {stored.key: (back.folder / stored.key).read_bytes() for stored in back.files("accounts/")} == files


def test_a_file_that_comes_over_damaged_is_named_and_not_removed(
    bucket: BucketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = FolderStore(tmp_path / "old")
    key = f"accounts/{MINE}/images/ab/{1:064x}"
    folder.save(key, b"whole")
    save = BucketStore.save
    monkeypatch.setattr(BucketStore, "save_file", lambda store, key, _source: save(store, key, b"other"))
    moved = move_media(folder, bucket, remove=True, progress=lambda _: None)
    assert (moved.damaged, moved.copied, moved.removed) == ([key], 0, 0)
    assert folder.path(key).read_bytes() == b"whole"


def test_the_command_moves_and_says_so(
    app: Flask, bucket: BucketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As typed: to a folder, again, and back with the old place emptied."""
    names = [IMAGES.save(MINE, bytes([number]) * 5000) for number in range(4)]
    here, there = app.config["MEDIA_URL"], f"file://{tmp_path / 'moved'}"

    def move(source: str, target: str, *, remove: bool) -> str:
        args = Namespace(source=source, target=target, remove=remove)
        assert media_command.run_command(args) == 0
        return capsys.readouterr().out

    assert "4 files brought over" in move(here, there, remove=False)
    assert "0 files brought over and read back, 4 were there, 0 removed" in move(here, there, remove=False)
    assert "4 removed" in move(there, here, remove=True)
    assert [IMAGES.load(MINE, name)[0] for name in names] == [0, 1, 2, 3]
    assert [path for path in (tmp_path / "moved").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("", "s3://media/x?endpoint=https://x.example&colour=1", "colour"),
        ("", "s3://media/x?endpoint=nonsense", "an address like"),
        ("", "s3://", "has to be s3://bucket/prefix"),
        ("", "ftp://x/y", "of kind ftp"),
        ("file:///no/such/folder", "file:///tmp", "There is no folder /no/such/folder"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_place(
    app: Flask,
    source: str,
    target: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A place that is mistyped is not taken for one without files."""
    (tmp_path / "media").mkdir()
    for name, value in {"INSTANCE_PATH": tmp_path, "MEDIA_S3_KEY": KEY, "MEDIA_S3_SECRET": SECRET}.items():
        monkeypatch.setitem(app.config, name, value)
    assert media_command.run_command(Namespace(source=source, target=target, remove=False)) == 1
    assert words in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_said_and_nothing_leaves(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target that is missing is not taken for a file that went meanwhile."""
    monkeypatch.setitem(app.config, "MEDIA_URL", f"file://{tmp_path / 'here'}")
    name = IMAGES.save(MINE, b"picture")
    (tmp_path / "file").write_text("no folder")
    for target in ("file:///proc/nope", f"file://{tmp_path / 'file'}/below"):
        args = Namespace(source=app.config["MEDIA_URL"], target=target, remove=True)
        assert media_command.run_command(args) == 1
        assert "Begin again: what came over stays." in capsys.readouterr().err
    assert IMAGES.load(MINE, name) == b"picture"


def test_media_are_backed_up_from_the_bucket_and_come_back(
    app: Flask, bucket: BucketStore, seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read whole from the bucket, restored into a folder, and moved from there into another bucket."""
    public, secret = sealing.make_key_pair()
    backups = BackupFolder(tmp_path / "backups", [public])
    names = [IMAGES.save(MINE, bytes([number]) * 3000) for number in range(3)]
    path = backups.path("media", make_backup("media", backups, app.config, utcnow()).name)
    assert restore.unpack_archive(path, check_backup(path, secret), secret, tmp_path / "back") == 3
    other = new_bucket_url(seaweed)
    source, target = (store_at(url, app.config) for url in (f"file://{tmp_path / 'back'}", other))
    assert move_media(source, target, remove=False, progress=lambda _: None).copied == 3
    media_at(app, other, tmp_path / "second", monkeypatch)
    assert [IMAGES.load(MINE, name)[0] for name in names] == [0, 1, 2]
