"""Structured logs: one JSON line per event on standard error, with request and run ids."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

import structlog

SECRET_WORDS = (
    "password", "secret", "token", "authorization", "api_key", "signature", "connection_key", "cookie", "email",
    "recipient",
)  # fmt: skip
HIDDEN = "[hidden]"
_PATTERNS = (
    # What PostgreSQL tells of the row that it refused.
    (re.compile(r"(DETAIL:|Failing row contains|Key \().*"), r"\1 " + HIDDEN),
    (re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
    (re.compile(r"\b(?:Bearer|Basic) +[\w.~+/=-]{6,}", re.I), HIDDEN),
    # API tokens of ours, keys of OpenAI and Stripe, what `encrypt` makes.
    (re.compile(r"\b(?:igny8_|sk-|sk_|rk_|whsec_|gAAAAA)[\w=-]{12,}"), HIDDEN),
    (re.compile(r"([?&](?:t|token|key|code|password)=)[^&\s\"']+"), r"\1" + HIDDEN),
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+@"), r"\1" + HIDDEN + "@"),
)
_known: list[str] = []  # the secrets of this installation


def scrub(text: str) -> str:
    """`text` without addresses of people and without what opens something."""
    for secret in _known:
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {
            key: HIDDEN if any(word in str(key).lower() for word in SECRET_WORDS) else _clean(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else scrub(str(value))


def _hide_secrets(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    kept = {key: value for key, value in event.items() if key.startswith("_")}  # structlog's own
    rest = {key: value for key, value in event.items() if not key.startswith("_")}
    cleaned: dict[str, Any] = _clean(rest)
    return {**cleaned, **kept}


def configure(level: str = "INFO", *, pretty: bool = False, secrets: Iterable[str] = ()) -> None:
    """Set structlog and the standard library's logging to one output, in which none of `secrets` appears."""
    _known[:] = sorted({secret for secret in secrets if len(secret) >= 8}, key=len, reverse=True)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)  # each refusal would be told, with the address


def get_logger(name: str) -> Any:
    """A logger whose calls take an event name and keyword facts."""
    return structlog.get_logger(name)
