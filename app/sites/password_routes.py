"""The user name and password that a site's server asks everybody for: a part of its settings."""

from typing import Any

from flask import request, url_for

from app.core import audit
from app.core.access import current_account_id, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites.blueprint import bp
from app.sites.connection import forget_login, set_login
from app.sites.models import Site


@bp.post("/<int:site_id>/password/")
@requires(Permission.SITES_MANAGE)
def save_password(site_id: int) -> Any:
    """Keep `user` and `password`, or with `remove=1` forget both; an empty password leaves the one that is kept."""
    site = owned(Site, site_id, current_account_id())
    before = {"user": site.password_user, "origin": site.password_origin}
    try:
        if request.form.get("remove"):
            forget_login(site)
        else:
            set_login(site, request.form.get("user", ""), request.form.get("password", ""))
    except DomainError as error:
        db.session.rollback()
        toast(f"{error.message} {error.cure}", "error")
    else:
        after = {"user": site.password_user, "origin": site.password_origin}
        audit.record(site.account_id, "site.password_changed", subject=site.name, before=before, after=after)
        db.session.commit()
        toast("The site's password was saved." if site.password_user else "The site's password was removed.")
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="wordpress"))
