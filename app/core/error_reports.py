"""Crashes told to Sentry, where SENTRY_DSN says so: each log line of an exception, without addresses and secrets.

Nothing else is sent: no bodies, headers, local variables or breadcrumbs. `requirements-observe.txt` has the client.
"""

import sys
from typing import Any

from flask import Flask

from app.config import ConfigError
from app.core import logs

TAGS = ("run_id", "request_id", "path", "job", "subscriber")
SHUTDOWN_SECONDS = 2


def init_app(app: Flask) -> None:
    """Begin to report, if SENTRY_DSN is set. Raises ConfigError when the client is not installed."""
    dsn = app.config["SENTRY_DSN"]
    logs.on_exception(None)
    if not dsn:
        return
    try:
        import sentry_sdk
    except ImportError:
        raise ConfigError(
            "SENTRY_DSN is set: install its client with pip install -r requirements-observe.txt."
        ) from None
    sentry_sdk.init(
        dsn=dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=True,
        max_breadcrumbs=0,
        before_send=_scrubbed_event,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    logs.on_exception(_report)


def _report(name: str, facts: dict[str, Any]) -> None:
    """Tell of the exception that is being handled; `name` is that of the log line."""
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        scope.set_tag("event", name)
        for tag in TAGS:
            if facts.get(tag):
                scope.set_tag(tag, str(facts[tag]))
        scope.capture_exception(sys.exc_info()[1])
    if "run_id" in facts:  # the process of a run may end without a word
        sentry_sdk.flush(timeout=SHUTDOWN_SECONDS)


def _scrubbed_event(event: Any, _hint: Any) -> Any:
    """The event with texts as the log has them, without this machine's name and the installed packages."""
    return logs.clean({name: value for name, value in event.items() if name not in ("server_name", "modules")})
