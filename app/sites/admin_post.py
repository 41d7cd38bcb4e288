"""Where admin-post.php is: the third way to the plugin, for sites that close the REST API.

WordPress may stand in a directory of its own (https://a.example/wp/) and serve the site one above. The plugin tells
the address when it is connected; before that, the site's own pages give it away.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from app.core import http
from app.core.errors import DomainError

FILE = "/wp-admin/admin-post.php"
GUESSES = ("/wp", "/wordpress", "/cms", "/core", "/blog")
BEHIND = (
    "REST_CLOSED",
    "NOT_WORDPRESS",
    "PLUGIN_MISSING",
)  # what is reported of a WordPress looked for in the wrong place
SECONDS = 8.0
SIGN = re.compile(r"(?:https?:)?//([^/\"'\s<>]+)((?:/[\w.~-]+)*)/wp-(?:includes/|login\.php|admin/)")


def default_address(url: str) -> str:
    """The address in a WordPress whose files are where the site is."""
    return url.rstrip("/") + FILE


def may_be_elsewhere(miss: DomainError) -> bool:
    """Whether WordPress may be in a directory of its own, by what answered; its REST API would have said (pure)."""
    return miss.code in BEHIND and miss.details.get("reason") != "rest_no_route"


def candidate_addresses(session: requests.Session, url: str, login: http.Login | None) -> Iterator[str]:
    """Addresses to try when the default one does not answer: what the site's page names, then common directories.

    Only of the site's own host: whoever is asked sees the request. The page is fetched when the first is asked for.
    """
    base, tried = url.rstrip("/"), {default_address(url)}
    for path in [*_addresses_in_page(session, base, login), *(urlsplit(base).path + guess for guess in GUESSES)]:
        address = f"{_root(base)}{path}{FILE}"
        if address not in tried:
            tried.add(address)
            yield address


def _addresses_in_page(session: requests.Session, base: str, login: http.Login | None) -> list[str]:
    try:
        answer = http.fetch(session, "GET", base + "/", read_seconds=SECONDS, follow=True, login=login)
    except http.OutboundError:
        return []
    return paths_in(answer.url + "\n" + answer.text.replace("\\/", "/"), urlsplit(base).netloc)


def paths_in(page: str, host: str) -> list[str]:
    """Directories of `host` (with its port) that WordPress's files are in, as a page names them (pure)."""
    paths = (match[2] for match in SIGN.finditer(page) if match[1].lower() == host.lower())
    return list(dict.fromkeys(paths))[:3]


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
