"""The site that the person works on: `?site=` chooses it, the session remembers it. Routes only.

Two tabs may show two sites. So each page says in its forms (`for_site`) and in what its scripts send (`X-Site`) which
one it shows, and that counts for more than what the session remembers.
"""

from flask import g, request, session, url_for

from app.core.access import current_account_id
from app.core.errors import DomainError, NotFound
from app.core.htmx import is_partial_request
from app.core.languages import gettext
from app.core.request_ids import parse_id
from app.sites import services
from app.sites.models import Site

SESSION_SITE = "site_id"


def current_site() -> Site | None:
    """The chosen site of the present account, else its first active one; None without any."""
    if "current_site" not in g:
        g.current_site = _choose()
    site: Site | None = g.current_site
    return site


def site_of_frame() -> Site | None:
    """The site that the frame of a page shows, also of one that says that what was sent is for no site of theirs."""
    try:
        return current_site()
    except NotFound:
        site: Site | None = g.current_site
        return site


def site_of_page() -> int | None:
    """For templates: the id of the site that this page shows; None for who is not signed in, or has no site yet."""
    if g.get("account_id") is None:
        return None
    site = current_site()
    return site.id if site else None


def needed_site() -> Site:
    """The present site; raises DomainError when the account has none yet."""
    site = current_site()
    if site is None:
        cure = gettext("Add a site first, under Sites.")
        raise DomainError(gettext("There is no site yet."), code="NO_SITE", cure=cure)
    return site


def work_on(site_id: int, list_endpoint: str = "content.index") -> None:
    """Make this site the chosen one: what the page is about belongs to it. Parts of pages choose none.

    Another site's name then leads to its list.
    """
    site = next((site for site in all_sites() if site.id == site_id), None)
    if site and not is_partial_request():
        g.current_site, g.switch_to = site, url_for(list_endpoint)
        session[SESSION_SITE] = site.id


def all_sites() -> list[Site]:
    """The sites of the present account that the person may see, read once for a page."""
    if "all_sites" not in g:
        g.all_sites = list(services.list_bare_sites(current_account_id()))
    sites: list[Site] = g.all_sites
    return sites


def _choose() -> Site | None:
    sites = {site.id: site for site in all_sites()}
    chosen = parse_id(request.args.get("site"))
    if chosen in sites:
        session[SESSION_SITE] = chosen
        return sites[chosen]
    shown = parse_id(request.form.get("for_site") or request.headers.get("X-Site"))
    if chosen is None and shown in sites:
        return sites[shown]
    if request.method == "POST" and (chosen or shown):
        g.current_site = _remembered(sites)  # for the frame of the page that says so
        raise NotFound(
            gettext("The site that this was sent for is not there any more, or you may not see it. Nothing was done."),
            cure=gettext("Open the page again and look which site it shows."),
        )
    return _remembered(sites)


def _remembered(sites: dict[int, Site]) -> Site | None:
    remembered = session.get(SESSION_SITE)
    if remembered in sites:
        return sites[remembered]
    return next((site for site in sites.values() if site.is_active), next(iter(sites.values()), None))
