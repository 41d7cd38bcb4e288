"""Access to endpoints: markers of open ones, the permission of a route, and what the current person may do.

`app/accounts/request_context.py` puts who makes the request into `flask.g`: user_id, actor_name,
account_id, role, and the scopes of a token. Routes read it here and hand it to what they call as arguments.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request

from app.core import hooks, limits
from app.core.actor import Actor
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.permissions import AnyPermission
from app.core.roles import allows, permissions_of

P = ParamSpec("P")
R = TypeVar("R")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_public_endpoints: set[str] = {"static"}
_impersonal_endpoints: set[str] = {"static"}
_accountless_endpoints: set[str] = set()


def current_account_id() -> int:
    """Id of the account that the person works in; NotFound outside of one."""
    account_id: int | None = g.get("account_id")
    if account_id is None:
        raise NotFound()
    return account_id


def current_user_id() -> int:
    """Id of the signed-in person; NotFound when nobody is."""
    user_id: int | None = g.get("user_id")
    if user_id is None:
        raise NotFound()
    return user_id


def current_actor() -> Actor:
    """Who makes the request and what they may do here: a person, or a token by its name (SystemBot's has no id)."""
    may = permissions_of(g.get("role") or "")
    if (scopes := g.get("scopes")) is not None:
        may &= scopes
    return Actor(g.get("user_id"), str(g.get("actor_name", "")), (request.remote_addr or "")[:45], may)


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


def is_public_endpoint(endpoint: str | None) -> bool:
    """True when this endpoint answers strangers."""
    return endpoint in _public_endpoints


def is_impersonal(endpoint: str | None) -> bool:
    """True when this endpoint does not even look who is signed in."""
    return endpoint in _impersonal_endpoints


def is_accountless(endpoint: str | None) -> bool:
    """True when this endpoint answers a person who belongs to no account."""
    return endpoint in _accountless_endpoints


def can(permission: AnyPermission) -> bool:
    """True when the role in the present account allows `permission`, and so does the token that was sent."""
    scopes = g.get("scopes")
    return allows(g.get("role"), permission) and (scopes is None or permission in scopes)


def offers(permission: AnyPermission) -> bool:
    """What pages ask before they show a button: the role allows it, and the account may do it now.

    A read-only account is offered nothing that would be refused. Asked once per request and permission.
    """
    answers: dict[AnyPermission, bool] = g.setdefault("offered", {})
    if permission not in answers:
        answers[permission] = can(permission) and _is_allowed_now(permission)
    return answers[permission]


def _is_allowed_now(permission: AnyPermission) -> bool:
    if g.get("account_id") is None or g.get("frameless"):
        return True
    try:
        hooks.action_starting(g.account_id, permission)
    except DomainError:
        return False
    return True


def requires(permission: AnyPermission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Route decorator: 403 unless the role allows `permission`; changes also need an account that may make them.

    Raises ValueError at once for what is not of the form ``resource:action``.
    """
    if ":" not in permission:
        raise ValueError(f"{permission} is no permission: they are called resource:action.")

    def wrap(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            _check_role(permission)
            count_change()
            _check_account(permission)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return wrap


def require(permission: AnyPermission) -> None:
    """Raise Forbidden unless the role allows `permission`; what a change also needs is asked of the account.

    For routes where a row needs a permission besides the one that the route always needs.
    """
    _check_role(permission)
    _check_account(permission)


def _check_role(permission: AnyPermission) -> None:
    if not can(permission):
        limits.count_refusal(_limit_key())
        raise Forbidden()


def _check_account(permission: AnyPermission) -> None:
    if request.method not in SAFE and g.get("account_id") is not None:
        hooks.action_starting(g.account_id, permission)


def _limit_key() -> str:
    """The key by which the requester's changes are counted."""
    return str(g.get("user_id") or "systembot")


def count_change() -> None:
    """Count the change once: when the request begins for views without `requires`, else once it is allowed."""
    account_id = g.get("account_id")
    if account_id is None or not limits.is_counted_write():
        return
    limits.count_write(account_id, _limit_key(), alone=any(hooks.works_alone(account_id)))
