"""API tokens: one's own, and SystemBot's for those who manage the account."""

from typing import Any

from flask import current_app, g, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import api_tokens
from app.accounts.forms import TokenForm
from app.accounts.request_context import API_PATH
from app.accounts.sites import visible_sites
from app.core.access import can, current_account_id, current_actor, current_user_id, requires
from app.core.clock import utcnow
from app.core.errors import DomainError, Forbidden
from app.core.extensions import db, limiter
from app.core.forms import show_error
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.roles import allows, scope_words
from app.identity.blueprints import settings


def visible_owner() -> int | None:
    """Whose tokens are shown: everybody's (None) to those who manage the account, their own to others."""
    return None if can(Permission.ACCOUNT_MANAGE) else current_user_id()


def usable_scopes() -> set[str]:
    """The scopes that routes of the API ask for: any other scope would be of no use."""
    rules = [rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith(API_PATH)]
    return {getattr(current_app.view_functions[rule.endpoint], "permission", "") for rule in rules} & set(scope_words())


def _page(form: TokenForm, **more: Any) -> str:
    usable = usable_scopes()
    scopes = [(scope, words) for scope, words in scope_words().items() if scope in usable and allows(g.role, scope)]
    listed_tokens = api_tokens.list_tokens(current_account_id(), of_user=visible_owner())
    context: dict[str, Any] = {
        "form": form,
        "tokens": listed_tokens,
        "scopes": scopes,
        "scope_words": scope_words(),
        "key": None,
        "now": utcnow(),
        "sites": visible_sites(current_account_id()),
        "chosen": request.form.getlist("scopes") or [Permission.ACCOUNT_READ],
    }
    return render_template("account/tokens.html", **(context | more))


@settings.get("/tokens/")
@requires(Permission.PROFILE_MANAGE)
def tokens() -> str:
    """Tokens that are in use, and the form to make one."""
    return _page(TokenForm())


@settings.post("/tokens/")
@requires(Permission.PROFILE_MANAGE)
@limiter.limit("30 per hour", key_func=lambda: f"tokens:{current_user_id()}")
def make_token() -> str | tuple[str, int]:
    """Make a token and show its key, this once."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            token, key = api_tokens.make_token(
                current_account_id(),
                current_actor(),
                name=form.name.data,
                scopes=request.form.getlist("scopes"),
                days=form.days.data,
                role=g.role,
                for_bot=request.form.get("holder") == "systembot",
                usable=usable_scopes(),
                site_ids=ids_of(request.form.getlist("site_ids")) if request.form.get("which") == "some" else None,
            )
        except Forbidden:
            raise
        except DomainError as error:
            db.session.rollback()
            show_error(form, error)
        else:
            db.session.commit()
            return _page(TokenForm(formdata=None), key=key, made=token, chosen=[Permission.ACCOUNT_READ])
    return _page(form), 422


@settings.post("/tokens/<int:token_id>/revoke/")
@requires(Permission.PROFILE_MANAGE)
def revoke_token(token_id: int) -> Response:
    """End a token."""
    token = api_tokens.revoke_token(current_account_id(), current_actor(), token_id, of_user=visible_owner())
    name = token.name
    db.session.commit()
    toast(gettext("%(name)s no longer works.", name=name))
    return redirect_to(url_for("account.tokens"))
