"""Addresses of pictures that only people in IGNY8, or in somebody's own network, can open. Pure."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from app.core.html_scan import Scan
from app.core.outbound_sockets import is_public
from app.core.own_hosts import is_inner_name

# Where IGNY8 shows an image of a content to who has signed in; as typed in a text, or copied from a page of ours.
_OWN = re.compile(
    r"(?:(?:https?:)?//[^/]*)?/?content/\d+/images/\d+/file/?(?:[?#].*)?|(?:\.{0,2}/)*images/\d+/file/?(?:[?#].*)?",
    re.IGNORECASE,
)


def private_addresses_in(text: Scan, site_urls: Iterable[str]) -> list[str]:
    """Images of IGNY8 by its own address, and what a page would load from a private host, each once.

    The site's own host does not count: a site on a private network is seen by people who can reach it there.
    """
    app_addresses = [address for address in text.addresses if _OWN.fullmatch(address.replace("\\", "/"))]
    sites = {_host(url) for url in site_urls}
    inner = [address for address in text.loaded if (host := _host(address)) and host not in sites and _is_inner(host)]
    return list(dict.fromkeys([*app_addresses, *inner]))


def _host(address: str) -> str:
    """The host of a web address; empty if it has none."""
    try:
        parts = urlsplit(address.replace("\\", "/"))
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".") if parts.scheme in ("", "http", "https") else ""


def _is_inner(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return is_inner_name(host) or host.rpartition(".")[2].isdigit()
    return not is_public(host)
