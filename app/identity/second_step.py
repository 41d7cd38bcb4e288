"""Between password and session: the code of the second factor, when it is on. For routes only."""

import time

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.core import audit
from app.core.access import public
from app.core.errors import DomainError
from app.core.extensions import db, limiter
from app.identity import browser, people, totp
from app.identity.blueprints import bp
from app.identity.models import User

public("auth.second_factor", "auth.second_factor_post")
PENDING = "pending_sign_in"
PENDING_SECONDS = 300
HOME = "dashboard.index"


def safe_target(target: str | None) -> str:
    """`target` when it is a path of this app, else the dashboard: no open redirect."""
    if target and target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\")):
        return target
    return url_for(HOME)


def continue_sign_in(user: User, *, remember: bool, target: str | None) -> Response:
    """After the right password: sign in, or go on to the second factor. Commits."""
    if not totp.is_enabled(user):
        browser.sign_in(user, remember=remember)
        db.session.commit()
        return redirect(safe_target(target), code=303)
    session.clear()
    session[PENDING] = {
        "user": user.id,
        "epoch": user.session_epoch,
        "until": int(time.time()) + PENDING_SECONDS,
        "remember": bool(remember),
        "target": target or "",
    }
    db.session.commit()
    return redirect(url_for("auth.second_factor"), code=303)


def _pending_user() -> User | None:
    """The person who gave the right password in this browser within the last minutes."""
    pending = session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return None
    user = people.user_of_id(pending["user"])
    return (
        user if user and user.is_active and user.session_epoch == pending["epoch"] and totp.is_enabled(user) else None
    )


def _limit_key() -> str:
    return f"second-factor:{(session.get(PENDING) or {}).get('user', request.remote_addr)}"


@bp.get("/login/code/")
def second_factor() -> str | Response:
    """Ask for the code."""
    if _pending_user() is None:
        return redirect(url_for("auth.login"), code=303)
    return render_template("auth/code.html", error=None)


@bp.post("/login/code/")
@limiter.limit("30 per minute")
@limiter.limit("5 per 5 minutes", key_func=_limit_key, deduct_when=lambda response: response.status_code == 422)
@limiter.limit("50 per day", key_func=_limit_key, deduct_when=lambda response: response.status_code == 422)
def second_factor_post() -> Response | tuple[str, int]:
    """Sign in with a right code; 422 with the form otherwise, 429 after too many tries."""
    user = _pending_user()
    if user is None:
        return redirect(url_for("auth.login"), code=303)
    pending = session[PENDING]
    try:
        totp.check_code(user, request.form.get("code", ""))
    except DomainError as error:
        db.session.rollback()
        audit.record_for_person(user.id, "person.second_factor_failed", subject=user.email)
        db.session.commit()
        return render_template("auth/code.html", error=f"{error.message} {error.cure}"), 422
    browser.sign_in(user, remember=pending["remember"])
    db.session.commit()
    return redirect(safe_target(pending["target"]), code=303)
