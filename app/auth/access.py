"""Who is signed in, in which account, with which role: worked out once per request."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, g, redirect, request, session, url_for
from flask_login import current_user, logout_user
from sqlalchemy import select

from app.auth.models import Account, Membership, User
from app.auth.permissions import allows
from app.core.actor import current_account_id, current_user_id
from app.core.errors import Forbidden
from app.extensions import db, login_manager

__all__ = ["can", "current_account_id", "current_user_id", "init_app", "public", "requires"]

P = ParamSpec("P")
R = TypeVar("R")
SESSION_ACCOUNT = "account_id"
_public_endpoints: set[str] = {"static"}
_impersonal_endpoints: set[str] = {"static"}


def public(*endpoints: str, impersonal: bool = False) -> None:
    """Mark endpoints that answer without a signed-in person.

    `impersonal` ones do not even look who is signed in, and so need no database.
    """
    _public_endpoints.update(endpoints)
    if impersonal:
        _impersonal_endpoints.update(endpoints)


def is_public(endpoint: str | None) -> bool:
    """True when this endpoint answers strangers."""
    return endpoint in _public_endpoints


def can(permission: str) -> bool:
    """True when the person's role in the present account allows `permission`."""
    return allows(g.get("role"), permission)


def requires(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Route decorator: 403 unless the role allows `permission`."""

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not can(permission):
                raise Forbidden()
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return wrap


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load_user(session_id: str) -> User | None:
    user_id, _, epoch = session_id.partition(":")
    if not user_id.isdigit():
        return None
    user = db.session.get(User, int(user_id))
    return user if user and user.is_active and str(user.session_epoch) == epoch else None


def _membership(user: User) -> Membership | None:
    """The membership in the account chosen in the session, else the person's first."""
    stmt = select(Membership).where(Membership.user_id == user.id).order_by(Membership.id)
    memberships = db.session.scalars(stmt).all()
    chosen = session.get(SESSION_ACCOUNT)
    return next((m for m in memberships if m.account_id == chosen), memberships[0] if memberships else None)


def _to_login() -> Response:
    htmx = bool(request.headers.get("HX-Request"))
    target = _page_in_view() if htmx else request.full_path.rstrip("?") if request.method == "GET" else None
    url = url_for("auth.login", next=target) if target and target != "/" else url_for("auth.login")
    if htmx:
        return Response(status=401, headers={"HX-Redirect": url})
    return redirect(url, code=303)  # type: ignore[return-value]


def _page_in_view() -> str | None:
    """The address of the page that HTMX asks from: after signing in, the person goes on there."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return None
    return urlunsplit(("", "", page.path, page.query, "")) if page.netloc == request.host else None


def _establish() -> Response | None:
    if request.endpoint is None or request.endpoint in _impersonal_endpoints:
        return None
    if not current_user.is_authenticated:
        return None if is_public(request.endpoint) else _to_login()
    membership = _membership(current_user)
    if membership is None:
        if is_public(request.endpoint):
            return None
        logout_user()
        return _to_login()
    g.user_id = current_user.id
    g.account_id = membership.account_id
    g.role = membership.role
    g.account = db.session.get(Account, membership.account_id)
    return None


def init_app(app: Flask) -> None:
    """Bind sign-in to every request: endpoints are closed unless marked public."""
    login_manager.init_app(app)
    app.before_request(_establish)

    @app.context_processor
    def _access() -> dict[str, Any]:
        return {"can": can, "current_account": g.get("account"), "current_role": g.get("role")}
