"""Media are stored once under the hash of their bytes."""

import hashlib

import pytest
from flask import Flask

from app.core import media
from app.core.errors import DomainError, NotFound


def test_the_same_bytes_are_stored_once(app: Flask) -> None:
    first, second = media.save(b"picture"), media.save(b"picture")
    assert first == second == hashlib.sha256(b"picture").hexdigest()
    assert media.load(first) == b"picture"
    assert [p for p in media.path_of(first).parent.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 63, "g" * 64, "0" * 64])
def test_what_is_not_there_is_not_found(app: Flask, name: str) -> None:
    with pytest.raises(NotFound):
        media.load(name)


def test_an_unknown_kind_of_storage_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MEDIA_URL", "ftp://host/folder")
    with pytest.raises(DomainError, match="ftp"):
        media.save(b"x")
