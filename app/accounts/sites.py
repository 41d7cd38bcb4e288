"""The sites of an account, as far as the layers below the sites feature need to know them."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from app.accounts import hooks
from app.core.site_scope import every_site


def sites_of_account(account_id: int) -> list[tuple[int, str, str]]:
    """(id, name, address) of all sites of the account, whatever the person may see."""
    with every_site():
        return visible_sites(account_id)


def visible_sites(account_id: int) -> list[tuple[int, str, str]]:
    """(id, name, address) of the account's sites that the person may see, by name."""
    sites = [site for answer in hooks.account_sites(account_id) for site in answer]
    return sorted(sites, key=lambda site: (site[1].lower(), site[0]))


def site_names(account_id: int, site_ids: Iterable[int]) -> list[str]:
    """The names of these sites, in order."""
    wanted = set(site_ids)
    return [name for site_id, name, _url in sites_of_account(account_id) if site_id in wanted]


def site_names_and_hosts(account_id: int) -> list[str]:
    """Names and hosts of some of the account's sites, up to a limit."""
    sites = sites_of_account(account_id)[:10]
    return [text for _id, name, url in sites for text in (name, urlsplit(url).hostname or "") if text]
