"""A site's health and comparisons: a tab of its settings, and what can be done there."""

from typing import Any

from flask import Blueprint, render_template, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.extensions import db, limiter
from app.core.htmx import is_partial_request, page_or_partial, redirect_to, toast
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.sites import health
from app.sites.models import Site
from app.sync.reconcile.health import check_site_now
from app.sync.reconcile.site_comparison import newest_comparisons, start_comparison

bp = Blueprint("watch", __name__, url_prefix="/sites")
SHOWN = 5


@bp.get("/<int:site_id>/health/")
@requires(Permission.SITES_READ)
def show(site_id: int) -> str:
    """The region of the settings: the last check, the last comparisons."""
    site = owned(Site, site_id, current_account_id())
    return page_or_partial("sites/health.html", "sites/_health.html", **_facts(site))


def _facts(site: Site) -> dict[str, Any]:
    link = site.connection
    runs = newest_comparisons(site, SHOWN)
    problems = health.report_problems(link.health_report) if link else []
    return {"site": site, "link": link, "problems": problems, "runs": runs}


@bp.post("/<int:site_id>/health/look/")
@requires(Permission.SITES_MANAGE)
@limiter.limit("20 per minute")
def check_now(site_id: int) -> Any:
    """Check the site now and show what was found."""
    site = owned(Site, site_id, current_account_id())
    if problem := check_site_now(site.account_id, site.id):
        toast(problem, "info")
    if is_partial_request():
        return render_template("sites/_health.html", **_facts(owned(Site, site_id, current_account_id())))
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="health"))


@bp.post("/<int:site_id>/compare/")
@requires(Permission.SITES_MANAGE)
def compare_now(site_id: int) -> Any:
    """Start a comparison; the one that is under way goes on."""
    site = owned(Site, site_id, current_account_id())
    start_comparison(site, current_actor(), "default")
    db.session.commit()
    if is_partial_request():
        return render_template("sites/_health.html", **_facts(owned(Site, site_id, current_account_id())))
    return redirect_to(url_for("sites.settings", site_id=site_id, tab="health"))


@bp.post("/<int:site_id>/health/read/")
@requires(Permission.SITES_MANAGE)
def dismiss_notice(site_id: int) -> Any:
    """Record that the notice of a change was read: it is not shown again."""
    site = owned(Site, site_id, current_account_id())
    health.dismiss_notice(site.account_id, site.id)
    db.session.commit()
    if is_partial_request():
        return ""
    return redirect_to(url_for("dashboard.index"))
