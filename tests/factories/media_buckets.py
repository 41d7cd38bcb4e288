"""A bucket of a real S3-compatible storage in which the app's media are."""

from pathlib import Path

import pytest
from flask import Flask

from app.core import media
from app.core.media_bucket import BucketStore
from tests.factories.seaweed import KEY, SECRET, Seaweed, seaweed

__all__ = ["seaweed"]
MINE = 901
_prefixes = iter(range(1000))


def new_bucket_url(seaweed: Seaweed) -> str:
    """For MEDIA_URL: a prefix where nothing is yet."""
    return seaweed.media_url(f"igny8-{next(_prefixes)}")


def media_at(app: Flask, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    """Have the app's media there for this test; its cache is in `folder`."""
    settings = {"MEDIA_URL": url, "MEDIA_S3_KEY": KEY, "MEDIA_S3_SECRET": SECRET, "INSTANCE_PATH": folder}
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    store = media.current_store()
    assert isinstance(store, BucketStore)
    return store


@pytest.fixture
def bucket(app: Flask, seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketStore:
    """The app's media are in a bucket, under a prefix where nothing is yet."""
    return media_at(app, new_bucket_url(seaweed), tmp_path, monkeypatch)


def forget_cache(store: BucketStore) -> None:
    """Have the next read of each file come from the bucket."""
    store._cache.delete_all("accounts/")
