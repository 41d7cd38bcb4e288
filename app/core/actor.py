"""Who asks, as the auth layer has established it for this request. For routes only."""

from flask import g

from app.core.errors import NotFound


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
