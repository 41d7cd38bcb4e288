"""Switching modules on and off, and closing the pages of those that are off."""

from typing import Any

from flask import Flask, g, has_request_context, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import modules
from app.core import features
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.identity.blueprints import settings


@settings.get("/modules/", endpoint="modules")
@requires(Permission.ACCOUNT_MANAGE)
def show_modules() -> str:
    """Each module, with what it does."""
    states = modules.module_states(current_account_id())
    return render_template("account/modules.html", modules=list(features.modules().values()), states=states)


@settings.post("/modules/")
@requires(Permission.ACCOUNT_MANAGE)
def switch_module() -> Response:
    """Switch `module` on (`on=1`) or off; 404 for an unknown module."""
    module = request.form.get("module", "")
    switched = modules.switch(current_account_id(), current_actor(), module, request.form.get("on") == "1")
    on = modules.is_module_on(current_account_id(), module)
    db.session.commit()
    label = gettext(switched.label)
    toast(
        gettext("%(label)s is on.", label=label)
        if on
        else gettext("%(label)s is off. What is in it is kept.", label=label)
    )
    return redirect_to(url_for("account.modules"))


def module_on(key: str) -> bool:
    """For templates and the menu: is the module on in the present account?"""
    if not has_request_context() or g.get("account_id") is None:
        return True
    if "module_states" not in g:
        g.module_states = modules.module_states(g.account_id)
    return bool(g.module_states.get(key, True))


def is_served(endpoint: str) -> bool:
    """Whether the module of an endpoint, where it has one, is on in the present account. For templates too."""
    module = features.module_of_blueprint(endpoint.partition(".")[0])
    return module is None or module_on(module.key)


def item_url(kind: str, item_id: int) -> str | None:
    """For templates: the page of an item of this kind; None when no feature has one, or its module is off."""
    endpoint, argument = features.item_links().get(kind, ("", ""))
    place: dict[str, Any] = {argument: item_id}
    return url_for(endpoint, **place) if endpoint and is_served(endpoint) else None


def _refuse_pages() -> None:
    module = features.module_of_blueprint(request.blueprint)
    refuse_switched_off(module.key if module else None)


def refuse_switched_off(key: str | None) -> None:
    """Raise NotFound when this module is off in the present account; nothing for what is of no module."""
    module = features.modules().get(key or "")
    if module is not None and not module_on(module.key):
        raise NotFound(
            gettext("%(label)s is switched off for this account.", label=module.label),
            code="MODULE_OFF",
            cure=gettext(modules.CURE),
        )


def init_app(app: Flask) -> None:
    """Close the pages of what is switched off. Comes after sign-in is bound."""
    app.before_request(_refuse_pages)
    app.jinja_env.globals["module_on"] = module_on
    app.jinja_env.globals["is_served"] = is_served
    app.jinja_env.globals["item_url"] = item_url
