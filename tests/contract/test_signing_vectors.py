"""Python and PHP sign and judge the same vectors alike."""

import base64
import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from app.sites import signing

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "signing-vectors.json").read_text())
FIELDS = ("site", "key", "timestamp", "nonce", "signature")


def each(group: str) -> Any:
    return pytest.mark.parametrize("vector", VECTORS[group], ids=lambda vector: vector["name"])


def body_of(vector: dict[str, Any]) -> bytes:
    encoded = vector.get("body_base64")
    return vector["body"].encode() if encoded is None else base64.b64decode(encoded)


@each("requests")
def test_a_request_is_signed_as_the_vector_says(vector: dict[str, Any]) -> None:
    signed = signing.sign_request(
        vector["secret"],
        site=vector["site"],
        key=vector["key"],
        method=vector["method"],
        route=vector["route"],
        query=vector["query"],
        body=body_of(vector),
        timestamp=int(vector["timestamp"]),
        nonce=vector["nonce"],
    )
    assert signing.canonical_query(vector["query"]) == vector["sorted_query"]
    assert signed.signature == vector["signature"]


@each("judged_requests")
def test_a_request_is_judged_as_the_vector_says(vector: dict[str, Any]) -> None:
    code = ""
    try:
        signing.verify_request(
            {f"X-IGNY8-{name}": vector[name] for name in FIELDS},
            site=vector["known_site"],
            secrets=vector["known_keys"],
            method=vector["method"],
            route=vector["route"],
            query=vector["query"],
            body=body_of(vector),
            now=vector["now"],
            remember_nonce=lambda key, nonce: True,
        )
    except signing.SignatureError as problem:
        code = problem.code
    assert code == vector["expect"]


@each("responses")
def test_an_answer_is_signed_as_the_vector_says(vector: dict[str, Any]) -> None:
    fields = {name: vector[name] for name in ("site", "key", "nonce", "status")}
    body = vector["body"].encode()
    assert signing.sign_response(vector["secret"], body=body, **fields) == vector["signature"]
    signing.verify_response(vector["signature"], vector["secret"], body=body, **fields)


@each("bad_responses")
def test_a_wrong_answer_is_refused(vector: dict[str, Any]) -> None:
    fields = {name: vector[name] for name in ("site", "key", "nonce", "status")}
    with pytest.raises(signing.SignatureError) as caught:
        signing.verify_response(vector["signature"], vector["secret"], body=vector["body"].encode(), **fields)
    assert caught.value.code == vector["expect"]


@each("connection_keys")
def test_a_connection_key_is_read(vector: dict[str, Any]) -> None:
    read = asdict(signing.decode_connection_key(vector["text"]))
    assert read == vector["fields"]
    assert asdict(signing.decode_connection_key(signing.encode_connection_key(**read))) == read


@each("bad_connection_keys")
def test_a_text_that_is_no_connection_key_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(signing.ConnectionKeyInvalid):
        signing.decode_connection_key(vector["text"])


def test_a_connection_key_of_a_thousand_brackets_is_refused() -> None:
    nested = signing.KEY_PREFIX + base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")
    with pytest.raises(signing.ConnectionKeyInvalid):
        signing.decode_connection_key(nested)


def test_a_second_use_of_a_nonce_is_refused_and_a_forgery_does_not_use_one_up() -> None:
    secret = signing.new_secret()
    seen: set[tuple[str, str]] = set()

    def remember(key: str, nonce: str) -> bool:
        fresh = (key, nonce) not in seen
        seen.add((key, nonce))
        return fresh

    def judge(body: bytes) -> None:
        signing.verify_request(
            signed,
            site="7",
            secrets={"k": secret},
            method="GET",
            route="/r",
            body=body,
            now=1000,
            remember_nonce=remember,
        )

    signed = signing.sign_request(secret, site="7", key="k", method="GET", route="/r", timestamp=1000)
    with pytest.raises(signing.SignatureInvalid):
        judge(b"forged")
    judge(b"")
    with pytest.raises(signing.NonceReplayed):
        judge(b"")


def test_the_envelope_and_the_headers_carry_the_same_fields() -> None:
    signed = signing.sign_request(signing.new_secret(), site="7", key="k", method="GET", route="/r")
    assert signing.SignedHeaders.from_envelope(signed.as_envelope()) == signed
    assert signing.SignedHeaders.from_headers(signed.as_headers()) == signed


def test_a_query_may_be_given_as_pairs_or_a_mapping() -> None:
    text = "alt=1+%2B+1&title=Stra%C3%9Fe"
    pairs = [("title", "Straße"), ("alt", "1 + 1")]
    assert signing.canonical_query(pairs) == signing.canonical_query(text)
    assert signing.canonical_query(dict(pairs)) == signing.canonical_query(text)


def test_php_agrees_with_every_vector() -> None:
    done = subprocess.run(
        ["php", "-d", "error_reporting=-1", "-d", "display_errors=stderr", str(HERE / "signing_vectors.php")],
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    assert done.stderr == ""
    assert report["failures"] == {}
    expected = 3 * len(VECTORS["requests"]) + sum(
        len(group) for name, group in VECTORS.items() if isinstance(group, list) and name != "requests"
    )
    assert report["checked"] == expected
