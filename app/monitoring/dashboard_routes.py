"""The dashboards: one for all sites of an account, one for each site."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.module_routes import is_served
from app.billing import usage
from app.core import features, limits
from app.core.access import can, current_account_id, current_user_id, public, requires
from app.core.clock import utcnow
from app.core.features import Stage
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.runs import services
from app.identity.people import zone_of
from app.monitoring import activity, attention, graphs
from app.monitoring.history import History, publish_history
from app.monitoring.published import difference_counts, publish_facts
from app.planner.clusters import figures
from app.planner.clusters.figures import SiteFigures
from app.publishing.schedule import services as schedule
from app.publishing.schedule.calendar import bounds_of
from app.sites import health as site_health
from app.sites.current import all_sites, current_site
from app.sites.models import Site
from app.sites.services import list_sites

bp = Blueprint("dashboard", __name__)
public("dashboard.root", impersonal=True)
DAYS_AHEAD = 7
MOST_SITES = 100


@bp.get("/")
@limits.self_limited
def root() -> Response:
    """The root address leads to the dashboard, and from there to sign-in."""
    return redirect(url_for("dashboard.index"))


@bp.get("/dashboard/")
@requires(Permission.ACCOUNT_READ)
def index() -> str:
    """All sites that the person may see, in their own time zone; one site with `?site=`, or where there is but one.

    Days and weeks of a site are those of its own time zone.
    """
    sites = all_sites()
    if not sites:
        return render_template("dashboard/empty.html")
    chosen = parse_id(request.args.get("site"))
    if len(sites) > 1 and chosen not in {site.id for site in sites}:
        return _account_page(list(list_sites(current_account_id())))
    site = current_site()
    assert site is not None
    return _site_page(site, is_only=len(sites) == 1)


def _site_page(site: Site, is_only: bool) -> str:
    account_id, zone = current_account_id(), ZoneInfo(site.time_zone)
    facts = figures.of_site(account_id, site.id)
    history = publish_history(account_id, [site.id], zone)
    return render_template(
        "dashboard/site.html",
        site=site,
        facts=facts,
        is_untouched=_is_untouched(facts),
        is_only=is_only,
        stages=_stages(),
        published=publish_facts(site, facts),
        differences=difference_counts(site, facts),
        lag=attention.outbox_lag(site),
        attention=attention.list_problems(account_id, {site.id: facts}, None if is_only else site.id),
        notices=[one for one in site_health.sites_with_notices(account_id) if one.id == site.id],
        runs=services.recent_runs(account_id, site_id=None if is_only else site.id),
        **_figures(history, zone, site.id),
        **_credits(),
    )


def _account_page(sites: list[Site]) -> str:
    account_id, zone = current_account_id(), zone_of(current_user_id())
    of_sites = figures.of_sites(account_id)
    facts = figures.added_up(of_sites.values())
    history = publish_history(account_id, [site.id for site in sites], zone)
    return render_template(
        "dashboard/account.html",
        sites=sites[:MOST_SITES],
        of_sites=of_sites,
        facts=facts,
        is_untouched=_is_untouched(facts),
        stages=_stages(),
        attention=attention.list_problems(account_id, of_sites),
        notices=site_health.sites_with_notices(account_id),
        runs=services.recent_runs(account_id),
        **_figures(history, zone, None),
        **_credits(),
    )


def _stages() -> list[Stage]:
    """The stages whose lists the account has switched on."""
    return [stage for stage in features.stages() if is_served(stage.endpoint)]


def _is_untouched(facts: SiteFigures) -> bool:
    """True while there is nothing yet: the first steps say more than a row of zeros."""
    return facts.contents == 0 and not any(stage.count(facts) for stage in features.stages())


def _figures(history: History, zone: ZoneInfo, site_id: int | None) -> dict[str, Any]:
    """The figures that are counted by days of the zone, for a site or for all."""
    today = utcnow().astimezone(zone).date()
    on = {} if site_id is None else {"on": str(site_id)}
    ahead = schedule.count_by_day(current_account_id(), _ends(today, zone), site_id)
    return {
        "history": history,
        "published_weeks": graphs.published_by_week(history, site_id),
        "outcomes": graphs.outcomes_by_day(history, site_id),
        "times": graphs.time_by_week(history, site_id),
        "week_ahead": graphs.week_ahead(ahead, today, site_id),
        "today": ahead[0],
        "ahead": sum(ahead),
        "runs_address": graphs.runs_address,
        "at_work": activity.count_runs(current_account_id(), zone, state="active", asked="people", **on),
        "zone": zone,
    }


def _ends(today: date, zone: ZoneInfo) -> list[datetime]:
    return [bounds_of(today + timedelta(days=number), zone)[1] for number in range(DAYS_AHEAD)]


def _credits() -> dict[str, Any]:
    """Credits spent in the last 30 days, for those who may see the usage log, as its own page counts them."""
    if not can(Permission.BILLING_READ):
        return {"spent": None}
    filters = usage.UsageFilter.read({}, zone_of(current_user_id()))
    return {"spent": usage.usage_totals(current_account_id(), filters), "spent_in": filters}
