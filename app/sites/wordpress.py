"""The one file that knows how a WordPress is called: transports, envelope, signed answers.

Contract: docs/wire-contract.md. A call is never repeated once the plugin may have acted on it,
except by the caller, who has the run id that makes it safe.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic_core import from_json

from app.core import http
from app.sites import admin_post, barriers, login_pages, notices, server_pages, signing
from app.sites.wordpress_errors import WordPressError, from_outbound, from_plugin, wordpress_error

NAMESPACE = "/igny8/v1/"
TRANSPORTS = (1, 2, 3)
CONTRACT = 1
LOOPBACK = ("127.0.0.1", "localhost", "::1")
BATCH = "application/x-igny8-images"


@dataclass(frozen=True)
class Credentials:
    """What is needed to call one site: plain values, so that no database row is held meanwhile.

    `paired`: the plugin has reported this address itself.
    """

    site_id: int
    url: str
    key_id: str
    secret: str
    transport: int = 1
    envelope: bool = False
    login: http.Login | None = None
    admin_post: str = ""
    paired: bool = False


@dataclass(frozen=True)
class _Way:
    """A way to the plugin; `admin_post_url` is the address of admin-post.php for the third transport."""

    transport: int
    envelope: bool
    admin_post_url: str


class WordPressClient:
    """Calls one site's plugin. `transport` and `envelope` tell afterwards what worked.

    An answer of more than `max_bytes`, unpacked, is refused.
    """

    def __init__(
        self, credentials: Credentials, allowed_private_hosts: list[str], *, max_bytes: int = http.MAX_BYTES
    ) -> None:
        self._credentials = credentials
        self._max_bytes = max_bytes
        self._session = http.make_session(allowed_private_hosts)
        self.transport = credentials.transport
        self.envelope = credentials.envelope
        self.admin_post_url = credentials.admin_post or admin_post.default_address(credentials.url)

    def __enter__(self) -> "WordPressClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def used_other_transport(self) -> bool:
        """Whether another transport or address than that of the credentials got through."""
        usual_address = self._credentials.admin_post or admin_post.default_address(self._credentials.url)
        before = (self._credentials.transport, self._credentials.envelope, usual_address)
        return (self.transport, self.envelope, self.admin_post_url) != before

    def get(self, name: str, query: Mapping[str, str] | None = None, *, read_seconds: float = 20) -> dict[str, Any]:
        """GET a plugin route; its `result`. Raises WordPressError."""
        return self._call("GET", name, query or {}, b"", "application/json", read_seconds)

    def post(self, name: str, body: Mapping[str, Any], *, read_seconds: float = 60) -> dict[str, Any]:
        """POST JSON to a plugin route; its `result`. Raises WordPressError."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return self._call("POST", name, {}, data, "application/json", read_seconds)

    def upload(
        self, query: Mapping[str, str], images: Sequence[tuple[Mapping[str, Any], bytes]], *, read_seconds: float = 60
    ) -> dict[str, Any]:
        """POST images with their fields to `upload-image` as one batch; its `result`. Raises WordPressError."""
        listed = [{**fields, "size": len(data)} for fields, data in images]
        body = json.dumps(listed, separators=(",", ":")).encode() + b"\n" + b"".join(data for _fields, data in images)
        return self._call("POST", "upload-image", {**query, "batch": "1"}, body, BATCH, read_seconds)

    def upload_file(self, query: Mapping[str, str], data: bytes, *, read_seconds: float = 60) -> dict[str, Any]:
        """POST a document, sound or film to `upload-file`; its `result`. Raises WordPressError."""
        return self._call("POST", "upload-file", query, data, BATCH, read_seconds)

    def _call(
        self, method: str, name: str, query: Mapping[str, str], body: bytes, mime: str, read_seconds: float
    ) -> dict[str, Any]:
        misses: list[WordPressError] = []
        for attempt in self._ways(misses):
            try:
                result = self._attempt(attempt, method, name, query, body, mime, read_seconds)
            except _NotReached as miss:
                # The plugin did not see the request: the next transport may get through.
                misses.append(miss.error)
                continue
            except _HeadersStripped:
                attempt = replace(attempt, envelope=True)
                result = self._attempt(attempt, method, name, query, body, mime, read_seconds)
            self.transport, self.envelope, self.admin_post_url = (
                attempt.transport,
                attempt.envelope,
                attempt.admin_post_url,
            )
            return result
        raise misses[0]

    def _ways(self, misses: list[WordPressError]) -> Iterator[_Way]:
        """The way that worked last, the other transports, and if `misses` hint at it the third one elsewhere."""
        first = _Way(self.transport, self.envelope, self.admin_post_url)
        yield first
        yield from (replace(first, transport=number) for number in TRANSPORTS if number != first.transport)
        is_elsewhere = admin_post.may_be_elsewhere(misses[0])
        addresses = (
            admin_post.candidate_addresses(self._session, self._credentials.url, self._credentials.login)
            if is_elsewhere
            else ()
        )
        yield from (
            replace(first, transport=3, admin_post_url=address)
            for address in addresses
            if address != first.admin_post_url
        )

    def _attempt(
        self, way: _Way, method: str, name: str, query: Mapping[str, str], body: bytes, mime: str, seconds: float
    ) -> dict[str, Any]:
        signed = signing.sign_request(
            self._credentials.secret,
            site=str(self._credentials.site_id),
            key=self._credentials.key_id,
            method=method,
            route=NAMESPACE + name,
            query=query,
            body=body,
        )
        headers, data = {"Content-Type": mime, "Accept": "application/json"}, body
        if urlsplit(self._credentials.url).hostname in LOOPBACK:
            headers["Accept-Encoding"] = "identity"  # packing costs more than sending within one machine
        if way.envelope:
            headers["Content-Type"], data = "application/json", _wrap(signed, body, mime)
        else:
            headers |= signed.as_headers()
        try:
            answer = http.fetch(
                self._session,
                "POST" if way.envelope else method,
                self._address(way, name, query),
                headers=headers,
                data=data or None,
                read_seconds=seconds,
                max_bytes=self._max_bytes,
                login=self._credentials.login,
            )
        except http.OutboundError as error:
            raise from_outbound(error) from error
        return self._understand(answer, signed, way)

    def _address(self, way: _Way, name: str, query: Mapping[str, str]) -> str:
        base = self._credentials.url.rstrip("/")
        if way.transport == 1:
            return f"{base}/wp-json{NAMESPACE}{name}" + (f"?{urlencode(query)}" if query else "")
        if way.transport == 2:
            return f"{base}/?" + urlencode({"rest_route": NAMESPACE + name, **query})
        return f"{way.admin_post_url}?" + urlencode({"action": "igny8", "igny8_route": name, **query})

    def _understand(self, answer: http.HttpResponse, signed: signing.SignedHeaders, way: _Way) -> dict[str, Any]:
        text, signature, document = _unwrap(answer, way.envelope)
        if not isinstance(document, dict) or "ok" not in document:
            if printed := server_pages.printed_output_error(answer):
                raise printed  # WordPress answered: it may have acted on the call
            raise _NotReached(explain_answer(answer, document, password_sent=self._credentials.login is not None))
        if document["ok"] is not True:
            error = document.get("error")
            if isinstance(error, dict) and error.get("code") == "SIGNATURE_MISSING" and not way.envelope:
                raise _HeadersStripped()
            raise from_plugin(error if isinstance(error, dict) else {}, answer.status)
        try:
            signing.verify_response(
                signature,
                self._credentials.secret,
                site=signed.site,
                key=signed.key,
                nonce=signed.nonce,
                status=answer.status,
                body=text,
            )
        except signing.SignatureError as error:
            raise wordpress_error("ANSWER_UNSIGNED") from error
        result = document.get("result")
        return result if isinstance(result, dict) else {}


class _NotReached(Exception):
    """Something other than the plugin answered."""

    def __init__(self, error: WordPressError) -> None:
        super().__init__(error.code)
        self.error = error


class _HeadersStripped(Exception):
    """The plugin answered that our headers did not arrive."""


def _wrap(signed: signing.SignedHeaders, body: bytes, mime: str) -> bytes:
    """The body envelope of the contract: text as `body`, other bytes as `body_base64`."""
    envelope: dict[str, Any] = {"igny8_envelope": signed.as_envelope()}
    if mime == "application/json":
        envelope["body"] = body.decode()
    else:
        envelope["body_base64"] = base64.b64encode(body).decode()
    return json.dumps(envelope).encode()


def _unwrap(answer: http.HttpResponse, envelope: bool) -> tuple[bytes, str, Any]:
    """Signed bytes, signature and parsed document of an answer."""
    document = _json(answer.body)
    if envelope and isinstance(document, dict) and isinstance(document.get("igny8_envelope"), dict):
        inner = str(document.get("body", "")).encode()
        return inner, str(document["igny8_envelope"].get("signature", "")), _json(inner)
    return answer.body, answer.headers.get("X-IGNY8-Response-Signature", ""), document


def _json(body: bytes) -> Any:
    try:
        return from_json(body)  # twice as fast as the standard library's, which forgives more
    except ValueError:
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def explain_answer(answer: http.HttpResponse, document: Any, *, password_sent: bool = False) -> WordPressError:
    """Why something else than the plugin answered (pure)."""
    facts = {"status": answer.status, "address": urlsplit(answer.url)._replace(query="").geturl()}
    code = document.get("code") if isinstance(document, dict) else None
    error = (
        barriers.site_password_error(answer, password_sent=password_sent)
        or _error_of_wordpress(code, answer)
        or server_pages.server_page_error(answer)
        or barriers.firewall_error(answer)
        or login_pages.login_gate_error(answer)
        or barriers.refusal_error(answer)
        or server_pages.status_error(answer)
        or login_pages.sign_in_error(answer, password_sent=password_sent)
        or notices.notice_error(answer)
        or _by_status(answer)
    )
    error.details = {**facts, **error.details}
    return error


def _error_of_wordpress(code: Any, answer: http.HttpResponse) -> WordPressError | None:
    if code == "rest_no_route":
        return wordpress_error("PLUGIN_MISSING", details={"reason": code})
    if isinstance(code, str) and answer.status in (401, 403):
        return wordpress_error("REST_CLOSED", details={"reason": code})
    return None


def _by_status(answer: http.HttpResponse) -> WordPressError:
    page, status = answer.text[:20_000].lower(), answer.status
    if status in (301, 302, 303, 307, 308):
        return wordpress_error("REDIRECTS", details={"location": answer.headers.get("Location", "")[:300]})
    if status == 503:
        return server_pages.unavailable_error(answer)
    if status >= 500:
        return wordpress_error("SERVER_ERROR")
    if status in (403, 406):
        is_wordpress = notices.WP_DIE.search(page)
        return (
            wordpress_error("REST_CLOSED", details={"reason": "wp_die"})
            if is_wordpress
            else wordpress_error("FIREWALL")
        )
    if "wp-content" in page or "wordpress" in page:
        return wordpress_error("PLUGIN_MISSING")
    return barriers.challenge_error(answer) or wordpress_error("NOT_WORDPRESS")


def visit_page(
    url: str, allowed_private_hosts: list[str], *, seconds: float = 15, login: http.Login | None = None
) -> http.HttpResponse:
    """Fetch a page of the site as a visitor would, who knows the site's password if it has one.

    Raises WordPressError when nothing comes back.
    """
    with http.make_session(allowed_private_hosts) as session:
        try:
            return http.fetch(session, "GET", url, read_seconds=seconds, follow=True, headers=VISITOR, login=login)
        except http.OutboundError as error:
            raise from_outbound(error) from error


def serves_plain_http(url: str, allowed_private_hosts: list[str]) -> bool:
    """True when something answers at this very address and does not send on to https."""
    with http.make_session(allowed_private_hosts) as session:
        try:
            answer = http.fetch(session, "GET", url, read_seconds=10, headers=VISITOR)
        except http.OutboundError:
            return False
    return not answer.headers.get("Location", "").lower().startswith("https://")


# No word of caches: visitors say none, and what a cache keeps for them is what they see.
VISITOR = {"Accept": "text/html,*/*;q=0.8"}
