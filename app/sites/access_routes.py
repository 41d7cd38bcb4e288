"""Who may see a site: a tab of its settings."""

from flask import request, url_for
from werkzeug.wrappers import Response

from app.accounts import members
from app.accounts.models import Membership
from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.tenancy import owned
from app.sites.blueprint import bp
from app.sites.models import Site


@bp.post("/<int:site_id>/access/")
@requires(Permission.TEAM_MANAGE)
def save_access(site_id: int) -> Response:
    """Let the chosen `members` see the site, and no other editors and viewers."""
    site = owned(Site, site_id, current_account_id())
    member_ids = ids_of(request.form.getlist("members"))
    members.grant_site(current_account_id(), current_actor(), site.id, member_ids)
    db.session.commit()
    toast(gettext("Saved."))
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="access"))


def members_with_access(site: Site) -> list[tuple[Membership, bool]]:
    """Everybody of the site's account, and whether they may see it."""
    granted = members.granted_sites(site.account_id)
    return [(row, site.id in granted.get(row.id, [])) for row in members.list_members(site.account_id)]
