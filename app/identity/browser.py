"""Signing this browser in and out. For routes only."""

from flask import current_app, g, request, session
from flask_login import login_user, logout_user
from flask_login.utils import current_user

from app.core import audit
from app.identity import devices, sessions
from app.identity.models import User


def sign_in(user: User, *, remember: bool = False) -> None:
    """A fresh session for this person: nothing of the one before survives. Commit afterwards."""
    session.clear()
    user.session_key = sessions.start_session(
        user, ip=request.remote_addr or "", user_agent=str(request.user_agent), remembered=remember
    )
    login_user(user, remember=remember)
    devices.remember_device(user.email)
    g.user_id, g.actor_name = user.id, audit_name(user)
    audit.record_for_person(user.id, "person.signed_in", subject=user.email)


def sign_out() -> None:
    """End this browser's session for good. Commit afterwards."""
    if current_user.is_authenticated:
        sessions.end_by_key(current_user.id, current_user.session_key)
        audit.record_for_person(current_user.id, "person.signed_out", subject=current_user.email)
    logout_user()
    remembered = session.get("_remember")  # Flask-Login asks for its cookie to be cleared by this
    session.clear()
    if remembered:
        session["_remember"] = remembered


def rotate_session(user: User) -> None:
    """Another key for this browser, after what the person may do has changed. Commit afterwards."""
    user.session_key = sessions.rotate(user.id, user.session_key)
    session["_user_id"] = user.get_id()
    if current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies:
        session["_remember"] = "set"


def audit_name(user: User) -> str:
    """How the audit log calls a person."""
    return f"{user.name} <{user.email}>"
