"""Post HTML made safe to show. What is stored stays as it came."""

import re
from collections.abc import Collection
from html import unescape
from urllib.parse import urljoin, urlsplit

import nh3
from markupsafe import Markup

from app.core.markup import clean_html

TAGS = nh3.ALLOWED_TAGS | {"figure", "figcaption", "section", "main"}
ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
for _tag in ("img", "figure", "table", "p", "ul", "ol", "blockquote", "h2", "h3", "h4", "div"):
    ATTRIBUTES.setdefault(_tag, set()).add("class")
ATTRIBUTES.setdefault("img", set()).update({"loading", "decoding"})
SCHEMES = {"http", "https", "mailto", "tel"}
# Classes that WordPress gives; ours, and those of the style sheets under them, stay out.
CLASS = re.compile(r"(?:wp-|has-|is-|align|size-)")


def sanitise(html: str, site_url: str, own: Collection[str] = (), app_origin: str = "") -> Markup:
    """`html` without scripts, styles, forms, event handlers and comments.

    Relative addresses lead to the site that the text is of. Of this app's addresses (`app_origin`) only those in `own`
    stay: a preview must not send requests to the app in the viewer's name.
    """

    def filtered(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            return " ".join(word for word in value.split() if CLASS.match(word)) or None
        if name in ("href", "src", "cite"):
            return _address(value.strip(), site_url, own, app_origin)
        return value

    return Markup(  # noqa: S704 (this is where it was made safe)
        clean_html(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, attribute_filter=filtered)
    )


def _address(value: str, site_url: str, own: Collection[str], app_origin: str) -> str | None:
    if value in own or value.startswith("#"):
        return value
    try:
        address = urljoin(f"{site_url}/", value)
        parts = urlsplit(address)
    except ValueError:
        return None
    is_ours = bool(app_origin) and parts.netloc.casefold() == urlsplit(app_origin).netloc.casefold()
    return None if is_ours else address


def first_words(html: str, limit: int = 160) -> str:
    """The first words of `html` as plain text, with character references resolved."""
    text = " ".join(unescape(clean_html(html, tags=set())).split())
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"
