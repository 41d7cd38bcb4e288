"""Errors in the form that the caller reads: JSON for machines, a toast or a dialog for HTMX, a page for people."""

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request, session
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.wrappers import Response

from app.core import bodies, features
from app.core.access import is_public_endpoint
from app.core.errors import DomainError
from app.core.extensions import db, limiter, login_manager
from app.core.htmx import is_partial_request, toast
from app.core.languages import gettext, ngettext
from app.core.limits import TooManyRequests
from app.core.lock_order import ChangedMeanwhile, is_deadlock
from app.core.logs import get_logger
from app.core.one_at_a_time import Busy
from app.identity import kept_forms

PAGES = {402: "402", 403: "403", 404: "404", 429: "429", 503: "503"}
UNTOLD: dict[str, Any] = {"cure": "", "field": None, "details": {}, "retryable": False}
SHOWN_AS_DIALOG = {"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"}
log = get_logger(__name__)


def _wants_json() -> bool:
    """Whether a machine asks: at an address for machines, or at such a route with a method that it does not take."""
    if request.path.startswith(features.json_paths()) or features.is_for_machines(request.blueprint):
        return True
    refused = request.routing_exception
    if not isinstance(refused, MethodNotAllowed) or not refused.valid_methods:
        return False
    routes = current_app.create_url_adapter(request)
    assert routes is not None
    endpoint, _values = routes.match(method=next(iter(refused.valid_methods)))
    return features.is_for_machines(endpoint.rpartition(".")[0])


def _answer(status: int, error: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    if _wants_json():
        number = str(g.get("request_id", ""))
        return jsonify(ok=False, error=UNTOLD | error | {"request_id": number}), status, headers or {}
    if is_partial_request():
        return _answer_to_htmx(status, error, headers or {})
    page = PAGES.get(status, "500" if status >= 500 else "400")
    try:
        return render_template(f"errors/{page}.html", error=error, status=status), status, headers or {}
    except DBAPIError as away:  # the page's frame wanted the database
        if g.get("frameless"):
            raise
        return _unavailable(away)


def _answer_to_htmx(status: int, error: dict[str, Any], headers: dict[str, str]) -> Any:
    dialog = features.error_dialogs().get(error["code"])
    if dialog is not None and g.get("account_id") is not None:
        return render_template(dialog, error=error), status, SHOWN_AS_DIALOG
    toast(" ".join(filter(None, [error["message"], error.get("cure")])), "error", error.get("field"))
    return Response(status=status, headers={**headers, "HX-Reswap": "none"})


def _domain(error: DomainError) -> Any:
    db.session.rollback()
    return _answer(error.status, _spoken(error.as_dict()))


def _spoken(body: dict[str, Any]) -> dict[str, Any]:
    """The error in the person's language: its sentences are in English where it is also stored."""
    return body | {name: gettext(body[name]) for name in ("message", "cure") if body.get(name)}


def _too_many(error: TooManyRequests | Busy) -> Any:
    return _answer(429, error.as_dict(), {"Retry-After": str(error.seconds)})


def _csrf(error: CSRFError) -> Any:
    if not is_public_endpoint(request.endpoint) and (
        kept_form := kept_forms.kept_form_page(signed_in=current_user.is_authenticated)
    ):
        return kept_form
    cure = (
        gettext("Reload the page and send the form again.")
        if session
        else gettext("Sign in again, then send the form again.")
    )
    return _answer(400, _error_body("CSRF", gettext("This form is too old to be sent."), cure), {"X-CSRF-Refused": "1"})


def _limited(error: RateLimitExceeded) -> Any:
    seconds = _seconds_left()
    say = _error_body("TOO_MANY_REQUESTS", gettext("Too many tries in a short time."), _wait_words(seconds))
    return _answer(429, say, {"Retry-After": str(seconds)})


def _large(error: RequestEntityTooLarge) -> Any:
    message = gettext(
        "This is larger than %(most)s MB.", most=current_app.config["MAX_CONTENT_LENGTH"] // (1024 * 1024)
    )
    if isinstance(error, bodies.FormTooLarge):
        message = gettext(str(error.description))
    return _answer(413, _error_body("TOO_LARGE", message, gettext("Split it into smaller parts.")))


def _unstorable(error: DataError) -> Any:
    log.info("value_refused_by_database", error=str(error.orig).splitlines()[0])
    db.session.rollback()  # the error page reads the person and the account again
    cure = gettext("Go back, shorten it or remove characters that cannot be seen, and send it again.")
    return _answer(
        422, _error_body("VALUE_REFUSED", gettext("A value is too long or holds characters that cannot be kept."), cure)
    )


def _raced(error: Exception) -> Any:
    if isinstance(error, IntegrityError) and not isinstance(error.orig, (ForeignKeyViolation, UniqueViolation)):
        return _crash(error)
    log.warning("raced", error=str(error).splitlines()[0])
    db.session.rollback()  # the error page reads the person and the account again
    cure = gettext("Reload the page, look at what is there now, and try again.")
    return _answer(
        409, _error_body("RACED", gettext("Somebody else changed or deleted this at the same moment."), cure)
    )


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    say = {
        404: gettext("This page does not exist, or it was deleted."),
        405: gettext("This address does not take that request."),
    }
    taken = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    headers = {"Allow": ", ".join(sorted(taken))} if taken else {}
    body = _error_body(f"HTTP_{error.code}", say.get(error.code, str(error.description)), "")
    return _answer(error.code, body, headers)


def _crash(error: Exception) -> Any:
    log.exception("request_crashed")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _unavailable(error)
    _without_database()
    cure = gettext("Try again. If it happens again, tell us the number below.")
    if is_partial_request():
        number = g.get("request_id", "")
        cure = gettext("Try again. If it happens again, tell us this number: %(number)s.", number=number)
    return _answer(500, _error_body("UNEXPECTED", gettext("Something went wrong on our side."), cure))


def _seconds_left() -> int:
    """Seconds until the limit that was hit lets a request through again, at least 1."""
    breached = [limit for limit in limiter.current_limits if limit.breached]
    return max([1, *(min(limit.reset_at - int(time.time()), limit.limit.get_expiry()) for limit in breached)])


def _engine_away(error: Exception) -> Any:
    return _changed_meanwhile(error) if is_deadlock(error) else _unavailable(error)


def _changed_meanwhile(error: Exception) -> Any:
    """Answer a request that PostgreSQL ended so that another could go on: what was typed is kept where possible."""
    log.warning("deadlock", error=str(error).splitlines()[0])
    db.session.rollback()  # the error page reads the person and the account again
    conflict = ChangedMeanwhile()
    if not is_public_endpoint(request.endpoint) and (kept_form := kept_forms.raced_form_page(conflict)):
        return kept_form
    return _answer(conflict.status, conflict.as_dict(), {"Retry-After": "1"})


def _unavailable(error: Exception) -> Any:
    log.warning("database_or_redis_away", error=str(error).splitlines()[0])
    _without_database()
    cure = gettext("Nothing was lost. Wait a moment and try again.")
    return _answer(
        503,
        _error_body("UNAVAILABLE", gettext("The database or the queue does not answer."), cure),
        {"Retry-After": "10"},
    )


def _without_database() -> None:
    """Make the rest of this request render a page that does not use the database."""
    g.frameless = True
    g._login_user = login_manager.anonymous_user()
    _quiet_rollback()


def _quiet_rollback() -> None:
    try:
        db.session.remove()
    except DBAPIError:
        log.warning("rollback_failed")  # the connection is gone, and the transaction with it


def _error_body(code: str, message: str, cure: str) -> dict[str, Any]:
    return {"code": code, "message": message, "cure": cure, "details": {}}


def _wait_words(seconds: int) -> str:
    if seconds < 120:
        return ngettext("Wait %(num)s second and try again.", "Wait %(num)s seconds and try again.", seconds)
    minutes = -(-seconds // 60)
    return ngettext("Wait %(num)s minute and try again.", "Wait %(num)s minutes and try again.", minutes)


def init_app(app: Flask) -> None:
    """Answer each kind of error."""
    for kind, handler in HANDLERS:
        app.register_error_handler(kind, handler)


HANDLERS: tuple[tuple[type[Exception], Callable[[Any], Any]], ...] = (
    (DomainError, _domain),
    (TooManyRequests, _too_many),
    (Busy, _too_many),
    (CSRFError, _csrf),
    (RateLimitExceeded, _limited),
    (RequestEntityTooLarge, _large),
    (DataError, _unstorable),
    (StaleDataError, _raced),
    (IntegrityError, _raced),
    (OperationalError, _engine_away),
    (InterfaceError, _unavailable),
    (PoolTimeout, _unavailable),
    (RedisError, _unavailable),
    (HTTPException, _http),
    (Exception, _crash),
)
