"""Who asks, in which account, with which role and for which sites: worked out once per request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.auth import api_tokens, sessions
from app.auth.browser import name_of
from app.auth.models import Account, Membership, SiteAccess, User
from app.core import hooks, limits, site_scope
from app.core.actor import current_account_id, current_user_id
from app.core.errors import DomainError, Forbidden
from app.core.extensions import db, login_manager
from app.core.roles import GRANTED_SITES_ONLY, WITHOUT_PAGES, allows
from app.core.row_security import act_for, every_account

__all__ = ["accountless", "can", "current_account_id", "current_user_id", "init_app", "offers", "public", "requires"]

P = ParamSpec("P")
R = TypeVar("R")
SESSION_ACCOUNT = "account_id"
API_PATH = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_public_endpoints: set[str] = {"static"}
_impersonal_endpoints: set[str] = {"static"}
_accountless_endpoints: set[str] = set()


@dataclass(frozen=True)
class AccountName:
    """One of the person's accounts, as the menu shows it."""

    id: int
    name: str


def public(*endpoints: str, impersonal: bool = False) -> None:
    """Mark endpoints that answer without a signed-in person.

    `impersonal` ones do not even look who is signed in, and so need no database.
    """
    _public_endpoints.update(endpoints)
    if impersonal:
        _impersonal_endpoints.update(endpoints)


def accountless(*endpoints: str) -> None:
    """Mark endpoints that need a person, but no account."""
    _accountless_endpoints.update(endpoints)


def is_public(endpoint: str | None) -> bool:
    """True when this endpoint answers strangers."""
    return endpoint in _public_endpoints


def is_accountless(endpoint: str | None) -> bool:
    """True when this endpoint answers a person who belongs to no account."""
    return endpoint in _accountless_endpoints


def can(permission: str) -> bool:
    """True when the role in the present account allows `permission`, and so does the token that was sent."""
    scopes = g.get("scopes")
    return allows(g.get("role"), permission) and (scopes is None or permission in scopes)


def offers(permission: str) -> bool:
    """What pages ask before they show a button: the role allows it, and the account may do it now.

    A read-only account is offered nothing that would be refused. Asked once per request and permission.
    """
    known: dict[str, bool] = g.setdefault("offered", {})
    if permission not in known:
        known[permission] = can(permission) and _is_let(permission)
    return known[permission]


def _is_let(permission: str) -> bool:
    if g.get("account_id") is None or g.get("frameless"):
        return True
    try:
        hooks.action_starting(g.account_id, permission)
    except DomainError:
        return False
    return True


def requires(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Route decorator: 403 unless the role allows `permission`; changes also need an account that may make them.

    Raises ValueError at once for what is not of the form ``resource:action``.
    """
    if ":" not in permission:
        raise ValueError(f"{permission} is no permission: they are called resource:action.")

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _check_role(permission)
            _count_change()
            _check_account(permission)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return wrap


def require(permission: str) -> None:
    """Raise Forbidden unless the role allows `permission`; what a change also needs is asked of the account.

    For routes of which the permission depends on the row, beside the one that all of them need.
    """
    _check_role(permission)
    _check_account(permission)


def _check_role(permission: str) -> None:
    if not can(permission):
        limits.count_refused(_who())
        raise Forbidden()


def _check_account(permission: str) -> None:
    if request.method not in SAFE and g.get("account_id") is not None:
        hooks.action_starting(g.account_id, permission)


def _who() -> str:
    """Who asks, as a key to count by."""
    return str(g.get("user_id") or "systembot")


def _count_change() -> None:
    """Count it once: a view without `requires` is counted when the request begins, the others once they are allowed."""
    account_id = g.get("account_id")
    if account_id is None or not limits.is_counted_write():
        return
    colleagues = select(Membership.id).where(Membership.account_id == account_id).limit(2)
    limits.count_write(account_id, _who(), alone=len(db.session.scalars(colleagues).all()) < 2)


def _asks_permission() -> bool:
    return hasattr(current_app.view_functions.get(request.endpoint or ""), "permission")


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load_user(session_id: str) -> User | None:
    user_id, _, rest = session_id.partition(":")
    epoch, _, key = rest.partition(":")
    if not user_id.isdigit() or not key:
        return None
    row = sessions.find(int(user_id), key)
    user = db.session.get(User, int(user_id)) if row else None
    if row is None or user is None or not user.is_active or str(user.session_epoch) != epoch:
        return None
    if sessions.is_stale(row):
        sessions.touch(row, request.remote_addr or "")
        db.session.commit()
    user.session_key = key
    return user


def _membership(user: User) -> Membership | None:
    """The membership in the account chosen in the session, else the person's first."""
    stmt = select(Membership).where(Membership.user_id == user.id).order_by(Membership.id)
    stmt = stmt.options(joinedload(Membership.account))  # the menu names them all
    with every_account("which account this request is in follows from the person's memberships"):
        memberships = db.session.scalars(stmt).all()
    g.accounts = [AccountName(row.account.id, row.account.name) for row in memberships]
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
    if request.endpoint in _impersonal_endpoints:
        return None
    if request.endpoint is None:
        _establish_frame()
        return None
    if request.path.startswith(API_PATH):
        _establish_token()
        return None
    if not current_user.is_authenticated:
        return None if is_public(request.endpoint) else _to_login()
    g.user_id, g.actor_name = current_user.id, name_of(current_user)
    membership = _membership(current_user)
    if membership is None:
        if is_public(request.endpoint) or is_accountless(request.endpoint):
            return None
        return redirect(url_for("auth.without_account"), code=303)  # type: ignore[return-value]
    if membership.role in WITHOUT_PAGES and not is_public(request.endpoint):
        raise Forbidden("SystemBot has no pages.", cure="Use an API token.")
    _enter(membership.account_id, membership.role, membership)
    if not _asks_permission():
        _count_change()
    return None


def _establish_frame() -> None:
    """The page that says that there is no such page has the menu of who is signed in."""
    if request.path.startswith(API_PATH) or not current_user.is_authenticated:
        return
    membership = _membership(current_user)
    if membership is not None and membership.role not in WITHOUT_PAGES:
        g.user_id = current_user.id
        _enter(membership.account_id, membership.role, membership)


def _establish_token() -> None:
    """The API knows no cookies: a token comes with every request, or 401."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    with every_account("which account this request is in follows from its token"):
        found = api_tokens.find(key.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise DomainError(
            "This needs a valid API token.",
            code="TOKEN_INVALID",
            status=401,
            cure="Send it as “Authorization: Bearer …”. Tokens are made in Settings, under API tokens.",
        )
    token, membership = found
    act_for(token.account_id)
    if api_tokens.is_stale(token):
        api_tokens.touch(token)
        db.session.commit()
    g.token, g.scopes, g.user_id = token, frozenset(token.scopes), token.user_id
    g.actor_name = f"{name_of(token.user)} by token {token.name}" if token.user else f"SystemBot by token {token.name}"
    _enter(token.account_id, membership.role if membership else "systembot", membership)


def _enter(account_id: int, role: str, membership: Membership | None) -> None:
    """From here on this request is in the account; editors and viewers meet granted sites only."""
    act_for(account_id)
    g.account_id, g.role = account_id, role
    g.account = db.session.get(Account, account_id)
    if membership is not None and role in GRANTED_SITES_ONLY:
        granted = db.session.scalars(select(SiteAccess.site_id).where(SiteAccess.membership_id == membership.id))
        site_scope.limit_to(frozenset(granted), membership.user_id)


def init_app(app: Flask) -> None:
    """Bind sign-in to every request: endpoints are closed unless marked public."""
    login_manager.init_app(app)
    app.before_request(_establish)

    @app.context_processor
    def _access() -> dict[str, Any]:
        return {"can": offers, "current_account": g.get("account"), "current_role": g.get("role")}
