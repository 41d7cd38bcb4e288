"""The page of the calls that were made with a token."""

from flask import render_template

from app.accounts.api_tokens import token_of
from app.accounts.token_routes import visible_owner
from app.api.calls import SHOWN, newest_calls
from app.core.access import current_account_id, requires
from app.core.permissions import Permission
from app.identity.blueprints import settings


@settings.get("/tokens/<int:token_id>/calls/")
@requires(Permission.PROFILE_MANAGE)
def token_calls(token_id: int) -> str:
    """The newest calls of a token: one's own, or anybody's for those who manage the account."""
    account_id = current_account_id()
    token = token_of(account_id, token_id, of_user=visible_owner())
    calls = newest_calls(account_id, token.id)
    return render_template("account/token_calls.html", token=token, calls=calls, most=SHOWN)
