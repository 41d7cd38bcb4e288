"""Where the links of a text lead, as far as the text itself shows it. Pure."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urljoin, urlsplit

from app.content.links.addresses import without_fragment
from app.content.links.verdicts import LinkVerdict
from app.core.languages import gettext
from app.writer.drafting.draft_text import Link

_RESERVED = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost|local|domain\.com)$"
    r"|(?:^|\.)your-?(?:site|domain|website)\.\w+$",
    re.I,
)


def link_problem(link: Link, ids: Collection[str], site_url: str, pages: Collection[str]) -> str:
    """Why a link leads nowhere, as far as the text and the site show it; empty when it may lead somewhere.

    `ids` are those of the text's elements, `pages` the `address_key` of each live page of the site.
    """
    address = link.address
    if not address or address == "#":
        return gettext("leads nowhere")
    if address.startswith("#"):
        return (
            ""
            if unquote(address[1:]) in ids or address == "#top"
            else gettext("%(address)s is not in this text", address=address)
        )
    try:
        parts = urlsplit(urljoin(f"{site_url}/", address))
        host = parts.hostname or ""
    except ValueError:
        return gettext("%(address)s is no address", address=address)
    if parts.scheme in ("mailto", "tel"):
        return "" if parts.path else gettext("leads nowhere")
    if parts.scheme not in ("http", "https") or not host:
        return gettext("%(address)s is no address", address=address)
    if is_of_site(address, site_url):
        is_file = re.search(r"\.(?:pdf|jpe?g|png|webp|avif|gif|svg|zip|docx?|xlsx?|csv|mp[34])$", parts.path, re.I)
        is_known = address_key(urljoin(f"{site_url}/", address)) in pages
        path = unquote(parts.path) or "/"
        return "" if is_known or is_file else gettext("%(path)s is no live page of the site", path=path)
    return gettext("%(host)s is a stand-in for an address", host=host) if _is_stand_in(host) else ""


def dead_link(link: Link, site_url: str, verdicts: Mapping[str, LinkVerdict]) -> str:
    """Why a link to another site leads nowhere, by what its address answered when it was asked; empty otherwise."""
    verdict = verdicts.get(without_fragment(link.address, site_url))
    return verdict.says if verdict and verdict.is_dead else ""


def is_unasked(link: Link, site_url: str, verdicts: Mapping[str, LinkVerdict]) -> bool:
    """Whether a link leads to another site whose address nobody has asked yet."""
    address = without_fragment(link.address, site_url)
    return bool(address) and not is_of_site(address, site_url) and address not in verdicts


def is_source(address: str, site_url: str) -> bool:
    """Whether an address is on another site, which may support what a text says."""
    try:
        parts = urlsplit(urljoin(f"{site_url}/", address))
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and not _is_stand_in(host) and not is_of_site(address, site_url)


def _is_stand_in(host: str) -> bool:
    return bool(_RESERVED.search(host)) or "." not in host


def _host(host: str) -> str:
    return host.lower().removeprefix("www.")


def address_key(address: str) -> str:
    """The part of an address that tells one page from another; the page's own query stays."""
    try:
        parts = urlsplit(address)
        query = f"?{parts.query}" if parts.query and not parts.query.startswith("utm_") else ""
        return _host(parts.hostname or "") + unquote(parts.path).rstrip("/").casefold() + query
    except ValueError:
        return address


def is_of_site(address: str, site_url: str) -> bool:
    """Whether an address is on the site; relative ones are."""
    try:
        return _host(urlsplit(urljoin(f"{site_url}/", address)).hostname or "") == _host(
            urlsplit(site_url).hostname or ""
        )
    except ValueError:
        return False
