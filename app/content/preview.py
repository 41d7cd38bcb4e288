"""Post HTML made safe to show. What is stored stays as it came."""

import nh3
from markupsafe import Markup

from app.core.markup import cleaned

TAGS = nh3.ALLOWED_TAGS | {"figure", "figcaption", "section", "main"}
ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
for _tag in ("img", "figure", "table", "p", "ul", "ol", "blockquote", "h2", "h3", "h4", "div"):
    ATTRIBUTES.setdefault(_tag, set()).add("class")
ATTRIBUTES.setdefault("img", set()).update({"loading", "decoding"})


def sanitise(html: str) -> Markup:
    """`html` without scripts, styles, forms, event handlers and comments."""
    clean = cleaned(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})
    return Markup(clean)  # noqa: S704 (this is where it was made safe)


def words(html: str, limit: int = 160) -> str:
    """The first words of `html` as plain text."""
    text = " ".join(cleaned(html, tags=set()).split())
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"
