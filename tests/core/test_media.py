"""Files are stored once under the hash of their bytes, on a shelf of their account, for as long as it keeps them."""

import hashlib
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.content.images.shelves import IMAGES
from app.core import media
from app.core.errors import DomainError, NotFound
from app.core.media import Shelf
from app.planner.imports.shelves import IMPORTS, REPORTS, UPLOADS

MINE, THEIRS = 901, 902


def make_old(shelf: Shelf, name: str, age: timedelta) -> Path:
    path = shelf.path_of(MINE, name)
    then = time.time() - age.total_seconds()
    os.utime(path, (then, then))
    return path


def test_the_same_bytes_are_stored_once(app: Flask) -> None:
    first, second = IMAGES.save(MINE, b"picture"), IMAGES.save(MINE, b"picture")
    assert first == second == hashlib.sha256(b"picture").hexdigest()
    assert IMAGES.load(MINE, first) == b"picture"
    assert [p for p in IMAGES.path_of(MINE, first).parent.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("shelf", "words"),
    [
        (IMPORTS, "The file is gone: it was kept for 30 days."),
        (UPLOADS, "The file is gone: it was kept for 6 hours."),
        (IMAGES, "This file is no longer in the media storage."),
    ],
)
def test_a_file_that_went_says_how_long_it_was_kept(app: Flask, shelf: Shelf, words: str) -> None:
    with pytest.raises(NotFound) as gone:
        shelf.load(MINE, "0" * 64)
    assert gone.value.message == words
    assert bool(gone.value.cure) == (shelf.retention is not None)


def test_the_name_of_another_accounts_file_opens_nothing(app: Flask) -> None:
    name = UPLOADS.save(THEIRS, b"their keywords")
    with pytest.raises(NotFound):
        UPLOADS.load(MINE, name)
    with pytest.raises(NotFound):
        IMAGES.load(THEIRS, name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 63, "g" * 64, "0" * 64])
def test_what_is_not_there_is_not_found(app: Flask, name: str) -> None:
    with pytest.raises(NotFound):
        IMAGES.load(MINE, name)


def test_an_unknown_kind_of_storage_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MEDIA_URL", "ftp://host/folder")
    with pytest.raises(DomainError, match="ftp"):
        IMAGES.save(MINE, b"x")


@pytest.mark.parametrize(("shelf", "days"), [(UPLOADS, 0.26), (IMPORTS, 31.0), (REPORTS, 91.0)])
def test_what_is_past_its_time_goes_and_the_rest_stays(app: Flask, shelf: Shelf, days: float) -> None:
    old, young = shelf.save(MINE, b"old"), shelf.save(MINE, b"young")
    make_old(shelf, old, timedelta(days=days))
    picture = IMAGES.save(MINE, b"old too")
    make_old(IMAGES, picture, timedelta(days=4000))
    assert media.forget_old() == 1
    assert IMAGES.load(MINE, picture)
    assert shelf.load(MINE, young)
    with pytest.raises(NotFound):
        shelf.load(MINE, old)


def test_what_is_stored_again_counts_as_new(app: Flask) -> None:
    name = UPLOADS.save(MINE, b"keywords")
    make_old(UPLOADS, name, timedelta(hours=7))
    UPLOADS.save(MINE, b"keywords")
    assert media.forget_old() == 0


def test_leftovers_of_a_crash_go(app: Flask) -> None:
    name = IMAGES.save(MINE, b"whole")
    half = make_old(IMAGES, name, timedelta(days=2)).with_name(".half")
    half.write_bytes(b"ha")
    os.utime(half, (0, 0))
    assert media.forget_old() == 1
    assert IMAGES.load(MINE, name)


def test_the_oldest_files_of_an_account_make_room_for_a_new_one(app: Flask) -> None:
    shelf = replace(UPLOADS, name="small", quota=10)
    first, foreign = shelf.save(MINE, b"aaaa"), shelf.save(THEIRS, b"aaaa")
    make_old(shelf, first, timedelta(minutes=1))
    second, third = shelf.save(MINE, b"bbbb"), shelf.save(MINE, b"cccc")
    with pytest.raises(NotFound):
        shelf.load(MINE, first)
    assert [shelf.load(MINE, second), shelf.load(MINE, third), shelf.load(THEIRS, foreign)] == [
        b"bbbb",
        b"cccc",
        b"aaaa",
    ]
    assert shelf.load(MINE, shelf.save(MINE, b"larger than all that is allowed"))


def test_an_accounts_files_go_together(app: Flask) -> None:
    names = [(shelf, shelf.save(MINE, b"x")) for shelf in media.registered()]
    kept = IMAGES.save(THEIRS, b"x")
    media.remove_account(MINE)
    media.remove_account(MINE)
    for shelf, name in names:
        with pytest.raises(NotFound):
            shelf.load(MINE, name)
    assert IMAGES.load(THEIRS, kept)


def test_a_file_that_is_taken_over_is_on_the_disk_before_it_has_its_name(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, name_it = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda file: (done.append("synced"), sync(file))[1])
    monkeypatch.setattr(Path, "replace", lambda path, target: (done.append("named"), name_it(path, target))[1])
    (tmp_path / "upload").write_bytes(b"rows")
    name = UPLOADS.take(MINE, tmp_path / "upload")
    assert done == ["synced", "named"]
    assert UPLOADS.load(MINE, name) == b"rows"
