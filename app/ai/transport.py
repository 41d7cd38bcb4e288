"""The HTTP client of the `openai` SDK: its requests go through the same guard as all others."""

from collections.abc import Iterable

import httpx2

from app.core import http

LEFT_TO_US = frozenset({"host", "connection", "content-length", "accept-encoding"})
NO_LONGER_TRUE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class GuardedTransport(httpx2.BaseTransport):
    """Each request is one `http.fetch`: guarded, bounded, never repeated, following no redirect."""

    def __init__(self, allowed_private_hosts: Iterable[str]) -> None:
        self._session = http.make_session(allowed_private_hosts)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The whole answer. Raises httpx2's errors, with the OutboundError as their cause."""
        seconds = (request.extensions.get("timeout") or {}).get("read") or http.READ_SECONDS
        headers = {name: value for name, value in request.headers.items() if name.lower() not in LEFT_TO_US}
        try:
            answer = http.fetch(
                self._session,
                request.method,
                str(request.url),
                headers=headers,
                data=request.read(),
                read_seconds=seconds,
            )
        except http.OutboundError as error:
            kind = httpx2.ReadTimeout if error.kind == "timeout" else httpx2.ConnectError
            raise kind(error.message, request=request) from error
        response_headers = [
            (name, value) for name, value in answer.headers.items() if name.lower() not in NO_LONGER_TRUE
        ]
        return httpx2.Response(answer.status, headers=response_headers, content=answer.body, request=request)

    def close(self) -> None:
        """Close what is open."""
        self._session.close()


def guarded_client(allowed_private_hosts: Iterable[str]) -> httpx2.Client:
    """A client for the SDK. It asks no proxy of the environment and follows no redirect by itself."""
    return httpx2.Client(transport=GuardedTransport(allowed_private_hosts), trust_env=False, follow_redirects=False)
