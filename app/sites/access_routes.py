"""Who may see a site: a tab of its settings."""

from flask import request, url_for
from werkzeug.wrappers import Response

from app.accounts import members
from app.core.access import current_account_id, current_actor, requires
from app.core.edits import EditConflict
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.tenancy import owned
from app.sites.blueprint import bp
from app.sites.models import Site
from app.sites.settings_routes import members_with_access, settings_page


@bp.post("/<int:site_id>/access/")
@requires(Permission.TEAM_MANAGE)
def save_access(site_id: int) -> Response | tuple[str, int]:
    """Let the chosen `members` see the site, and no other editors and viewers; 409 when somebody else saved."""
    account_id, form = current_account_id(), request.form
    site, member_ids = owned(Site, site_id, account_id), ids_of(form.getlist("members"))
    try:
        members.grant_site(account_id, current_actor(), site.id, member_ids, expected=form.get("etag"))
    except EditConflict as error:
        db.session.rollback()
        site = owned(Site, site_id, account_id)
        theirs = [(gettext("Who may see it"), ", ".join(members.access_to(account_id, site_id)["people"]))]
        people = [(row, row.id in member_ids) for row, _granted in members_with_access(site)]
        return settings_page(site, "access", people=people, error=error, theirs=theirs), error.status
    db.session.commit()
    toast(gettext("Saved."))
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="access"))
