"""The site that the person works on: `?site=` chooses it, the session remembers it. Routes only."""

from flask import g, request, session

from app.core.access import current_account_id
from app.core.request_ids import id_of
from app.sites import services
from app.sites.models import Site

SESSION_SITE = "site_id"


def current_site() -> Site | None:
    """The chosen site of the present account, else its first active one; None without any."""
    if "current_site" not in g:
        g.current_site = _choose()
    site: Site | None = g.current_site
    return site


def all_sites() -> list[Site]:
    """The sites of the present account that the person may see, read once for a page."""
    if "all_sites" not in g:
        g.all_sites = list(services.list_sites(current_account_id()))
    sites: list[Site] = g.all_sites
    return sites


def _choose() -> Site | None:
    sites = {site.id: site for site in all_sites()}
    site_id = id_of(request.args.get("site"))
    if site_id in sites:
        session[SESSION_SITE] = site_id
        return sites[site_id]
    remembered = session.get(SESSION_SITE)
    if remembered in sites:
        return sites[remembered]
    return next((site for site in sites.values() if site.is_active), next(iter(sites.values()), None))
