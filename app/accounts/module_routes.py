"""Switching modules on and off."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import modules
from app.core import features
from app.core.access import current_account_id, requires
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.identity.blueprints import settings


@settings.get("/modules/", endpoint="modules")
@requires(Permission.ACCOUNT_MANAGE)
def show_modules() -> str:
    """Each module that there is, with what it does."""
    states = modules.states(current_account_id())
    return render_template("account/modules.html", modules=list(features.modules().values()), states=states)


@settings.post("/modules/")
@requires(Permission.ACCOUNT_MANAGE)
def switch_module() -> Response:
    """Switch `module` on (`on=1`) or off; 404 for a name that is none."""
    module = request.form.get("module", "")
    switched = modules.switch(current_account_id(), module, request.form.get("on") == "1")
    on = modules.is_on(current_account_id(), module)
    db.session.commit()
    said = "is on." if on else "is off. What is in it is kept."
    toast(f"{switched.label} {said}")
    return redirect_to(url_for("account.modules"))
