"""What the app itself can see wrong before WordPress is asked: all problems at once (pure)."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from app.content.images.file_types import EXTENSIONS
from app.core.blank import is_blank
from app.core.languages import gettext
from app.mirror.payload import ContentSnapshot
from app.publishing.checks.text import TextScan
from app.publishing.verification.visible import hidden_where, shows

MEGABYTE = 1024 * 1024
NOT_IN_SLUG = re.compile(r"[^\w.]+")
FEEDS = frozenset(("feed", "rdf", "rss", "rss2", "atom", "embed"))


def preflight_problems(
    snapshot: ContentSnapshot,
    missing_files: Collection[str] = (),
    *,
    is_empty_there: bool = False,
    texts: TextScan | None = None,
) -> list[dict[str, Any]]:
    """Each problem as `{code, message, field, cure, details?}`; empty when the content can be sent.

    `missing_files`: hashes of images whose bytes are not in the media storage. `is_empty_there`: WordPress's version
    has no text either, as with pages of shops and page builders. `texts`: those of the snapshot, if they were read
    already.
    """
    post = snapshot.payload["post"]
    checks = [
        (
            not snapshot.site_active,
            "SITE_INACTIVE",
            gettext("The site is switched off."),
            "site",
            gettext("Switch it on in Sites."),
        ),
        (
            is_blank(post["title"]) and not snapshot.may_be_untitled,
            "TITLE_EMPTY",
            gettext("The title is empty."),
            "title",
            gettext("Give it a title in the editor."),
        ),
        (
            not shows(post["content"]) and not is_empty_there,
            "CONTENT_EMPTY",
            _no_text(post["content"]),
            "content",
            gettext("Write something in the editor, or generate a draft."),
        ),
        (
            snapshot.is_term and not post["taxonomy"],
            "TAXONOMY_UNKNOWN",
            gettext("It is not said which taxonomy the term belongs to."),
            "taxonomy",
            gettext("Choose a taxonomy in the editor, under Place."),
        ),
    ]
    return [
        *(_problem(code, message, field, cure) for wrong, code, message, field, cure in checks if wrong),
        *(texts or TextScan(snapshot)).problems(),
        *_of_images(snapshot, missing_files),
    ]


def warnings(snapshot: ContentSnapshot, texts: TextScan | None = None) -> list[dict[str, Any]]:
    """What may turn out otherwise than expected: `{code, message, field}`. `texts` as in `preflight_problems`."""
    of_texts = (texts or TextScan(snapshot)).warnings()
    return [
        *_of_title(snapshot),
        *_of_slug(snapshot),
        *_of_left_out(snapshot),
        *_of_hidden_text(snapshot),
        *of_texts,
    ]


def _of_title(snapshot: ContentSnapshot) -> Iterator[dict[str, Any]]:
    if is_blank(snapshot.payload["post"]["title"]) and snapshot.may_be_untitled:
        message = gettext("It has no title, as in WordPress: lists and search results show none.")
        yield {"code": "TITLE_MISSING", "message": message, "field": "title"}


def _of_slug(snapshot: ContentSnapshot) -> Iterator[dict[str, Any]]:
    """Problems with slugs that every WordPress reserves.

    The plugin, which knows the addresses, reports those that servers use.
    """
    post = snapshot.payload["post"]
    slug = post["slug"].strip().lower() or NOT_IN_SLUG.sub("-", post["title"].lower()).strip("-")
    if snapshot.is_term:
        return
    if slug in FEEDS:
        message = gettext(
            "WordPress keeps “%(slug)s” for its feeds and gives the post another slug, such as “%(slug)s-2”.", slug=slug
        )
        yield {"code": "SLUG_RESERVED", "message": message, "field": "slug"}


def _of_left_out(snapshot: ContentSnapshot) -> Iterator[dict[str, Any]]:
    if not snapshot.left_out:
        return
    names = ", ".join(snapshot.left_out[:5])
    message = (
        gettext(
            "The page of a term shows only the images in its text: %(names)s and more will not be seen.", names=names
        )
        if len(snapshot.left_out) > 5
        else gettext("The page of a term shows only the images in its text: %(names)s will not be seen.", names=names)
    )
    yield {"code": "IMAGE_NOT_SHOWN", "message": message, "field": "images"}


def _of_hidden_text(snapshot: ContentSnapshot) -> Iterator[dict[str, Any]]:
    content = snapshot.payload["post"]["content"]
    if (conditions := hidden_where(content)) and shows(content):
        where = "; ".join(gettext("where %(condition)s", condition=condition) for condition in conditions)
        message = gettext("Styles in the text hide all of it from some visitors: %(where)s.", where=where)
        yield {"code": "TEXT_HIDDEN_FOR_SOME", "message": message, "field": "content"}


def _of_images(snapshot: ContentSnapshot, missing_files: Collection[str]) -> Iterator[dict[str, Any]]:
    facts = snapshot.facts
    types = facts.mime_types or EXTENSIONS.keys()
    for index, image in enumerate(snapshot.images):
        name, field = f"“{image['filename']}”", f"images.{index}"
        sent = snapshot.files.get(image["sha256"], image)
        if image["sha256"] in missing_files:
            cure = gettext("Remove the image in the editor and upload it again.")
            yield _problem(
                "IMAGE_MISSING",
                gettext("The file of the image %(name)s is no longer in the media storage.", name=name),
                field,
                cure,
            )
        if sent["mime"] not in types:
            accepted = ", ".join(sorted(mime.removeprefix("image/") for mime in types))
            message = gettext(
                "The image %(name)s is of the type %(mime)s, which is not published.", name=name, mime=sent["mime"]
            )
            yield _problem(
                "IMAGE_TYPE_REFUSED",
                message,
                field,
                gettext("Save it as one of %(accepted)s and upload it again.", accepted=accepted),
            )
        if facts.max_bytes is not None and sent["size"] > facts.max_bytes:
            message = gettext(
                "The image %(name)s has %(size)s; the site takes %(most)s.",
                name=name,
                size=_megabytes(sent["size"]),
                most=_megabytes(facts.max_bytes),
            )
            cure = gettext("Make the image smaller, or raise upload_max_filesize and post_max_size in PHP.")
            yield _problem("IMAGE_TOO_LARGE", message, field, cure)


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB"


def _problem(code: str, message: str, field: str, cure: str) -> dict[str, Any]:
    return {"code": code, "message": message, "field": field, "cure": cure}


def _no_text(content: str) -> str:
    if content.strip():
        return gettext("There is no text to publish. What is there is empty or hidden from visitors.")
    return gettext("There is no text to publish.")
