"""Media in a bucket of a real S3-compatible server: the same as in a folder, also while the storage is broken."""

import hashlib
import http.server
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.config import ConfigError, from_environment, secrets_of
from app.content.images.shelves import IMAGES
from app.core import media, media_bucket
from app.core.errors import DomainError, NotFound
from app.core.media_bucket import BucketStore
from app.core.media_stores import store_at
from app.planner.imports.shelves import UPLOADS
from tests.factories.live import wait_for
from tests.factories.media_buckets import MINE, bucket, media_at, new_bucket_url
from tests.factories.pictures import add_images
from tests.factories.seaweed import KEY, SECRET, Seaweed, seaweed
from tests.factories.things import make_content, make_site

__all__ = ["bucket", "seaweed"]
THEIRS = 902


def test_files_are_saved_read_listed_and_removed(bucket: BucketStore, tmp_path: Path) -> None:
    name = IMAGES.save(MINE, b"picture")
    assert name == IMAGES.save(MINE, b"picture") == hashlib.sha256(b"picture").hexdigest()
    assert IMAGES.load(MINE, name) == b"picture"
    assert (IMAGES.names(MINE), IMAGES.accounts(), IMAGES.has(MINE, name)) == ([name], [MINE], True)
    for account_id, shelf in ((THEIRS, IMAGES), (MINE, UPLOADS)):
        with pytest.raises(NotFound):
            shelf.load(account_id, name)
    upload = tmp_path / "upload"
    upload.write_bytes(os.urandom(20_000_000))
    expected = hashlib.sha256(upload.read_bytes()).hexdigest()
    assert UPLOADS.take(MINE, upload) == expected  # in parts
    assert not upload.exists()
    with UPLOADS.path_of(MINE, expected).open("rb") as read:
        assert hashlib.file_digest(read, "sha256").hexdigest() == expected
    IMAGES.adopt(THEIRS, IMAGES.path_of(MINE, name))
    IMAGES.remove(MINE, name)
    IMAGES.remove(MINE, name)
    with pytest.raises(NotFound):
        IMAGES.path_of(MINE, name)
    assert IMAGES.load(THEIRS, name) == b"picture"


def test_what_is_past_its_time_goes_and_an_accounts_files_go_together(
    bucket: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, picture, theirs = UPLOADS.save(MINE, b"old"), IMAGES.save(MINE, b"old too"), IMAGES.save(THEIRS, b"x")
    assert not IMAGES.remove_old(MINE, picture, timedelta(hours=1))
    assert media.forget_old() == 0
    later = time.time() + 7 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert media.forget_old() == 1
    assert not UPLOADS.has(MINE, upload)
    assert IMAGES.load(MINE, picture) == b"old too"
    media.mark_as_ending(MINE)
    assert media.ending_accounts() == {MINE}
    media.remove_account(MINE)
    media.remove_account(MINE)
    assert media.ending_accounts() == set()
    assert IMAGES.load(THEIRS, theirs) == b"x"


def test_the_oldest_files_make_room(bucket: BucketStore) -> None:
    shelf = replace(UPLOADS, name="small", quota=10)
    first = shelf.save(MINE, b"aaaa")
    time.sleep(1.1)  # the storage's times are whole seconds
    second, third = shelf.save(MINE, b"bbbb"), shelf.save(MINE, b"cccc")
    assert [shelf.has(MINE, name) for name in (first, second, third)] == [False, True, True]


def test_what_was_deleted_elsewhere_is_not_read_from_the_cache_for_long(
    bucket: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = IMAGES.save(MINE, b"picture")
    path = IMAGES.path_of(MINE, name)
    bucket._client.delete_object(**bucket._named(str(path.relative_to(bucket._cache.folder))))
    monkeypatch.setattr(media_bucket, "ASKED_AGAIN_SECONDS", -1.0)
    with pytest.raises(NotFound):
        IMAGES.path_of(MINE, name)
    assert not path.exists()


def test_the_cache_lets_go_of_what_was_not_read_longest(bucket: BucketStore) -> None:
    paths = [IMAGES.path_of(MINE, IMAGES.save(MINE, os.urandom(1000))) for _ in range(4)]
    for hours, path in enumerate(paths):
        then = time.time() - 3600 * (hours + 0.5)
        os.utime(path, (then, path.stat().st_mtime))
    bucket._most_bytes = 2500
    bucket.clean_cache()
    assert [path.exists() for path in paths] == [True, True, False, False]
    assert IMAGES.load(MINE, paths[3].name)  # it is in the bucket still


def test_a_file_that_leaves_the_cache_while_it_is_asked_for_is_brought_again(
    bucket: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = IMAGES.save(MINE, b"picture")
    noted = media_bucket._used_now

    def cleaned_before(path: Path) -> None:
        path.unlink()  # as another process does that cleans the cache
        noted(path)

    assert IMAGES.load(MINE, name) == b"picture"
    monkeypatch.setattr(media_bucket, "_used_now", cleaned_before)
    assert IMAGES.load(MINE, name) == b"picture"


def test_other_bytes_than_were_stored_are_refused(bucket: BucketStore) -> None:
    name = IMAGES.save(MINE, b"picture")
    key = f"accounts/{MINE}/{IMAGES.name}/{name[:2]}/{name}"
    metadata = bucket._client.head_object(**bucket._named(key))["Metadata"]
    bucket._client.put_object(**bucket._named(key), Body=b"pictura", Metadata=metadata)
    with pytest.raises(DomainError) as refused:
        IMAGES.load(MINE, name)
    assert refused.value.code == "MEDIA_DAMAGED"
    assert not [path for path in bucket._cache.folder.rglob("*") if path.is_file()]


class _Broken(http.server.BaseHTTPRequestHandler):
    """Answers with 500, half a file, or not at all, and keeps what it got."""

    way = "500"
    requests: int = 0

    def _answer(self) -> None:
        type(self).requests += 1
        if self.way == "silent":
            time.sleep(3)
            return
        half = self.way == "half" and self.command == "GET"
        self.send_response(200 if half else 500)
        self.send_header("Content-Length", "1000" if half else "0")
        self.send_header("Last-Modified", "Tue, 01 Dec 2026 10:00:00 GMT")
        self.end_headers()
        if half:
            self.wfile.write(b"only this much")
        self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@contextmanager
def broken_storage(way: str) -> Iterator[str]:
    handler = type("Handler", (_Broken,), {"way": way})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"s3://media?endpoint=http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize("way", ["500", "half", "silent"])
def test_a_broken_storage_gives_words_and_stores_nothing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(media_bucket, "READ_SECONDS", 0.2)
    monkeypatch.setattr(media_bucket, "TRIES", 1)
    upload = tmp_path / "upload"
    upload.write_bytes(b"keywords")
    with broken_storage(way) as url:
        store = media_at(app, url, tmp_path, monkeypatch)
        for attempt in (
            lambda: IMAGES.save(MINE, b"x"),
            lambda: IMAGES.load(MINE, "0" * 64),
            lambda: UPLOADS.take(MINE, upload),
            lambda: media.forget_old(),
        ):
            with pytest.raises(DomainError) as refused:
                attempt()
            assert (refused.value.code, refused.value.status, refused.value.retryable) == ("MEDIA_AWAY", 503, True)
    assert upload.read_bytes() == b"keywords"
    assert not [path for path in store._cache.folder.rglob("*") if path.is_file()]


def test_a_server_that_dies_and_comes_back_has_lost_nothing(
    bucket: BucketStore, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, unread = IMAGES.save(MINE, b"read before"), IMAGES.save(MINE, b"not read before")
    IMAGES.load(MINE, read)
    monkeypatch.setattr(media_bucket, "ASKED_AGAIN_SECONDS", -1.0)
    seaweed.stop()
    try:
        assert IMAGES.load(MINE, read) == b"read before"  # from the cache
        with pytest.raises(DomainError, match="does not answer"):
            IMAGES.load(MINE, unread)
        with pytest.raises(DomainError, match="does not answer"):
            IMAGES.save(MINE, b"new")
    finally:
        seaweed.start()

    def is_back() -> bool:
        with suppress(DomainError):  # it answers before it has found its files
            return IMAGES.load(MINE, unread) == b"not read before"
        return False

    wait_for(is_back, what="the storage")
    assert sorted(IMAGES.names(MINE)) == sorted([read, unread])


def test_a_wrong_key_says_what_to_look_at_and_no_secret(
    app: Flask, bucket: BucketStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(app.config, "MEDIA_S3_SECRET", "another-secret-that-is-wrong")
    with pytest.raises(DomainError) as refused:
        IMAGES.save(MINE, b"x")
    assert refused.value.code == "MEDIA_REFUSED"
    assert "MEDIA_S3_SECRET" in refused.value.cure
    said = f"{refused.value.as_dict()} {refused.value.__cause__} {caplog.text}"
    assert "another-secret" not in said
    assert KEY not in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MEDIA_URL": "s3://media"}, "MEDIA_S3_KEY"),
        ({"MEDIA_URL": "s3://key:secret@media"}, "keys go into"),
        ({"MEDIA_URL": "s3:///prefix"}, "bucket"),
        ({"MEDIA_URL": "s3://media?endpoint=storage"}, "https://"),
        ({"MEDIA_URL": "s3://media?secret=x"}, "secret"),
        ({"MEDIA_CACHE_GB": "0"}, "MEDIA_CACHE_GB"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings: dict[str, str], words: str) -> None:
    usual = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "IGNY8_EMBEDDED": "0"}
    keys = {"SECRET_KEY": "x" * 32, "ENCRYPTION_KEYS": "u7nV2wP0pkLPFpRGT3QLJQF6vWfyFTgZ3zIVKyXyXxA="}
    with pytest.raises(ConfigError, match=words):
        from_environment({**usual, **keys, **settings})


def test_the_secret_is_one_of_those_that_no_log_may_have(app: Flask, bucket: BucketStore) -> None:
    assert SECRET in secrets_of(app.config)
    assert SECRET not in repr(store_at(app.config["MEDIA_URL"], app.config))


def test_browsers_are_led_to_the_bucket_by_an_address_that_ends(
    app: Flask, bucket: BucketStore, seaweed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address opens that one file, as what it is, for a few minutes; another name or time is refused."""
    assert IMAGES.link_of(MINE, IMAGES.save(MINE, b"picture"), "image/png") is None
    media_at(app, f"{new_bucket_url(seaweed)}&public={seaweed.url}", tmp_path, monkeypatch)
    name = IMAGES.save(MINE, b"picture")
    address = IMAGES.link_of(MINE, name, "image/png", "inline; filename*=UTF-8''shoes.png") or ""
    answer = requests.get(address, timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (b"picture", "image/png")
    assert "shoes.png" in answer.headers["Content-Disposition"]
    part = requests.get(address, headers={"Range": "bytes=1-3"}, timeout=10)
    assert (part.status_code, part.content) == (206, b"ict")
    other = IMAGES.save(MINE, b"other")
    assert requests.get(address.replace(name, other), timeout=10).status_code == 403
    assert requests.get(address.partition("?")[0], timeout=10).status_code == 403
    with monkeypatch.context() as patch:
        patch.setattr(media_bucket, "LINK_SECONDS", 1)
        ending = IMAGES.link_of(MINE, name, "image/png") or ""
    wait_for(lambda: requests.get(ending, timeout=10).status_code == 403)
    with pytest.raises(NotFound):
        IMAGES.link_of(MINE, "0" * 64, "image/png")
    IMAGES.load(MINE, name)
    monkeypatch.setattr(BucketStore, "_head", lambda *_: (_ for _ in ()).throw(media_bucket._away()))
    assert (IMAGES.link_of(MINE, name, "image/png"), IMAGES.load(MINE, name)) == (None, b"picture")  # from the cache


def test_a_picture_is_sent_from_the_bucket_to_who_may_see_it(
    app: Flask,
    bucket: BucketStore,
    seaweed: Seaweed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner_client: FlaskClient,
    account: Account,
) -> None:
    image = add_images(make_content(make_site(account)), 1)[0]
    path = f"/content/{image.content_id}/images/{image.id}/file/"
    through_us = owner_client.get(path)
    assert (through_us.status_code, through_us.headers["Cache-Control"][:7]) == (200, "private")
    monkeypatch.setitem(app.config, "MEDIA_URL", f"{app.config['MEDIA_URL']}&public={seaweed.url}")
    led = owner_client.get(path)
    assert (led.status_code, led.headers["Cache-Control"]) == (302, "private, max-age=240")
    assert requests.get(led.headers["Location"], timeout=10).content == through_us.data
    assert seaweed.url in owner_client.get("/content/").headers["Content-Security-Policy"]
    assert "/login" in app.test_client().get(path).headers["Location"]
