"""Media in a bucket of an S3-compatible storage. The one file that knows its client.

What is read comes from a cache in the instance's folder, so that files are sent with ranges, resized and given to
WordPress as from a folder. A name has the same bytes for ever; whether it is there still is asked again after
`ASKED_AGAIN_SECONDS`. When the storage is away, what is cached is read all the same; nothing is taken for stored.
"""

import base64
import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from app.core.errors import DomainError
from app.core.languages import gettext
from app.core.logs import get_logger
from app.core.media_stores import CHUNK, FolderStore, MediaObject, hash_of_stream, seconds_since

CONNECT_SECONDS, READ_SECONDS, TRIES = 2, 10, 3
ASKED_AGAIN_SECONDS = 600.0
UNUSED_SECONDS = 7 * 86400.0  # what nobody read for so long leaves the cache
IN_USE_SECONDS = 3600.0  # what was read so lately stays, however full the cache is
CLEANED_AFTER = 256 * 1024 * 1024  # bytes that this process has brought into the cache
AT_ONCE = TransferConfig(multipart_threshold=16 * CHUNK, multipart_chunksize=16 * CHUNK, use_threads=False)
MISSING = ("404", "NoSuchKey", "NotFound")
LINK_SECONDS = 300  # how long a signed address opens a file
SHA256 = "sha256"  # what each object is stored with
log = get_logger(__name__)
_stores: dict[tuple[Any, ...], "BucketStore"] = {}


class _Body:
    """The bytes of an object as they come. Half of them are an error.

    The client's own body, used as a context manager, would give the raw stream, which ends early without a word.
    """

    def __init__(self, body: Any) -> None:
        self._body = body

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._body.close()

    def read(self, amount: int = -1) -> bytes:
        """So many bytes at most, all without a number."""
        with _words():
            return bytes(self._body.read(amount if amount >= 0 else None))


class BucketStore:
    """A bucket, or what is under a prefix in it. See `MediaStore` for what the methods do."""

    def __init__(
        self, client: Any, bucket: str, prefix: str, cache: Path, most_bytes: int, public: Any | None = None
    ) -> None:
        self._client, self._bucket, self._prefix, self._public = client, bucket, prefix, public
        self._cache, self._most_bytes = FolderStore(cache), most_bytes
        self._brought = 0

    def save(self, key: str, data: bytes) -> None:
        """See MediaStore."""
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        metadata = {SHA256: hashlib.sha256(data).hexdigest()}
        with _words():
            self._client.put_object(**self._named(key), Body=data, ContentMD5=digest, Metadata=metadata)

    def save_file(self, key: str, source: Path) -> None:
        """See MediaStore. A large file goes in parts; it is there when the last one is."""
        with source.open("rb") as data:
            metadata = {SHA256: hashlib.file_digest(data, "sha256").hexdigest()}
        with _words():
            self._client.upload_file(
                str(source), self._bucket, self._prefix + key, ExtraArgs={"Metadata": metadata}, Config=AT_ONCE
            )

    def path(self, key: str) -> Path:
        """See MediaStore."""
        cached = self._cache.find(key)
        if cached is None:
            return self._brought_here(key)
        if seconds_since(cached.stored_at) > ASKED_AGAIN_SECONDS and not self._is_there_still(key):
            self._cache.delete(key)
            raise FileNotFoundError(key)
        path = self._cache.folder / key
        try:
            _used_now(path)
        except FileNotFoundError:  # another process has just cleaned the cache
            return self._brought_here(key)
        return path

    def open(self, key: str) -> IO[bytes]:
        """See MediaStore."""
        with _words():
            return cast(IO[bytes], _Body(self._client.get_object(**self._named(key))["Body"]))

    def find(self, key: str) -> MediaObject | None:
        """See MediaStore."""
        head = self._head(key)
        return None if head is None else MediaObject(key, head["LastModified"].timestamp(), head["ContentLength"])

    def link(self, key: str, mime: str, disposition: str) -> str | None:
        """See MediaStore: a signed address at the public endpoint, where one is set and the storage answers."""
        if self._public is None:
            return None
        try:
            is_there = self._head(key) is not None
        except DomainError:  # what is in the cache is sent from there
            return None
        if not is_there:
            raise FileNotFoundError(key)
        shown_as: dict[str, str] = {"ResponseContentType": mime, "ResponseCacheControl": "private, max-age=86400"}
        if disposition:
            shown_as["ResponseContentDisposition"] = disposition
        values = self._named(key) | shown_as
        return str(self._public.generate_presigned_url("get_object", values, ExpiresIn=LINK_SECONDS))

    def hash_of(self, key: str) -> str | None:
        """See MediaStore: what it was stored with, or what its bytes have where somebody else stored it."""
        head = self._head(key)
        if head is None or SHA256 in head["Metadata"]:
            return None if head is None else str(head["Metadata"][SHA256])
        with self.open(key) as data, _words():
            return hash_of_stream(data)

    def delete(self, key: str) -> None:
        """See MediaStore."""
        with _words():
            self._client.delete_object(**self._named(key))
        self._cache.delete(key)

    def delete_all(self, prefix: str) -> None:
        """See MediaStore."""
        for stored in list(self.files(prefix)):
            self.delete(stored.key)
        self._cache.delete_all(prefix)

    def files(self, prefix: str) -> Iterator[MediaObject]:
        """See MediaStore."""
        for page in self._pages(prefix):
            for item in page.get("Contents", ()):
                key = item["Key"].removeprefix(self._prefix)
                yield MediaObject(key, item["LastModified"].timestamp(), item["Size"])

    def names_under(self, prefix: str) -> list[str]:
        """See MediaStore."""
        pages = self._pages(prefix, Delimiter="/")
        folders = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", ())]
        return [folder.rstrip("/").rsplit("/", 1)[-1] for folder in folders]

    def clean_cache(self) -> None:
        """Let go of what nobody reads, the longest unread first, until the cache is within its size."""
        files = []
        for path in self._cache.folder.rglob("*"):
            with suppress(FileNotFoundError):  # another process cleans too
                if path.is_file():
                    files.append((path, path.stat()))
        left = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda file: file[1].st_atime):
            unread = seconds_since(stat.st_atime)
            if unread > UNUSED_SECONDS or (left > self._most_bytes and unread > IN_USE_SECONDS):
                path.unlink(missing_ok=True)
                left -= stat.st_size

    def _brought_here(self, key: str) -> Path:
        """Copy an object into the cache, unless its bytes are not those that were stored."""
        scratch_key = f"{key.rsplit('/', 1)[0]}/.{os.urandom(8).hex()}"
        target, scratch = self._cache.folder / key, self._cache.folder / scratch_key
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _words():
                answer = self._client.get_object(**self._named(key))
                with _Body(answer["Body"]) as data, scratch.open("wb") as out:
                    shutil.copyfileobj(data, out, CHUNK)
            expected = answer["Metadata"].get(SHA256)
            if expected and self._cache.hash_of(scratch_key) != expected:
                raise _damaged(key)
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
        self._brought += target.stat().st_size
        if self._brought > min(CLEANED_AFTER, self._most_bytes // 4):
            self._brought = 0
            self.clean_cache()
        return target

    def _is_there_still(self, key: str) -> bool:
        try:
            if self._head(key) is None:
                return False
        except DomainError as error:
            log.warning("media_read_from_cache", code=error.code)
            return True
        with suppress(FileNotFoundError):
            os.utime(self._cache.folder / key)
        return True

    def _head(self, key: str) -> Any:
        with suppress(FileNotFoundError), _words():
            return self._client.head_object(**self._named(key))
        return None

    def _pages(self, prefix: str, **options: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_objects_v2")
        with _words():
            yield from pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix, **options)

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}


def bucket_at(url: str, settings: Mapping[str, Any]) -> BucketStore:
    """The storage at `s3://bucket/prefix?endpoint=https://host&region=name`, with the keys of the settings.

    `public` is where browsers reach it.
    """
    # A connection is not shared with a parent: each process has a client of its own.
    identity = (os.getpid(), url, settings["MEDIA_S3_KEY"], settings["MEDIA_S3_SECRET"], settings["INSTANCE_PATH"])
    if identity not in _stores:
        parts = urlsplit(url)
        options, prefix = dict(parse_qsl(parts.query)), unquote(parts.path).strip("/")
        name = hashlib.sha256(url.encode()).hexdigest()[:12]
        _stores[identity] = BucketStore(
            _client(options, settings),
            parts.netloc,
            f"{prefix}/" if prefix else "",
            Path(settings["INSTANCE_PATH"]) / "media-cache" / name,
            settings["MEDIA_CACHE_BYTES"],
            _client({**options, "endpoint": options["public"]}, settings) if options.get("public") else None,
        )
    return _stores[identity]


def _client(options: Mapping[str, str], settings: Mapping[str, Any]) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        signature_version="s3v4",
        s3={"addressing_style": "path" if options.get("endpoint") else "auto"},
        request_checksum_calculation="when_required",  # storages other than Amazon's know no more
        response_checksum_validation="when_required",
        proxies={},
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=options.get("endpoint") or None,
        region_name=options.get("region") or "us-east-1",
        aws_access_key_id=settings["MEDIA_S3_KEY"],
        aws_secret_access_key=settings["MEDIA_S3_SECRET"],
        config=config,
    )


@contextmanager
def _words() -> Iterator[None]:
    """Say what is wrong with the storage in words; what is not there is a FileNotFoundError."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in MISSING:
            raise FileNotFoundError(code) from None
        log.warning("media_storage_refused", code=code, status=status)
        raise _away() if status >= 500 or status == 429 else _refused(code) from None
    except (BotoCoreError, HTTPClientError, S3UploadFailedError) as error:
        log.warning("media_storage_away", error=type(error).__name__)
        raise _away() from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _cache_is_full() from None
        raise


def _away() -> DomainError:
    return DomainError(
        gettext("The media storage does not answer."),
        code="MEDIA_AWAY",
        cure=gettext("Try again in a few minutes. Nothing was lost, and nothing was stored."),
        status=503,
        retryable=True,
    )


def _refused(code: str) -> DomainError:
    return DomainError(
        gettext("The media storage refuses what was asked of it (%(code)s).", code=code),
        code="MEDIA_REFUSED",
        cure=gettext("Whoever runs IGNY8 checks MEDIA_URL, MEDIA_S3_KEY and MEDIA_S3_SECRET."),
        status=503,
        retryable=True,
    )


def _damaged(key: str) -> DomainError:
    log.error("media_damaged", key=key)
    return DomainError(
        gettext("The media storage gave other bytes than were stored."),
        code="MEDIA_DAMAGED",
        cure=gettext("Upload the file again, or have whoever runs IGNY8 restore it from a backup."),
        status=503,
    )


def _used_now(path: Path) -> None:
    """Note that the file was read; its time of change says when the storage was asked last."""
    os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def _cache_is_full() -> DomainError:
    return DomainError(
        gettext("The disk that media are read through is full."),
        code="MEDIA_FULL",
        cure=gettext("Try again when whoever runs IGNY8 has made room."),
        status=503,
        retryable=True,
    )
