"""The HTTP client of the `stripe` SDK: its requests go through the same guard as all others."""

from collections.abc import Iterable, Mapping
from typing import Any

import stripe

from app.core import http, tallies

FOR_GOOD = frozenset({"blocked", "tls", "redirects", "too_large"})


class GuardedClient(stripe.HTTPClient):
    """Each request is one `http.fetch`: guarded, bounded, following no redirect. The SDK repeats what may pass."""

    name = "guarded"

    def __init__(self, allowed_private_hosts: Iterable[str], seconds: float) -> None:
        super().__init__()
        self._session = http.make_session(allowed_private_hosts)
        self._seconds = seconds

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """Body, status and headers; raises stripe.APIConnectionError."""
        data = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = http.fetch(
                self._session, method.upper(), url, headers=headers, data=data, read_seconds=self._seconds
            )
        except http.OutboundError as error:
            tallies.tally("stripe_failures")
            failure: Any = stripe.APIConnectionError  # has no types of its own
            raise failure(error.message, should_retry=error.kind not in FOR_GOOD) from error
        if answer.status == 401 or answer.status >= 500:
            tallies.tally("stripe_failures")
        return answer.text, answer.status, answer.headers

    def close(self) -> None:
        """Close what is open."""
        self._session.close()
