"""Who may be asked now: the breaker of each endpoint, and the limits of an account and a model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.ai.call_context import CallFailed
from app.ai.endpoints import Endpoint
from app.ai.limits import breaker, slots
from app.ai.limits.breaker import SlotLease
from app.core.errors import Unavailable
from app.core.http_stream import never

BUSY, PAUSED = "AI_BUSY", "AI_PAUSED"
# Failures that stay until a person changes something, and those that pass by themselves. All others are of the request.
LASTING = frozenset(
    (
        *("AI_BLOCKED", "AI_FORBIDDEN", "AI_KEY_INVALID", "AI_MODEL_MISSING", "AI_NOT_COMPATIBLE", "AI_NO_CREDIT"),
        "AI_REDIRECTED",
    )
)
PASSING = frozenset(("AI_RATE_LIMITED", "AI_SERVICE_FAILED", "AI_TIMEOUT", "AI_UNREACHABLE"))
Verdict = Callable[[Endpoint, SlotLease | None], None]


class EndpointGate:
    """The gate that the calls of an account go through, `places` of them at once."""

    def __init__(self, account_id: int, places: int | None = None, is_cancelled: Callable[[], bool] = never) -> None:
        self._account_id = account_id
        self._places = places
        self._is_cancelled = is_cancelled

    @contextmanager
    def passed(self, endpoint: Endpoint, until: float) -> Iterator[None]:
        """Hold a place while the endpoint is asked, and report to the breaker how it went.

        Waits for a place until `until` (monotonic); raises CallFailed with AI_BUSY then, EndpointPaused while the
        breaker is open, and CallCancelled.
        """
        try:
            held = slots.take_slot(
                self._account_id, endpoint, until=until, cancelled=self._is_cancelled, places=self._places
            )
        except Unavailable as busy:
            raise CallFailed(busy, passes=True) from busy
        verdict: Verdict = breaker.undecided
        try:
            yield
            verdict = breaker.succeeded
        except CallFailed as failed:
            verdict = _verdict(failed.error.code)
            raise
        finally:
            verdict(endpoint, held.hand_over())


def _verdict(code: str) -> Verdict:
    if code in LASTING:
        return _lasting
    return _passing if code in PASSING else breaker.succeeded


def _lasting(endpoint: Endpoint, place: SlotLease | None) -> None:
    breaker.failed(endpoint, True, place)


def _passing(endpoint: Endpoint, place: SlotLease | None) -> None:
    breaker.failed(endpoint, False, place)
