"""Plain requests to an endpoint, for what chat calls do not do: guarded, bounded, never repeated."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests

from app.ai.call_context import CallCancelled
from app.ai.client import openai_errors
from app.ai.client.completions import ErrorInside, error_in
from app.ai.client.openai_errors import Failure
from app.ai.client.transport import OPENAI
from app.ai.endpoints import Endpoint
from app.ai.providers.places import place_of
from app.core import http, http_stream
from app.core.errors import DomainError
from app.core.http import HttpResponse, OutboundError
from app.core.http_stream import Patience, never

MAX_BYTES = 4 * 1024 * 1024


class RequestRefused(Exception):
    """The endpoint answered and did not do it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True)
class EndpointSession:
    """The way to an endpoint until a time (monotonic seconds); each request of it lasts `seconds` at most.

    Once `is_cancelled`, which is asked from another thread, the connection is cut, and CallCancelled raised.
    """

    endpoint: Endpoint
    private_hosts: tuple[str, ...]
    until: float
    seconds: float
    max_bytes: int = MAX_BYTES
    is_cancelled: Callable[[], bool] = never

    def get(self, path: str) -> Any:
        """The JSON answer to a GET. Raises RequestRefused, and DomainError for what no other request would mend."""
        return self._json(self._answer("GET", path, None))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that is answered to a POST; raises like `get`."""
        return self._json(self._answer("POST", path, body))

    def post_for_text(self, path: str, body: Mapping[str, Any]) -> str:
        """The text that is answered to a POST, as it is; raises like `get`."""
        return self._answer("POST", path, body).text

    def explained(self, failure: Failure, model: str = "") -> DomainError:
        """The sentence and cure for a refusal."""
        details = self._details(failure.message)
        return openai_errors.explain_failure(failure, model or self.endpoint.model, details, place_of(self.endpoint))

    def download(self, url: str) -> bytes:
        """The body at an address that the endpoint gave; the key is not sent there. Raises OutboundError."""
        seconds = max(0.01, min(self.seconds, self.until - time.monotonic()))
        with http.make_session(self.private_hosts) as session:
            answer = http.fetch(session, "GET", url, read_seconds=seconds, max_bytes=self.max_bytes, follow=True)
        if answer.status != 200:
            raise OutboundError("broken", f"It answers with {answer.status}.")
        return answer.body

    def _answer(self, method: str, path: str, body: Mapping[str, Any] | None) -> HttpResponse:
        headers = {"Authorization": f"Bearer {self.endpoint.api_key}", "Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        seconds = min(self.seconds, self.until - time.monotonic())
        if seconds <= 0:
            raise openai_errors.timeout_error(self._details(""), place_of(self.endpoint))
        url = f"{self.endpoint.base_url or OPENAI}{path}"
        try:
            answer = self._read(method, url, headers, data, seconds)
        except OutboundError as error:
            if self.is_cancelled():
                raise CallCancelled from error
            raise self._unreached(error) from error
        self._check(answer, url)
        return answer

    def _read(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None, seconds: float
    ) -> HttpResponse:
        began = time.monotonic()
        patience = Patience(began + seconds, self.is_cancelled)
        with (
            http.make_session(self.private_hosts) as session,
            closing(
                http_stream.stream(
                    session, method, url, headers=headers, data=data, patience=patience, max_bytes=self.max_bytes
                )
            ) as answer,
        ):
            body = b"".join(answer.chunks())
        return HttpResponse(answer.status, answer.headers, body, url, time.monotonic() - began)

    def _check(self, answer: HttpResponse, url: str) -> None:
        if 300 <= answer.status < 400:
            target = urljoin(url, str(answer.headers.get("Location") or ""))
            raise DomainError(
                f"The address leads on to {target[:200]}.",
                code="AI_REDIRECTED",
                field="base_url",
                cure="Enter the address that it ends at: requests with a key follow no redirect.",
            )
        if not 200 <= answer.status < 300:
            raise RequestRefused(
                openai_errors.failure_in(answer.status, answer.body, answer.headers.get("Retry-After"))
            )

    def _json(self, answer: HttpResponse) -> Any:
        try:
            data = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise openai_errors.not_compatible(self._details(answer.text), place_of(self.endpoint)) from error
        if isinstance(data, Mapping) and data.get("error"):
            raise RequestRefused(openai_errors.failure_inside(error_in(data["error"])))
        return data

    def _unreached(self, error: OutboundError) -> DomainError:
        place, details = place_of(self.endpoint), self._details(error.message)
        if error.kind == "blocked":
            return openai_errors.blocked(error, details, place)
        if error.kind == "timeout":
            return openai_errors.timeout_error(details, place)
        if error.kind == "too_large":
            return openai_errors.too_large_error(details, place, error.message)
        return openai_errors.unreachable(details, place, error.message)

    def _details(self, answer: str) -> dict[str, str]:
        key = self.endpoint.api_key
        if len(key) >= 8:
            answer = answer.replace(key, "[the key]")
        return {"endpoint": self.endpoint.base_url or OPENAI, "answer": answer[:300]}


def may_have_worked(error: DomainError) -> bool:
    """Whether the endpoint had the whole request when this went wrong: it may want to be paid for its answer."""
    cause = error.__cause__
    if not isinstance(cause, OutboundError):
        return error.code == "AI_NOT_COMPATIBLE"
    never_connected = isinstance(cause.__cause__, requests.ConnectTimeout)
    return cause.kind in ("timeout", "too_large", "broken") and not never_connected


def refused_inside(error: ErrorInside) -> RequestRefused:
    """An error within an answer, as the refusal that it is."""
    return RequestRefused(openai_errors.failure_inside(error))
