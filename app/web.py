"""What ties the domains into one web application: blueprints, error pages, the frame's context."""

import re
import time
from typing import Any

from flask import Flask, g, jsonify, render_template, request, session
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from app import models  # noqa: F401  (completes the metadata)
from app.core import bodies, features, limits
from app.core.access import is_public
from app.core.errors import DomainError, NotFound
from app.core.extensions import db, limiter, login_manager
from app.core.htmx import is_partial_request, toast
from app.core.limits import TooManyRequests
from app.core.logs import get_logger
from app.core.one_at_a_time import Busy
from app.core.runs.services import count_active
from app.identity import kept_forms
from app.navigation import navigation

log = get_logger(__name__)
MAX_ID = 2**63 - 1
limits.exempt_self_limited("integrations", "inbound", "stripe", "health", "dashboard.root")
bodies.exempt_signed("integrations", "inbound", "stripe", "api")
limits.count_as_parts("content.image_file", "content.blocks", "planner.preview_import")
limits.never_refuse("auth.logout", "runs.cancel")
SHOWN_AS_DIALOG = {"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"}
MACHINE_PATHS = re.compile(
    r"/(?:integrations/|billing/stripe/|api/|healthz|(?:writer/tasks|content)/\d+/(?:taxonomies|relationships)/?$)"
)


def init_app(app: Flask) -> None:
    """Register everything a person can reach."""
    for feature in features.all_features():
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
    app.before_request(_refuse_impossible_ids)
    app.context_processor(_frame)
    _handle_errors(app)


def _refuse_impossible_ids() -> None:
    """An id beyond the database's integers is of no row."""
    for value in (request.view_args or {}).values():
        if isinstance(value, int) and value > MAX_ID:
            raise NotFound()


def _frame() -> dict[str, Any]:
    """What the page frame shows; nothing for strangers and error pages without a database."""
    if g.get("account_id") is None or g.get("frameless"):
        return {"nav": [], "all_sites": [], "current_site": None, "active_runs_count": 0}
    from app.billing.entitlements import entitlements_of, stripe_is_on
    from app.billing.routes import owner_names
    from app.billing.shortfall import shortfall_of
    from app.sites.current import all_sites, current_site

    site = current_site()
    return {
        "nav": navigation(request.path),
        "all_sites": all_sites(),
        "current_site": site,
        "all_accounts": g.get("accounts", []),
        "active_runs_count": count_active(g.account_id),
        "entitlements": entitlements_of(g.account_id),
        "account_owners": owner_names,
        "shortfall": shortfall_of,
        "payments_are_on": stripe_is_on,
    }


def _wants_json() -> bool:
    return MACHINE_PATHS.match(request.path) is not None


def _answer(status: int, error: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """An error in the form that the caller reads: JSON, a toast, or a page."""
    if _wants_json():
        return jsonify(ok=False, error=error), status, headers or {}
    if is_partial_request():
        if error["code"] == "NOT_ENOUGH_CREDITS" and g.get("account_id") is not None:
            return render_template("billing/_short_dialog.html", error=error), status, SHOWN_AS_DIALOG
        toast(" ".join(filter(None, [error["message"], error.get("cure")])), "error", error.get("field"))
        return Response(status=status, headers={**(headers or {}), "HX-Reswap": "none"})
    page = {402: "402", 403: "403", 404: "404", 429: "429", 503: "503"}.get(status, "500" if status >= 500 else "400")
    try:
        return render_template(f"errors/{page}.html", error=error, status=status), status, headers or {}
    except DBAPIError as away:  # the page's frame wanted the database
        if g.get("frameless"):
            raise
        return _unavailable(away)


def _handle_errors(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def _domain(error: DomainError) -> Any:
        db.session.rollback()
        return _answer(error.status, error.as_dict())

    @app.errorhandler(TooManyRequests)
    @app.errorhandler(Busy)
    def _too_many(error: TooManyRequests | Busy) -> Any:
        return _answer(429, error.as_dict(), {"Retry-After": str(error.seconds)})

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> Any:
        if not is_public(request.endpoint) and (
            kept_form := kept_forms.kept_form_page(signed_in=current_user.is_authenticated)
        ):
            return kept_form
        cure = "Reload the page and send the form again." if session else "Sign in again, then send the form again."
        return _answer(400, _error_body("CSRF", "This form is too old to be sent.", cure), {"X-CSRF-Refused": "1"})

    @app.errorhandler(RateLimitExceeded)
    def _limited(error: RateLimitExceeded) -> Any:
        seconds = _seconds_left()
        say = _error_body(
            "TOO_MANY_REQUESTS", "Too many tries in a short time.", f"Wait {_spell(seconds)} and try again."
        )
        return _answer(429, say, {"Retry-After": str(seconds)})

    @app.errorhandler(RequestEntityTooLarge)
    def _large(error: RequestEntityTooLarge) -> Any:
        message = f"This is larger than {app.config['MAX_CONTENT_LENGTH'] // (1024 * 1024)} MB."
        if isinstance(error, bodies.FormTooLarge):
            message = error.description
        return _answer(413, _error_body("TOO_LARGE", message, "Split it into smaller parts."))

    @app.errorhandler(DataError)
    def _unstorable(error: DataError) -> Any:
        log.info("value_refused_by_database", error=str(error.orig).splitlines()[0])
        db.session.rollback()  # the page that tells it reads the person and the account anew
        cure = "Go back, shorten it or remove characters that cannot be seen, and send it again."
        return _answer(
            422, _error_body("VALUE_REFUSED", "A value is too long or holds characters that cannot be kept.", cure)
        )

    @app.errorhandler(StaleDataError)
    @app.errorhandler(IntegrityError)
    def _raced(error: Exception) -> Any:
        if isinstance(error, IntegrityError) and not isinstance(error.orig, (ForeignKeyViolation, UniqueViolation)):
            return _crash(error)
        log.warning("raced", error=str(error).splitlines()[0])
        db.session.rollback()  # the page that tells it reads the person and the account anew
        cure = "Reload the page, look at what is there now, and try again."
        return _answer(409, _error_body("RACED", "Somebody else changed or deleted this at the same moment.", cure))

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    @app.errorhandler(RedisError)
    def _engine_away(error: Exception) -> Any:
        return _unavailable(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        say = {404: "This page does not exist, or it was deleted.", 405: "This address does not take that request."}
        return _answer(error.code, _error_body(f"HTTP_{error.code}", say.get(error.code, str(error.description)), ""))

    @app.errorhandler(Exception)
    def _crash(error: Exception) -> Any:
        log.exception("request_crashed")
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return _unavailable(error)
        _without_database()
        number = f"this number: {g.get('request_id', '')}" if is_partial_request() else "the number below"
        cure = f"Try again. If it happens again, tell us {number}."
        return _answer(500, _error_body("UNEXPECTED", "Something went wrong on our side.", cure))


def _seconds_left() -> int:
    """Seconds until the limit that was hit lets a request through again, at least 1."""
    breached = [limit for limit in limiter.current_limits if limit.breached]
    return max([1, *(min(limit.reset_at - int(time.time()), limit.limit.get_expiry()) for limit in breached)])


def _unavailable(error: Exception) -> Any:
    log.warning("engine_away", error=str(error).splitlines()[0])
    _without_database()
    cure = "Nothing was lost. Wait a moment and try again."
    return _answer(
        503, _error_body("UNAVAILABLE", "The database or the queue does not answer.", cure), {"Retry-After": "10"}
    )


def _without_database() -> None:
    """From here on this request shows a page that asks the database nothing."""
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


def _spell(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
