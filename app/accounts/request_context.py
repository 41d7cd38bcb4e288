"""Who asks, in which account, with which role and for which sites: worked out once per request."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask_login import current_user

from app.accounts import api_tokens, members, services
from app.accounts.models import Membership
from app.core import site_scope
from app.core.access import count_change, is_accountless, is_impersonal, is_public_endpoint, offers
from app.core.errors import DomainError, Forbidden
from app.core.extensions import db, login_manager
from app.core.language_choice import speak
from app.core.languages import gettext
from app.core.roles import WITHOUT_PAGES
from app.core.row_security import act_for, every_account
from app.identity import kept_forms, sessions
from app.identity.browser import audit_name
from app.identity.models import User

SESSION_ACCOUNT = "account_id"
API_PATH = "/api/"


@dataclass(frozen=True)
class AccountName:
    """One of the person's accounts, as the menu shows it."""

    id: int
    name: str


def _asks_permission() -> bool:
    return hasattr(current_app.view_functions.get(request.endpoint or ""), "permission")


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load_user(session_id: str) -> User | None:
    user_id, _, rest = session_id.partition(":")
    epoch, _, key = rest.partition(":")
    if not user_id.isdigit() or not key:
        return None
    with every_account("whose session this is; which accounts are theirs is asked next, without another setting"):
        row, user = sessions.find_session_and_person(int(user_id), key)
    if row is None or user is None or not user.is_active or str(user.session_epoch) != epoch:
        return None
    speak(user.language)
    if sessions.is_unnoted(row):
        sessions.touch_session(row, request.remote_addr or "")
        db.session.commit()
    user.session_key = key
    return user


def _membership(user: User) -> Membership | None:
    """The membership in the account chosen in the session, else the person's first."""
    with every_account("which account this request is in follows from the person's memberships"):
        memberships = members.memberships_of(user.id)
    g.accounts = [AccountName(row.account.id, row.account.name) for row in memberships]
    chosen_id = session.get(SESSION_ACCOUNT)
    return next((m for m in memberships if m.account_id == chosen_id), memberships[0] if memberships else None)


def _to_login() -> Response:
    htmx = bool(request.headers.get("HX-Request"))
    target = _page_in_view() if htmx else request.full_path.rstrip("?") if request.method == "GET" else None
    url = url_for("auth.login", next=target) if target and target != "/" else url_for("auth.login")
    if htmx:
        return Response(status=401, headers={"HX-Redirect": url})
    return redirect(url, code=303)  # type: ignore[return-value]


def _page_in_view() -> str | None:
    """The address of the page that made the HTMX request: the person returns to it after signing in."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return None
    return urlunsplit(("", "", page.path, page.query, "")) if page.netloc == request.host else None


def _path_in_view() -> str:
    """The path of the page that the person is looking at, also when HTMX requests only a part of it."""
    page = _page_in_view() if request.headers.get("HX-Request") else None
    return page.partition("?")[0] if page else request.path


def _establish() -> Response | tuple[str, int] | None:
    if is_impersonal(request.endpoint):
        return None
    if request.endpoint is None:
        _establish_frame()
        return None
    if request.path.startswith(API_PATH):
        _establish_token()
        return None
    if not current_user.is_authenticated:
        return (
            None if is_public_endpoint(request.endpoint) else kept_forms.kept_form_page(signed_in=False) or _to_login()
        )
    g.user_id, g.actor_name = current_user.id, audit_name(current_user)
    membership = _membership(current_user)
    if membership is None:
        if is_public_endpoint(request.endpoint) or is_accountless(request.endpoint):
            return None
        return redirect(url_for("auth.without_account"), code=303)  # type: ignore[return-value]
    if membership.role in WITHOUT_PAGES and not is_public_endpoint(request.endpoint):
        raise Forbidden(gettext("SystemBot has no pages."), cure=gettext("Use an API token."))
    _enter(membership.account_id, membership.role, membership)
    if not _asks_permission():
        count_change()
    return None


def _establish_frame() -> None:
    """Let the error page of an unknown address show the menu of the person who is signed in."""
    if request.path.startswith(API_PATH) or not current_user.is_authenticated:
        return
    membership = _membership(current_user)
    if membership is not None and membership.role not in WITHOUT_PAGES:
        g.user_id = current_user.id
        _enter(membership.account_id, membership.role, membership)


def _establish_token() -> None:
    """The API ignores cookies: every request carries a token, or gets a 401."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    with every_account("which account this request is in follows from its token"):
        token_and_membership = api_tokens.find_token(key.strip()) if scheme.lower() == "bearer" else None
    if token_and_membership is None:
        raise DomainError(
            gettext("This needs a valid API token."),
            code="TOKEN_INVALID",
            status=401,
            cure=gettext("Send it as “Authorization: Bearer …”. Tokens are made in Settings, under API tokens."),
        )
    token, membership = token_and_membership
    act_for(token.account_id)
    if api_tokens.is_use_unnoted(token):
        api_tokens.touch_token(token)
        db.session.commit()
    g.token, g.scopes, g.user_id = token, frozenset(token.scopes), token.user_id
    g.actor_name = (
        f"{audit_name(token.user)} by token {token.name}" if token.user else f"SystemBot by token {token.name}"
    )
    _enter(token.account_id, membership.role if membership else "systembot", membership)
    if token.site_ids is not None:
        seen, wanted = site_scope.current_scope(), frozenset(token.site_ids)
        site_scope.limit_to(wanted if seen is None else wanted & seen.site_ids, token.user_id)


def _enter(account_id: int, role: str, membership: Membership | None) -> None:
    """Put this request in the account from here on; editors and viewers see only the sites granted to them."""
    act_for(account_id)
    g.account_id, g.role = account_id, role
    g.account = services.account_of(account_id)
    if membership is not None and (scope := members.site_scope_of(membership)) is not None:
        site_scope.limit_to(scope.site_ids, scope.user_id)


def init_app(app: Flask) -> None:
    """Bind sign-in to every request: endpoints are closed unless marked public."""
    login_manager.init_app(app)
    app.before_request(_establish)

    @app.context_processor
    def _access() -> dict[str, Any]:
        return {
            "path_in_view": _path_in_view,
            "can": offers,
            "current_account": g.get("account"),
            "current_role": g.get("role"),
        }
