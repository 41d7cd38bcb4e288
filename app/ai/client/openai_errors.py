"""What went wrong at an AI service, as a sentence with a cure; and whether trying again may help."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.ai.client.completions import ErrorInside, error_in
from app.ai.providers.places import INSTALLATION, ProviderName
from app.core.errors import DomainError, Unavailable
from app.core.http import OutboundError
from app.core.languages import gettext

_KEY = re.compile(r"api[ _-]?key|invalid.{0,20}\bkey\b|unauthori[sz]ed|authentication", re.IGNORECASE)
_FILTER = re.compile(
    r"content[ _-]?(?:filter|policy|management policy)|responsible ?ai|safety|moderation|flagged", re.IGNORECASE
)
_MODEL = re.compile(
    r"model_not_found|(?:model|deployment)\b.{0,120}(?:does not exist|not found|not exist)|"
    r"not a valid model|(?:no such|unknown|invalid) model",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"response_format|json_schema|json_object|structured output|requested parameters", re.IGNORECASE)
_LENGTH = re.compile(
    r"context[ _-]?(?:length|window)|maximum context|too many tokens|prompt is too long", re.IGNORECASE
)
_CREDIT = re.compile(
    r"insufficient[ _-]?(?:quota|balance|funds|credit)|exceeded your current quota|out of credits|"
    r"(?:credit )?balance is too low",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"system (?:role|message|prompt)|roles? must alternate|alternat\w+ (?:user|roles?)|role.{0,30}not supported",
    re.IGNORECASE,
)


_LIMIT = re.compile(r"max_(?:completion_|output_|new_)?tokens", re.IGNORECASE)
_STREAMING = re.compile(r"stream", re.IGNORECASE)


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
        return (self.status >= 500 or self.status in (408, 409, 425, 429)) and not self.is_out_of_credit

    @property
    def is_about_roles(self) -> bool:
        """True when the model's chat template takes no system turn, or insists on turns that alternate."""
        return self.status in (400, 422, 500) and bool(_ROLES.search(self.message))

    @property
    def is_about_streaming(self) -> bool:
        """True when the endpoint says that it does not stream, or not with all that was asked of the stream."""
        return bool(_STREAMING.search(self.message))

    @property
    def is_about_limit(self) -> bool:
        """True when the endpoint does not take how many tokens it may answer with, or not under this name."""
        return self.status in (400, 422) and bool(_LIMIT.search(self.message))

    @property
    def may_be_the_format(self) -> bool:
        """True for a refusal that names the response format, or is of none of the known kinds."""
        if self.status in (400, 404, 415, 422, 500, 501) and _FORMAT.search(self.message):
            return True
        return self.status in (400, 415, 422) and self.kind == "AI_REQUEST_REFUSED"

    @property
    def is_about_form(self) -> bool:
        """True for a refusal that another form of the same request may not meet."""
        return self.is_about_roles or self.is_about_limit or self.may_be_the_format

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
        if self.status in (400, 403, 422) and _FILTER.search(words):
            return "AI_REFUSED"
        if self.status == 413 or (self.status in (400, 422) and _LENGTH.search(words)):
            return "AI_REQUEST_TOO_LARGE"
        if self.status == 401 or (self.status in (400, 403, 404, 422) and _KEY.search(words)):
            return "AI_KEY_INVALID"
        if self.status in (400, 422) and _MODEL.search(words):
            return "AI_MODEL_MISSING"
        if 300 <= self.status < 400:
            return "AI_REDIRECTED"
        return {403: "AI_FORBIDDEN", 404: "AI_MODEL_MISSING"}.get(self.status, "AI_REQUEST_REFUSED")


def failure_in(status: int, body: bytes, retry_after: str | None = None, otherwise: str = "") -> Failure:
    """The refusal that an answer is, whatever form its body has. `otherwise`: its words when the body has none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    inside = error_in(data.get("error", data) if isinstance(data, Mapping) else data) if data else None
    message = inside.args[0] if inside else otherwise
    return Failure(status, inside.code if inside else "", message[:2000], _seconds(retry_after))


def failure_inside(error: ErrorInside) -> Failure:
    """An error that came with status 200."""
    return Failure(error.status, error.code, str(error)[:2000])


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None  # no such header, or a date: the usual wait does


def may_pass(error: OutboundError) -> bool:
    """Whether the same request may get through in a moment."""
    return error.kind not in ("blocked", "too_large")


def explain_connection(
    error: OutboundError, details: dict[str, str], place: ProviderName = INSTALLATION
) -> DomainError:
    """For a request that nobody answered."""
    if error.kind == "timeout":
        return timeout_error(details, place)
    if error.kind == "blocked":
        return blocked(error, details, place)
    if error.kind == "too_large":
        return too_long_error(details.get("model", ""))
    return unreachable(details, place, error.message if error.kind == "broken" else "")


def blocked(refusal: OutboundError, details: dict[str, str], place: ProviderName = INSTALLATION) -> DomainError:
    """For an address that the guard does not call."""
    return DomainError(
        f"The address of {place.service} is not called.",
        code="AI_BLOCKED",
        cure=place.inside,
        details={**details, "answer": refusal.message},
    )


def unreachable(details: dict[str, str], place: ProviderName = INSTALLATION, reason: str = "") -> DomainError:
    """For a service without a connection; `reason` is a sentence."""
    return Unavailable(
        f"{_begin(place.service)} cannot be reached. {reason}".strip(),
        code="AI_UNREACHABLE",
        cure=f"Check {place.address} and the network connection, then try again.",
        details=details,
    )


def timeout_error(details: dict[str, str], place: ProviderName = INSTALLATION) -> DomainError:
    """For an answer that did not come, or not whole, in the time there was."""
    return Unavailable(
        f"{_begin(place.service)} did not answer in time.",
        code="AI_TIMEOUT",
        cure="Try again in a few minutes, or with fewer items.",
        details=details,
    )


def too_large_error(details: dict[str, str], place: ProviderName, reason: str) -> DomainError:
    """For an answer that is larger than any that serves; `reason` is a sentence."""
    return DomainError(
        f"What {place.service} answered cannot be used. {reason}",
        code="AI_ANSWER_INVALID",
        cure="Try again, or choose another model under Settings → AI.",
        details=details,
    )


def not_compatible(details: dict[str, str], place: ProviderName = INSTALLATION) -> DomainError:
    """For an answer that no such service gives."""
    what = f"at the address of {place.service} " if place.provider else ""
    return DomainError(
        f"What answered {what}is not an OpenAI-compatible AI service.",
        code="AI_NOT_COMPATIBLE",
        cure=f"Check that {place.address} names such an endpoint; it usually ends in /v1.",
        details=details,
    )


def _begin(words: str) -> str:
    return words[:1].upper() + words[1:]


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


def unlimited_error(details: dict[str, str]) -> DomainError:
    """For an endpoint whose answers can be held to no length, where money is capped."""
    return DomainError(
        gettext(
            "There is a spending cap, and the length of answers of %(model)s cannot be limited, so no call can be held "
            "to it.",
            model=details["model"],
        ),
        code="AI_NO_LENGTH_LIMIT",
        cure=gettext(
            "Choose a model whose service takes max_tokens or streams its answers, or remove the cap under AI limits."
        ),
        details=details,
    )


_PASSING = {
    "AI_RATE_LIMITED": ("{service} is limiting our requests.", "Wait a few minutes and try again."),
    "AI_SERVICE_FAILED": ("{service} failed with status {status}.", "Try again in a few minutes."),
}
_LASTING = {
    "AI_NO_CREDIT": (
        "The account at {service} has no credit left.",
        "Add credit there or use another key, then try again.",
    ),
    "AI_KEY_INVALID": (
        "{service} does not accept the key.",
        "Check {key}: it may be mistyped, deleted, or meant for another endpoint.",
    ),
    "AI_FORBIDDEN": (
        "{service} does not allow this key to use the model.",
        "Give the key access to the model, or {other_model}.",
    ),
    "AI_MODEL_MISSING": (
        "{service} does not know the model “{model}”.",
        "{Other_model}, one that this endpoint has, and check {address}: it usually ends in /v1.",
    ),
    "AI_REDIRECTED": (
        "The address of {service} leads on to another one.",
        "Set {address} to the one that it ends at: requests with a key follow no redirect.",
    ),
    "AI_REQUEST_TOO_LARGE": ("The request is too large for {service}.", "Choose fewer items at once."),
    "AI_REQUEST_REFUSED": (
        "{service} refused the request.",
        "Read its answer in the details; the model “{model}” may not support what was asked of it.",
    ),
}


def explain_failure(
    failure: Failure, model: str, details: dict[str, str], place: ProviderName = INSTALLATION
) -> DomainError:
    """The sentence and the cure for a refusal; `details` are shown to who asks for them."""
    details = {**details, "status": str(failure.status)}
    if failure.kind == "AI_REFUSED":
        return refused_error("")
    message, cure = {**_PASSING, **_LASTING}[failure.kind]
    values = {
        "status": failure.status,
        "model": model,
        "service": place.service,
        "key": place.key,
        "address": place.address,
        "other_model": place.other_model,
        "Other_model": _begin(place.other_model),
    }
    kind = Unavailable if failure.kind in _PASSING else DomainError
    return kind(_begin(message.format(**values)), code=failure.kind, cure=cure.format(**values), details=details)
