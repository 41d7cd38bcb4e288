"""Structured logs: one JSON line per event on standard error, with request and run ids."""

import ipaddress
import logging
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TextIO

import structlog

SECRET_WORDS = (
    "password",
    "secret",
    "token",
    "authorization",
    "api_key",
    "signature",
    "connection_key",
    "cookie",
    "email",
    "recipient",
    "remote_addr",
    "user_agent",
)
HIDDEN = "[hidden]"
_PEOPLE = (
    # What PostgreSQL reports of the row that it refused.
    (re.compile(r"(DETAIL:|Failing row contains|Key \().*"), r"\1 " + HIDDEN),
    (re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
)
_SECRETS = (
    (re.compile(r"\b(?:Bearer|Basic) +[\w.~+/=-]{6,}", re.I), HIDDEN),
    # API tokens and connection keys of ours, keys of OpenAI and Stripe, what `encrypt` makes, password hashes.
    (re.compile(r"\b(?:(?:sk-|sk_|rk_|whsec_|gAAAAA)[\w=-]{12,}|igny8_[\w-]{40,}|igny8-[\w-]{60,})"), HIDDEN),
    (re.compile(r"\$argon2\w*\$\S+"), HIDDEN),
    (re.compile(r"([?&](?:t|token|key|code|password|secret)=)[^&\s\"']+"), r"\1" + HIDDEN),
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+@"), r"\1" + HIDDEN + "@"),
)
_known: list[str] = []  # the secrets of this installation
Reporter = Callable[[str, dict[str, Any]], None]
_reporters: list[Reporter] = []  # who else is told of exceptions


_ADDRESS = re.compile(
    r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\w|\.[0-9])|(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?!\w)", re.I
)


def scrub(text: str) -> str:
    """`text` without people's addresses (e-mail, IP) and without secrets."""
    text = scrub_secrets(text)
    for pattern, instead in _PEOPLE:
        text = pattern.sub(instead, text)
    return _ADDRESS.sub(_hide_address, text)


def scrub_secrets(text: str) -> str:
    """`text` without secrets, for what people of the account may read."""
    for secret in _known:
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _hide_address(match: re.Match[str]) -> str:
    """Hide an IP address, which may be a person's.

    This machine's own addresses stay, as they say where something runs.
    """
    text = match[0]
    end = ":" if text.endswith(":") and not text.endswith("::") else ""  # of the sentence
    try:
        is_own = ipaddress.ip_address(text.removesuffix(end)).is_loopback
    except ValueError:
        return text
    return text if is_own else f"[address]{end}"


def clean(value: Any) -> Any:
    """The value with its texts scrubbed, and without what is called as a secret is."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {
            key: HIDDEN if any(word in str(key).lower() for word in SECRET_WORDS) else clean(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else scrub(str(value))


def on_exception(report: Reporter | None) -> None:
    """Tell this function, and no other, of each log line of an exception while it is handled; None: nobody."""
    _reporters[:] = [report] if report else []


def _tell_of_exception(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if event.get("exc_info"):
        for report in _reporters:
            with suppress(Exception):  # what reports must not break what is reported
                report(str(event.get("event", "")), dict(event))
    return event


def _hide_secrets(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    structlog_keys = {key: value for key, value in event.items() if key.startswith("_")}  # structlog's own
    rest = {key: value for key, value in event.items() if not key.startswith("_")}
    cleaned: dict[str, Any] = clean(rest)
    return {**cleaned, **structlog_keys}


class _StandardError:
    """Standard error; where what stood in its place at first is closed, what is standard error by now."""

    def __init__(self) -> None:
        self._first = sys.stderr

    def write(self, text: str) -> int:
        return self._now.write(text)

    def flush(self) -> None:
        self._now.flush()

    @property
    def _now(self) -> TextIO:
        return sys.stderr if self._first.closed else self._first


def configure(level: str = "INFO", *, pretty: bool = False, secrets: Iterable[str] = ()) -> None:
    """Set structlog and the standard library's logging to one output, in which none of `secrets` appears."""
    _known[:] = sorted({secret for secret in secrets if len(secret) >= 8}, key=len, reverse=True)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_of_exception,
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    output: Any = _StandardError()
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    handler = logging.StreamHandler(output)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)  # each refusal would be logged, with the address


def get_logger(name: str) -> Any:
    """A logger whose calls take an event name and keyword facts."""
    return structlog.get_logger(name)
