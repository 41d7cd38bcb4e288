"""The addresses of other sites that a text links to. Pure."""

from collections.abc import Iterable
from urllib.parse import urldefrag, urljoin, urlsplit

from app.core import html_tree

LONGEST = 2000  # characters; what browsers and servers take
MOST_IN_A_TEXT = 500


def outside_addresses(html: str, site_url: str) -> list[str]:
    """The http(s) addresses outside the site that links of a text lead to: each once, in order, without fragment.

    At most MOST_IN_A_TEXT. Empty for markup that is nested too deeply to be read.
    """
    if "<a" not in html.lower() or html_tree.is_too_deep(html):
        return []
    hrefs = (values.get("href", "") for name, values in html_tree.elements(html) if name == "a")
    return list(_outside(hrefs, site_url))[:MOST_IN_A_TEXT]


def _outside(hrefs: Iterable[str], site_url: str) -> dict[str, None]:
    own = bare_host(site_url)
    addresses = (without_fragment(href, site_url) for href in hrefs)
    return dict.fromkeys(address for address in addresses if address and bare_host(address) != own)


def without_fragment(href: str, site_url: str) -> str:
    """The whole address that a link leads to, without its fragment; empty when it is not a web address."""
    try:
        address = urldefrag(urljoin(f"{site_url}/", href.strip())).url
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and len(address) <= LONGEST
    return address if is_web else ""


def bare_host(address: str) -> str:
    """The host of an address in lower case, without `www.`."""
    try:
        return (urlsplit(address).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
