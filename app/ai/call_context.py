"""What the gateway is given beside a request, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from app.ai.endpoints import Endpoint
from app.ai.metering import Tokens
from app.core.errors import DomainError
from app.core.http_stream import never
from app.core.runs.context import Cancelled

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class CallContext:
    """For which run and subject a call is made.

    `on_text` is given the answer so far, each time more of it comes, and begins anew when another endpoint is tried;
    `cancelled` is asked while the call lasts, also from other threads; `deadline` is the end on the monotonic clock.
    `endpoints` are asked in place of those of the route, to try a model. `spender` is what else has a cap of its own
    for each day, by kind and id: ``rule:12``.
    """

    run_id: UUID | None = None
    subject: str = ""
    on_text: Callable[[str], None] | None = None
    cancelled: Callable[[], bool] = never
    deadline: float | None = None
    endpoints: tuple[Endpoint, ...] = ()
    spender: str = ""


@dataclass(frozen=True, slots=True)
class Answered(Generic[ResultT]):
    """A result and how it came to be. `raw` is what the model answered, empty for the built-in way.

    `cost_micros` (millionths of a US dollar) is None where the price is not known, `call_id` where nothing is recorded.
    `is_own`: a provider of the account's own answered, which the account pays itself.
    """

    result: ResultT
    raw: str
    model: str
    tokens: Tokens
    cost_micros: int | None
    call_id: int | None
    prompt_version: int
    is_builtin: bool
    is_own: bool = False


class CallFailed(Exception):
    """An endpoint gave no answer that serves: `error` says so to a person.

    `passes` when the same may work in a moment; `retry_after` are the seconds that the endpoint asks to wait.
    """

    def __init__(self, error: DomainError, *, passes: bool = False, retry_after: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.passes = passes
        self.retry_after = retry_after


class AnswerUnusable(Exception):
    """An answer that came, and may have to be paid, but does not serve: `error` says so to a person."""

    def __init__(self, error: DomainError, sent: int, answered: int) -> None:
        super().__init__(error.message)
        self.error, self.sent, self.answered = error, sent, answered


class EndpointPaused(Exception):
    """The endpoint failed again and again, and nobody calls it now."""


class CallCancelled(Cancelled):
    """Nobody wants the answer any more. A run that lets it through ends as cancelled."""
