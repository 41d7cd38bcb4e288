"""Whether title, description and canonical address are what visitors should get. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_plus

from app.publishing.verification.issues import make_issue

SPACES = re.compile(r"\s+")
START = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
NO_VALUE = re.compile(r"=(?=&|#|$)")
FIELDS = {
    "title": ("SEO_TITLE", "title"),
    "description": ("SEO_DESCRIPTION", "meta description"),
    "canonical": ("SEO_CANONICAL", "canonical address"),
}


def seo_issues(
    result: Mapping[str, Any], sent: Mapping[str, Any], served: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """An issue for each of the fields that differs.

    `result` is the plugin's: its `seo_served` has what visitors get of what was `sent` by the rules of the site's SEO
    plugin, None where we cannot judge. A plugin that does not report this prints what was sent.
    """
    expected = result.get("seo_served") or sent
    return [
        make_issue(code, f"The {label} that visitors get is not the one sent.", sent=sent[name], served=served[name])
        for name, (code, label) in FIELDS.items()
        if sent[name] and expected.get(name) and not _is_same(name, str(expected[name]), served[name] or "")
    ]


def _is_same(name: str, sent: str, served: str) -> bool:
    if name == "canonical":
        return _plain_address(sent) == _plain_address(served)
    return SPACES.sub(" ", sent).strip() == SPACES.sub(" ", served).strip()


def _plain_address(address: str) -> str:
    """An address as browsers mean it: escapes resolved, scheme and host in lower case, no empty values."""
    address = SPACES.sub(" ", address).strip()
    start = START.match(address)
    if start is None:
        return NO_VALUE.sub("", unquote_plus(address))
    host = start[2].lower()
    with suppress(UnicodeError):  # written in letters of its script already
        host = host.encode("ascii").decode("idna")
    return f"{start[1].lower()}://{host}" + NO_VALUE.sub("", unquote_plus(address[start.end() :]))
