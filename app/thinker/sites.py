"""The sites of an account, as far as Thinker needs them: the sites domain is a layer above this one."""

from app.accounts.sites import visible_sites
from app.core.errors import NotFound
from app.core.languages import gettext


def site_choices(account_id: int) -> list[tuple[int, str]]:
    """(id, name) of the account's sites that the person may see, by name."""
    return [(site_id, name) for site_id, name, _url in visible_sites(account_id)]


def checked_site_id(account_id: int, site_id: int | None) -> int | None:
    """The id of one of these sites, None for all of them; raises NotFound for any other."""
    if site_id is not None and site_id not in dict(site_choices(account_id)):
        raise NotFound(gettext("This site is not there."), cure=gettext("Choose another site."))
    return site_id
