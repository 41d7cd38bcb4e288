"""What the app itself can see wrong before WordPress is asked: all problems at once (pure)."""

import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import Any

from app.content.image_files import EXTENSIONS
from app.core.blank import is_blank
from app.core.markup import cut_at_unclosed, without_comments
from app.mirror.payload import Snapshot
from app.publishing.text_checks import TextScan

TAG = re.compile(r"<[^>]*>")
MEGABYTE = 1024 * 1024
SHOWS = re.compile(
    r"<(img|picture|video|audio|iframe|svg|canvas|table|hr|embed|object|form|input|button|select|textarea|script|math)\b",
    re.IGNORECASE,
)
BLOCK = re.compile(r"<!-- wp:([a-z][a-z0-9_-]*(?:/[a-z][a-z0-9_-]*)?)")
NOT_IN_SLUG = re.compile(r"[^\w.]+")
FEEDS = frozenset(("feed", "rdf", "rss", "rss2", "atom", "embed"))
# Blocks that show nothing but the text in them; every other one is drawn by WordPress or a plugin.
TEXT_BLOCKS = frozenset(
    (
        "paragraph",
        "heading",
        "list",
        "list-item",
        "quote",
        "pullquote",
        "preformatted",
        "verse",
        "code",
        "freeform",
        "html",
        "group",
        "columns",
        "column",
        "buttons",
        "button",
        "table",
        "more",
        "nextpage",
        "missing",
        "details",
    )
)


def problems(
    snapshot: Snapshot, missing_files: Collection[str] = (), *, is_empty_there: bool = False
) -> list[dict[str, Any]]:
    """Each problem as `{code, message, field, cure, details?}`; empty when the content can be sent.

    `missing_files`: hashes of images whose bytes are not in the media storage. `is_empty_there`: what WordPress has
    is without text, too, as the pages of shops and of page builders are.
    """
    post = snapshot.payload["post"]
    checks = [
        (not snapshot.site_active, "SITE_INACTIVE", "The site is switched off.", "site", "Switch it on in Sites."),
        (
            is_blank(post["title"]) and not snapshot.may_be_untitled,
            "TITLE_EMPTY",
            "The title is empty.",
            "title",
            "Give it a title in the editor.",
        ),
        (
            not has_content(post["content"]) and not is_empty_there,
            "CONTENT_EMPTY",
            "There is no text to publish.",
            "content",
            "Write something in the editor, or generate a draft.",
        ),
        (
            snapshot.is_term and not post["taxonomy"],
            "TAXONOMY_UNKNOWN",
            "It is not said which taxonomy the term belongs to.",
            "taxonomy",
            "Choose a taxonomy in the editor, under Place.",
        ),
    ]
    return [
        *(_problem(code, message, field, cure) for wrong, code, message, field, cure in checks if wrong),
        *TextScan(snapshot).problems(),
        *_of_images(snapshot, missing_files),
    ]


def warnings(snapshot: Snapshot) -> list[dict[str, Any]]:
    """What will not be as it may be expected: `{code, message, field}`."""
    return [*_of_title(snapshot), *_of_slug(snapshot), *_of_left_out(snapshot), *TextScan(snapshot).warnings()]


def _of_title(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    if is_blank(snapshot.payload["post"]["title"]) and snapshot.may_be_untitled:
        message = "It has no title, as in WordPress: lists and search results show none."
        yield {"code": "TITLE_MISSING", "message": message, "field": "title"}


def _of_slug(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """What WordPress keeps from every slug; the plugin, which knows the addresses, tells of those that servers use."""
    post = snapshot.payload["post"]
    slug = post["slug"].strip().lower() or NOT_IN_SLUG.sub("-", post["title"].lower()).strip("-")
    if snapshot.is_term:
        return
    if slug in FEEDS:
        message = f"WordPress keeps “{slug}” for its feeds and gives the post another slug, such as “{slug}-2”."
        yield {"code": "SLUG_RESERVED", "message": message, "field": "slug"}


def _of_left_out(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    if not snapshot.left_out:
        return
    names = ", ".join(snapshot.left_out[:5]) + (" and more" if len(snapshot.left_out) > 5 else "")
    message = f"The page of a term shows only the images in its text: {names} will not be seen."
    yield {"code": "IMAGE_NOT_SHOWN", "message": message, "field": "images"}


def _of_images(snapshot: Snapshot, missing_files: Collection[str]) -> Iterator[dict[str, Any]]:
    facts = snapshot.facts
    types = facts.mime_types or EXTENSIONS.keys()
    for index, image in enumerate(snapshot.images):
        name, field = f"“{image['filename']}”", f"images.{index}"
        if image["sha256"] in missing_files:
            cure = "Remove the image in the editor and upload it again."
            yield _problem(
                "IMAGE_MISSING", f"The file of the image {name} is no longer in the media storage.", field, cure
            )
        if image["mime"] not in types:
            accepted = ", ".join(sorted(mime.removeprefix("image/") for mime in types))
            message = f"The image {name} is of the type {image['mime']}, which is not published."
            yield _problem("IMAGE_TYPE_REFUSED", message, field, f"Save it as one of {accepted} and upload it again.")
        if facts.max_bytes is not None and image["size"] > facts.max_bytes:
            message = f"The image {name} has {_megabytes(image['size'])}; the site takes {_megabytes(facts.max_bytes)}."
            cure = "Make the image smaller, or raise upload_max_filesize and post_max_size in PHP."
            yield _problem("IMAGE_TOO_LARGE", message, field, cure)


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"


def _problem(code: str, message: str, field: str, cure: str) -> dict[str, Any]:
    return {"code": code, "message": message, "field": field, "cure": cure}


def has_content(html: str) -> bool:
    """True when there is text, or something that shows without text (pure)."""
    if SHOWS.search(html) or any(name not in TEXT_BLOCKS for name in BLOCK.findall(html)):
        return True
    bare = without_comments(html)
    closed = cut_at_unclosed(bare)
    return bare != closed or not is_blank(unescape(TAG.sub("", closed)))
