"""The user name and password that a site's server asks everybody for: a part of its settings."""

from typing import Any

from flask import request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import actions
from app.sites.blueprint import bp
from app.sites.models import Site
from app.sites.settings_routes import settings_page


@bp.post("/<int:site_id>/password/")
@requires(Permission.SITES_MANAGE)
def save_password(site_id: int) -> Any:
    """Keep `user` and `password`, or with `remove=1` forget both; an empty password leaves the one that is kept."""
    account_id, form = current_account_id(), request.form
    expected = form.get("etag")
    try:
        if form.get("remove"):
            site = actions.forget_login(account_id, current_actor(), site_id, expected=expected)
        else:
            user, password = form.get("user", ""), form.get("password", "")
            site = actions.change_login(account_id, current_actor(), site_id, user, password, expected=expected)
    except NotFound:
        raise
    except EditConflict as error:
        db.session.rollback()
        return _overtaken(owned(Site, site_id, account_id), error), error.status
    except DomainError as error:
        db.session.rollback()
        toast(f"{error.message} {error.cure}", "error")
    else:
        db.session.commit()
        toast(
            gettext("The site's password was saved.")
            if site.password_user
            else gettext("The site's password was removed.")
        )
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="wordpress"))


def _overtaken(site: Site, error: EditConflict) -> str:
    """The tab with what was typed beside what somebody else saved; never a password."""
    theirs = [(gettext("User name of the site"), site.password_user or "")]
    return settings_page(site, "wordpress", error=error, theirs=theirs, typed_user=request.form.get("user"))
