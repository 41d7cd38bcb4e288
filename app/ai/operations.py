"""What can be asked of a model. Each operation is one file in `app/ai/tasks`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel

from app.ai.endpoints import Endpoint
from app.ai.templates import Template, Variable
from app.core.errors import DomainError

if TYPE_CHECKING:
    from app.ai.client.endpoint_requests import EndpointSession

RequestT = TypeVar("RequestT", bound=BaseModel)
AnswerT = TypeVar("AnswerT", bound=BaseModel)
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take: tokens of its answer, seconds until its first word and until its end, items asked for."""

    answer_tokens: int = 8_000
    first_token_seconds: float = 60.0
    total_seconds: float = 300.0
    items: int = 200


class AnswerRejected(ValueError):
    """The answer has its form but not what was asked for.

    The model is sent `problem` once and may answer again; a person is shown `error` if that does not help.
    """

    def __init__(self, problem: str, error: DomainError | None = None) -> None:
        super().__init__(problem)
        self.error = error


@dataclass(frozen=True)
class Operation(Generic[RequestT, AnswerT, ResultT]):
    """One thing that a model does for us.

    `values` gives each variable's value for a request. `check` makes the result of an answer and its raw text, and
    raises AnswerRejected for one that does not serve. `builtin` does it without a model; None if that is not possible.
    """

    key: str
    title: str
    request: type[RequestT]
    answer: type[AnswerT]
    template: Template
    variables: tuple[Variable, ...]
    values: Callable[[RequestT], Mapping[str, str]]
    check: Callable[[RequestT, AnswerT, str], ResultT]
    credit_operation: str
    builtin: Callable[[RequestT], ResultT] | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Raise DomainError when the shipped template names an unknown variable."""
        self.template.check(self.variables)


@dataclass(frozen=True)
class StoredOperation(Generic[RequestT, ResultT]):
    """One thing that is made from what models answered before: no model is asked, so there is no prompt and no limit.

    `read` raises DomainError for what cannot be read.
    """

    key: str
    title: str
    request: type[RequestT]
    read: Callable[[RequestT], ResultT]
    credit_operation: str


@dataclass(frozen=True, slots=True)
class DirectLimits:
    """What one call without words may take: tokens of its answer, seconds and bytes of an answer, seconds of all.

    `images` are those of an answer.
    """

    answer_tokens: int = 0
    answer_seconds: float = 60.0
    total_seconds: float = 180.0
    answer_bytes: int = 32 * 1024 * 1024
    images: int = 0


@dataclass(frozen=True)
class DirectOperation(Generic[RequestT, ResultT]):
    """One thing that a model does for us without talking: it draws, or embeds.

    `prompt` is what is recorded of a request; it raises DomainError for one that cannot be asked. `send` asks, and
    gives the result with the tokens sent and answered; it raises AnswerUnusable for an answer that does not serve.
    `chosen` are those of the endpoints that serve a request, `missing` what a person reads where there is none.
    """

    key: str
    title: str
    request: type[RequestT]
    prompt: Callable[[RequestT], str]
    send: Callable[["EndpointSession", RequestT], tuple[ResultT, int, int]]
    missing: Callable[[], DomainError]
    credit_operation: str
    chosen: Callable[[Sequence[Endpoint], RequestT], Sequence[Endpoint]] = lambda endpoints, request: endpoints
    limits: DirectLimits = field(default_factory=DirectLimits)
