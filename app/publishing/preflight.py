"""What the app itself can see wrong before WordPress is asked: all problems at once (pure)."""

import re
from typing import Any

from app.publishing.payload import Snapshot

TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
MAX_TITLE = 500


def problems(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Each problem as `{code, message, field, cure}`; empty when the content can be sent."""
    post = snapshot.payload["post"]
    found = [
        (not snapshot.site_active, "SITE_INACTIVE", "The site is switched off.", "site", "Switch it on in Sites."),
        (not post["title"].strip(), "TITLE_EMPTY", "The title is empty.", "title", "Give it a title in the editor."),
        (
            not _has_content(post["content"]),
            "CONTENT_EMPTY",
            "There is no text to publish.",
            "content",
            "Write something in the editor, or generate a draft.",
        ),
        (
            post["type"] == "term",
            "TYPE_NOT_PUBLISHABLE",
            "Taxonomy pages cannot be published yet.",
            "content_type",
            "Change the type to Article or Page.",
        ),
    ]
    return [
        {"code": code, "message": message, "field": field, "cure": cure}
        for wrong, code, message, field, cure in found
        if wrong
    ]


def _has_content(html: str) -> bool:
    """True when there is text, or something that shows without text."""
    if re.search(r"<(img|video|audio|iframe|svg|table|hr)\b", html, re.IGNORECASE):
        return True
    return bool(TAG.sub("", html).replace("&nbsp;", " ").strip())
