"""Signing between the app and its WordPress plugin, both directions: docs/wire-contract.md, "Signing".

Pure functions: no clock, database or settings. The vectors in tests/contract hold the plugin to the same.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets as randomness
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

WINDOW_SECONDS = 300
SECRET_BYTES = 32
RESPONSE_HEADER = "X-IGNY8-Response-Signature"
ENVELOPE = "igny8_envelope"
# These name the transport, not the request: they differ from one transport to the next.
TRANSPORT_PARAMETERS = frozenset({"rest_route", "action", "igny8_route"})
KEY_PREFIX = "igny8-"
_UNRESERVED = "-._~"

Query = str | Mapping[str, str] | Iterable[tuple[str, str]]


class SignatureError(Exception):
    """A signature that does not hold; ``code`` is the contract's."""

    code = "SIGNATURE_INVALID"

    def __init__(self, message: str, **details: int | str) -> None:
        super().__init__(message)
        self.details = details


class SignatureMissing(SignatureError):
    """The five fields did not arrive."""

    code = "SIGNATURE_MISSING"


class SignatureInvalid(SignatureError):
    """The request or the answer is not what was signed."""

    code = "SIGNATURE_INVALID"


class KeyUnknown(SignatureError):
    """No such key for this site."""

    code = "KEY_UNKNOWN"


class TimestampOutOfRange(SignatureError):
    """The two clocks differ by more than 300 s; ``details["server_time"]`` is ours."""

    code = "TIMESTAMP_OUT_OF_RANGE"


class NonceReplayed(SignatureError):
    """This very request came before."""

    code = "NONCE_REPLAYED"


class ConnectionKeyInvalid(ValueError):
    """The text is not a connection key of version 1."""


@dataclass(frozen=True)
class SignedHeaders:
    """The five fields of a signed request; they travel as headers or as an envelope in the body."""

    site: str
    key: str
    timestamp: str
    nonce: str
    signature: str

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "SignedHeaders":
        """Read the five headers, whatever their case; raises SignatureMissing when one is absent."""
        by_name = {name.lower(): value for name, value in headers.items()}
        return cls._of({name: by_name.get(f"x-igny8-{name}", "") for name in cls.__dataclass_fields__})

    @classmethod
    def from_envelope(cls, envelope: Mapping[str, Any]) -> "SignedHeaders":
        """Read the envelope of a body; raises SignatureMissing when a field is absent."""
        return cls._of({name: str(envelope.get(name, "")) for name in cls.__dataclass_fields__})

    @classmethod
    def _of(cls, values: dict[str, str]) -> "SignedHeaders":
        if absent := [name for name, value in values.items() if not value]:
            raise SignatureMissing(f"The request carries no signature ({', '.join(absent)} missing).")
        return cls(**values)

    def as_headers(self) -> dict[str, str]:
        """Return the fields as HTTP headers."""
        return {f"X-IGNY8-{name.capitalize()}": value for name, value in self.as_envelope().items()}

    def as_envelope(self) -> dict[str, str]:
        """Return the fields as they stand in ``igny8_envelope``."""
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class ConnectionKey:
    """What the text that a person pastes in the plugin carries."""

    app: str
    site: str
    key: str
    secret: str


def new_secret() -> str:
    """Return 32 random bytes as base64url without padding."""
    return _to_base64url(randomness.token_bytes(SECRET_BYTES))


def new_key_id() -> str:
    """Return a random key id of 16 hex digits."""
    return randomness.token_hex(8)


def canonical_query(query: Query) -> str:
    """Encode each pair by RFC 3986, leave the transport's out, sort by name then value (encoded bytes)."""
    pairs = [
        (quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED))
        for name, value in _query_pairs(query)
        if name.decode("utf-8", "replace") not in TRANSPORT_PARAMETERS
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def sign_request(
    secret: str,
    *,
    site: str,
    key: str,
    method: str,
    route: str,
    query: Query = "",
    body: bytes = b"",
    timestamp: int | None = None,
    nonce: str | None = None,
) -> SignedHeaders:
    """Sign a request. ``secret`` is base64url; ``timestamp`` is Unix seconds, now when left out."""
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    unique = nonce or randomness.token_hex(16)
    signature = _request_signature(secret, site, key, method, route, query, stamp, unique, body)
    return SignedHeaders(site=site, key=key, timestamp=stamp, nonce=unique, signature=signature)


def verify_request(
    received: SignedHeaders | Mapping[str, str],
    *,
    site: str,
    secrets: Mapping[str, str],
    method: str,
    route: str,
    query: Query = "",
    body: bytes = b"",
    now: int,
    remember_nonce: Callable[[str, str], bool],
) -> SignedHeaders:
    """Check a request and return its fields, or raise a SignatureError.

    ``secrets`` maps key ids to base64url secrets (two during a rotation). ``remember_nonce(key, nonce)`` stores
    the nonce and returns False when it was there already; it is called only once all else holds.
    """
    fields = received if isinstance(received, SignedHeaders) else SignedHeaders.from_headers(received)
    if fields.site != site or fields.key not in secrets:
        raise KeyUnknown("The request was signed with a key that is not known here.")
    if not re.fullmatch(r"[0-9a-f]{32}", fields.nonce) or not re.fullmatch(r"[0-9]{1,12}", fields.timestamp):
        raise SignatureInvalid("The signature's nonce or timestamp has the wrong form.")
    expected = _request_signature(
        secrets[fields.key], site, fields.key, method, route, query, fields.timestamp, fields.nonce, body
    )
    if not _same(expected, fields.signature):
        raise SignatureInvalid("The signature does not fit the request.")
    if abs(now - int(fields.timestamp)) > WINDOW_SECONDS:
        raise TimestampOutOfRange("The two clocks differ by more than 5 minutes.", server_time=now)
    if not remember_nonce(fields.key, fields.nonce):
        raise NonceReplayed("This request came before.")
    return fields


def sign_response(secret: str, *, site: str, key: str, nonce: str, status: int, body: bytes) -> str:
    """Sign an answer to the request that carried ``nonce``."""
    return _hmac(secret, ["v1-response", site, key, nonce, str(status), hashlib.sha256(body).hexdigest()])


def verify_response(
    signature: str | None, secret: str, *, site: str, key: str, nonce: str, status: int, body: bytes
) -> None:
    """Check an answer; raises SignatureMissing or SignatureInvalid."""
    if not signature:
        raise SignatureMissing("The answer carries no signature.")
    if not _same(sign_response(secret, site=site, key=key, nonce=nonce, status=status, body=body), signature):
        raise SignatureInvalid("The answer's signature does not fit.")


def encode_connection_key(*, app: str, site: str, key: str, secret: str) -> str:
    """Return the text that is pasted in the plugin's settings."""
    fields = {"v": 1, "app": app, "site": site, "key": key, "secret": secret}
    return KEY_PREFIX + _to_base64url(json.dumps(fields, separators=(",", ":")).encode())


def decode_connection_key(text: str) -> ConnectionKey:
    """Read a connection key; raises ConnectionKeyInvalid. White space around and inside is forgiven."""
    compact = "".join(text.split())
    if not compact.startswith(KEY_PREFIX):
        raise ConnectionKeyInvalid(f"A connection key starts with {KEY_PREFIX}.")
    try:
        fields = json.loads(_from_base64url(compact.removeprefix(KEY_PREFIX)))
        app, site, key, secret = (fields[name] for name in ("app", "site", "key", "secret"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConnectionKeyInvalid("The connection key is not whole: copy it again.") from None
    if fields.get("v") != 1:
        raise ConnectionKeyInvalid("The connection key is of another version.")
    valid = all(isinstance(value, str) and value for value in (app, site, key, secret))
    if not valid or not re.match(r"https?://[^/]", app) or len(_secret_or_nothing(secret)) != SECRET_BYTES:
        raise ConnectionKeyInvalid("The connection key is not whole: copy it again.")
    return ConnectionKey(app=app, site=site, key=key, secret=secret)


def _query_pairs(query: Query) -> list[tuple[bytes, bytes]]:
    text = query if isinstance(query, str) else urlencode(list(_as_pairs(query)))
    pairs = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_decode(name), _decode(value)))
    return pairs


def _as_pairs(query: Mapping[str, str] | Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return query.items() if isinstance(query, Mapping) else query


def _decode(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " "))


def _request_signature(
    secret: str,
    site: str,
    key: str,
    method: str,
    route: str,
    query: Query,
    timestamp: str,
    nonce: str,
    body: bytes,
) -> str:
    digest = hashlib.sha256(body).hexdigest()
    return _hmac(
        secret,
        ["v1", site, key, method.upper(), route, canonical_query(query), timestamp, nonce, digest],
    )


def _hmac(secret: str, lines: list[str]) -> str:
    return hmac.new(_from_base64url(secret), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def _same(expected: str, received: str) -> bool:
    return hmac.compare_digest(expected.encode(), received.encode("utf-8", "replace"))


def _to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _secret_or_nothing(text: str) -> bytes:
    try:
        return _from_base64url(text)
    except (ValueError, binascii.Error):
        return b""
