"""What went wrong at an AI service, as a sentence with a cure; and whether trying again may help."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import openai

from app.ai.completions import ErrorInside, error_in
from app.core.errors import DomainError, Unavailable
from app.core.http import OutboundError

_KEY = re.compile(r"api[ _-]?key|invalid.{0,20}\bkey\b|unauthori[sz]ed|authentication", re.IGNORECASE)
_FILTER = re.compile(r"content[ _-]?(?:filter|policy|management policy)|responsible ?ai|safety", re.IGNORECASE)
_LENGTH = re.compile(
    r"context[ _-]?(?:length|window)|maximum context|too many tokens|prompt is too long", re.IGNORECASE
)
_CREDIT = re.compile(
    r"insufficient[ _-]?(?:quota|balance|funds|credit)|exceeded your current quota|out of credits", re.IGNORECASE
)
_ROLES = re.compile(
    r"system (?:role|message|prompt)|roles? must alternate|alternat\w+ (?:user|roles?)|role.{0,30}not supported",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal of the service: status (0: none came), its name for it, and what it said."""

    status: int
    code: str
    message: str
    retry_after: float | None = None

    @property
    def is_out_of_credit(self) -> bool:
        """The account there has no money: trying again does not help."""
        return self.status == 402 or bool(_CREDIT.search(f"{self.code} {self.message}"))

    @property
    def is_worth_retrying(self) -> bool:
        """True for what passes by itself: overload, limits, faults of the service."""
        return self.status >= 500 or (self.status in (408, 409, 425, 429) and not self.is_out_of_credit)

    @property
    def is_about_roles(self) -> bool:
        """True when the model's chat template takes no system turn, or insists on turns that alternate."""
        return self.status in (400, 422, 500) and bool(_ROLES.search(self.message))

    @property
    def may_be_the_format(self) -> bool:
        """True for a refusal that is of none of the known kinds: the response format may not be supported."""
        return self.status in (400, 404, 415, 422, 501) and self.kind == "AI_REQUEST_REFUSED"

    @property
    def kind(self) -> str:
        """The code of the sentence for it."""
        words = f"{self.code} {self.message}"
        if self.is_out_of_credit:
            return "AI_NO_CREDIT"
        if self.status == 429:
            return "AI_RATE_LIMITED"
        if self.status >= 500:
            return "AI_SERVICE_FAILED"
        if self.status in (400, 422) and _FILTER.search(words):
            return "AI_REFUSED"
        if self.status == 413 or (self.status in (400, 422) and _LENGTH.search(words)):
            return "AI_REQUEST_TOO_LARGE"
        if self.status == 401 or (self.status in (400, 403) and _KEY.search(words)):
            return "AI_KEY_INVALID"
        return {403: "AI_FORBIDDEN", 404: "AI_MODEL_MISSING"}.get(self.status, "AI_REQUEST_REFUSED")


def failure_of(error: openai.APIStatusError) -> Failure:
    """The refusal in the SDK's error, whatever form its body has."""
    try:
        body = json.loads(error.response.content)
    except ValueError:
        body = None
    inside = error_in(body.get("error", body) if isinstance(body, Mapping) else body) if body else None
    message = inside.args[0] if inside else str(error)
    return Failure(error.status_code, inside.code if inside else "", message[:2000], _retry_after(error))


def failure_inside(error: ErrorInside) -> Failure:
    """An error that came with status 200."""
    return Failure(error.status, error.code, str(error)[:2000])


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None  # no such header, or a date: the usual wait does


def blocked_error(error: openai.APIError) -> OutboundError | None:
    """The guard's error, when it did not let the request through."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OutboundError):
        cause = cause.__cause__
    return cause if isinstance(cause, OutboundError) and cause.kind == "blocked" else None


def explain_connection(error: openai.APIError, details: dict[str, str]) -> DomainError:
    """For a request that nobody answered."""
    if isinstance(error, openai.APITimeoutError):
        return timeout_error(details)
    if refusal := blocked_error(error):
        return DomainError(
            "The address of the AI service is not called.",
            code="AI_BLOCKED",
            cure="If it belongs to your own network, add its host to ALLOWED_PRIVATE_HOSTS; else check "
            "OPENAI_BASE_URL.",
            details={**details, "answer": refusal.message},
        )
    return Unavailable(
        "The AI service cannot be reached.",
        code="AI_UNREACHABLE",
        cure="Check OPENAI_BASE_URL and the network connection, then try again.",
        details=details,
    )


def timeout_error(details: dict[str, str]) -> DomainError:
    """For an answer that did not come, or not whole, in the time there was."""
    return Unavailable(
        "The AI service did not answer in time.",
        code="AI_TIMEOUT",
        cure="Try again in a few minutes, or with fewer items.",
        details=details,
    )


def refused_error(reason: str) -> DomainError:
    """For a model that will not answer this."""
    return DomainError(
        f"The model declined to answer{': ' + reason[:200] if reason else '.'}",
        code="AI_REFUSED",
        cure="Change the title, description or keywords, or choose another model.",
    )


def too_long_error(model: str) -> DomainError:
    """For an answer that was cut off."""
    return DomainError(
        "The model stopped before its answer was complete.",
        code="AI_ANSWER_TOO_LONG",
        cure="Choose fewer items at once, or a model with a larger output limit.",
        details={"model": model},
    )


_PASSING = {
    "AI_RATE_LIMITED": ("The AI service is limiting our requests.", "Wait a few minutes and try again."),
    "AI_SERVICE_FAILED": ("The AI service failed with status {status}.", "Try again in a few minutes."),
}
_LASTING = {
    "AI_NO_CREDIT": (
        "The account at the AI service has no credit left.",
        "Add credit there or use another key, then try again.",
    ),
    "AI_KEY_INVALID": (
        "The AI service does not accept the key.",
        "Check OPENAI_API_KEY: it may be mistyped, deleted, or meant for another endpoint.",
    ),
    "AI_FORBIDDEN": (
        "The AI service does not allow this key to use the model.",
        "Give the key access to the model, or choose another one with OPENAI_MODEL.",
    ),
    "AI_MODEL_MISSING": (
        "The AI service does not know the model.",
        "Set OPENAI_MODEL to a model of this endpoint, and check that OPENAI_BASE_URL usually ends in /v1.",
    ),
    "AI_REQUEST_TOO_LARGE": ("The request is too large for the AI service.", "Choose fewer items at once."),
    "AI_REQUEST_REFUSED": (
        "The AI service refused the request.",
        "Read its answer in the details; the model “{model}” may not support what was asked of it.",
    ),
}


def explain_failure(failure: Failure, model: str, details: dict[str, str]) -> DomainError:
    """The sentence and the cure for a refusal; `details` are shown to who asks for them."""
    details = {**details, "status": str(failure.status)}
    if failure.kind == "AI_REFUSED":
        return refused_error("")
    values = {"status": failure.status, "model": model}
    if failure.kind in _PASSING:
        message, cure = _PASSING[failure.kind]
        return Unavailable(message.format(**values), code=failure.kind, cure=cure, details=details)
    message, cure = _LASTING[failure.kind]
    return DomainError(message, code=failure.kind, cure=cure.format(**values), details=details)
