"""Images of a piece of content. Services flush; callers commit."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.content.changes import changed
from app.content.images import renditions
from app.content.images.file_types import EXTENSIONS
from app.content.images.intake import clean_image
from app.content.images.shelves import IMAGES
from app.content.images.uses import shown_in_texts
from app.content.models import Content, ContentImage
from app.content.trash.services import refuse_trashed
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext, local_number
from app.core.tenancy import owned
from app.taxonomy.slugs import normalise_slug

MAX_IMAGES = 40
BEING_SAVED = timedelta(hours=1)
ROLES = (("featured", N_("Featured image")), ("gallery", N_("Gallery")), ("inline", N_("In the text")))
FIELDS = {"alt": 500, "title": 300, "caption": 2000}
OVERWRITTEN = {
    "alt": N_("The alt text of “%(image)s” was changed to “%(text)s” meanwhile; yours is saved."),
    "title": N_("The image title of “%(image)s” was changed to “%(text)s” meanwhile; yours is saved."),
    "caption": N_("The caption of “%(image)s” was changed to “%(text)s” meanwhile; yours is saved."),
}
REFERENCE = re.compile(r"igny8-image:([0-9a-f]{64})")


def roles_of(content: Content) -> tuple[tuple[str, str], ...]:
    """Where an image of this content can go: a term's page has no featured image and no gallery."""
    return tuple(role for role in ROLES if content.content_type != "Taxonomy" or role[0] == "inline")


def lock_content(content_id: int, account_id: int) -> Content:
    """The content, held until the transaction ends: its images change for one request at a time. Raises NotFound, and
    Conflict for content in the trash.
    """
    stmt = select(Content).where(Content.id == content_id, Content.account_id == account_id).with_for_update()
    content = db.session.scalar(stmt.execution_options(populate_existing=True))
    if content is None:
        raise NotFound()
    refuse_trashed(content)
    return content


def add_image(content: Content, data: bytes, filename: str, role: str) -> ContentImage:
    """Store an uploaded image, and have smaller files made of it. Flushes. A second featured image sends the first to
    the gallery.

    What cameras and programs have written into it is removed. Raises DomainError when it is no PNG, JPEG, GIF, WebP
    or AVIF, damaged, too large, or one too many.
    """
    clean = clean_image(data, filename)
    _check_quota(content.account_id, len(clean.data))
    _check_number(content)
    possible = dict(roles_of(content))
    role = role if role in possible else "gallery" if "gallery" in possible else "inline"
    if role == "featured":
        _demote_featured(content)
    image = ContentImage(
        account_id=content.account_id,
        content_id=content.id,
        role=role,
        position=_next_position(content.id),
        sha256=IMAGES.save(content.account_id, clean.data),
        mime=clean.mime,
        size=len(clean.data),
        width=clean.width,
        height=clean.height,
        filename=_filename(filename, clean.mime),
    )
    db.session.add(image)
    _touch(content)
    renditions.ask_anew(content.account_id, image.sha256, renditions.FAILED)
    renditions.ask_for(content.account_id, [image.sha256])
    db.session.refresh(content, ["images"])
    return image


def room_for(content: Content) -> int:
    """How many images more a content can have."""
    return max(0, MAX_IMAGES - len(content.images))


def check_room(content: Content) -> None:
    """Raise what adding any image would raise, before one is paid for.

    That is Conflict for content in the trash, and DomainError for one image too many or when the account's images leave
    no room.
    """
    refuse_trashed(content)
    _check_number(content)
    _check_quota(content.account_id, 1)


def _check_number(content: Content) -> None:
    if not room_for(content):
        raise DomainError(
            gettext("There are %(max_images)s images already.", max_images=MAX_IMAGES),
            code="TOO_MANY_IMAGES",
            field="images",
            cure=gettext("Remove one first."),
        )


def copy_image(content: Content, source: ContentImage) -> ContentImage:
    """Have an image of the same account in the text of this content, with its words. Flushes.

    The bytes are shared. Raises DomainError when it is one too many.
    """
    _check_number(content)
    shared = ("account_id", "sha256", "mime", "size", "width", "height", "filename", "alt", "title", "caption")
    image = ContentImage(
        content_id=content.id,
        role="inline",
        position=_next_position(content.id),
        **{name: getattr(source, name) for name in shared},
    )
    db.session.add(image)
    _touch(content)
    db.session.refresh(content, ["images"])
    return image


def adopt_image(content: Content, path: Path, facts: Mapping[str, Any]) -> ContentImage:
    """Have an image of the account's in the text of this content: a file of the media storage, named by its hash.

    Flushes. `facts` are its mime, size, width, height, filename and alt. Once for many calls. Raises DomainError when
    it is one too many or there is no room.
    """
    present = next((image for image in content.images if image.sha256 == path.name), None)
    if present is not None:
        return present
    _check_quota(content.account_id, int(facts["size"]))
    _check_number(content)
    IMAGES.adopt(content.account_id, path)
    position = _next_position(content.id)
    image = ContentImage(
        account_id=content.account_id,
        content_id=content.id,
        role="inline",
        position=position,
        sha256=path.name,
        **facts,
    )
    db.session.add(image)
    _touch(content)
    renditions.ask_for(content.account_id, [image.sha256])
    db.session.refresh(content, ["images"])
    return image


def _check_quota(account_id: int, size: int) -> None:
    """Raise when the account's images and their smaller files, each counted once, leave no room for `size` bytes."""
    files = select(ContentImage.sha256, ContentImage.size).where(ContentImage.account_id == account_id).distinct()
    used = (db.session.scalar(select(func.sum(files.subquery().c.size))) or 0) + renditions.used_bytes(account_id)
    most = current_app.config["IMAGE_GB_PER_ACCOUNT"]
    if used + size > most * 1024**3:
        raise DomainError(
            gettext(
                "The images of this account take %(used)s GB of the %(most)s GB that it may use.",
                used=local_number(used / 1024**3, 1),
                most=local_number(most),
            ),
            code="IMAGE_QUOTA",
            field="images",
            cure=gettext("Remove images that are not needed any more."),
        )


def add_images(
    content: Content, files: Iterable[tuple[bytes, str]], role: str
) -> tuple[list[ContentImage], list[DomainError]]:
    """Store uploads (bytes, file name), one by one. Returns what was stored, and why the rest was not. Flushes."""
    added, refused = [], []
    for data, filename in files:
        try:
            added.append(add_image(content, data, filename, role))
        except DomainError as error:
            refused.append(error)
    return added, refused


def _filename(name: str, mime: str) -> str:
    stem = normalise_slug(name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])
    return f"{stem[:150] or 'image'}.{EXTENSIONS[mime]}"


def _demote_featured(content: Content) -> None:
    for image in content.images:
        if image.role == "featured":
            image.role = "gallery"
    db.session.flush()


def _next_position(content_id: int) -> int:
    last = db.session.scalar(select(func.max(ContentImage.position)).where(ContentImage.content_id == content_id))
    return 0 if last is None else last + 1


def _touch(content: Content) -> None:
    content.updated_at = utcnow()
    db.session.flush()
    changed([content.id], ("images", "featured_image"))


def image_of(content_id: int, image_id: int, account_id: int) -> ContentImage:
    """This image of this content; raises NotFound otherwise."""
    image = owned(ContentImage, image_id, account_id)
    if image.content_id != content_id:
        raise NotFound()
    return image


def describe_images(content: Content, values: Mapping[str, Any]) -> None:
    """Save `image-<id>-alt`, `-title` and `-caption` from a form. Flushes.

    With `image-<id>-was`, the JSON of what the form showed by name, only what the person changed is saved: what others
    wrote meanwhile stays.
    """
    for image, name, value, was in _described(content, values):
        if value != was:
            setattr(image, name, value)
    if any(db.session.is_modified(image) for image in content.images):
        db.session.flush()
        changed([content.id], ("images",))


def overwritten(content: Content, values: Mapping[str, Any]) -> list[str]:
    """Changes that others made since the form was shown and that `describe_images` would overwrite, in words."""
    return [
        gettext(OVERWRITTEN[name], image=image.filename, text=getattr(image, name))
        for image, name, value, was in _described(content, values)
        if was is not None and value != was and getattr(image, name) not in (value, was)
    ]


def _described(content: Content, values: Mapping[str, Any]) -> Iterator[tuple[ContentImage, str, str, str | None]]:
    """Image, field, what a form says of it, and what the form showed at first (None: it does not say)."""
    for image in content.images:
        shown = _shown_values(values.get(f"image-{image.id}-was"))
        for name, limit in FIELDS.items():
            value = values.get(f"image-{image.id}-{name}")
            if isinstance(value, str):
                was = shown.get(name)
                yield image, name, _tidy(value, limit), None if was is None else _tidy(str(was), limit)


def _shown_values(text: object) -> dict[str, Any]:
    try:
        shown = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return shown if isinstance(shown, dict) else {}


def _tidy(value: str, limit: int) -> str:
    return value.replace("\0", "").strip()[:limit]


def set_role(content: Content, image: ContentImage, role: str) -> None:
    """Make it the featured, a gallery or an inline image. Flushes."""
    if role not in dict(roles_of(content)):
        raise DomainError(gettext("There is no such place for an image."), code="IMAGE_ROLE", field="role")
    if role == "featured":
        _demote_featured(content)
    image.role = role
    _touch(content)


def move_image(content: Content, image: ContentImage, step: int) -> None:
    """Move an image one place up (-1) or down (1) among those of its role. Flushes."""
    row = [other for other in content.images if other.role == image.role]
    index = row.index(image)
    target = max(0, min(len(row) - 1, index + step))
    row.insert(target, row.pop(index))
    for position, other in enumerate(row):
        other.position = position
    _touch(content)
    db.session.refresh(content, ["images"])


def remove_image(content: Content, image: ContentImage) -> None:
    """Take an image off the content. Flushes. The bytes stay while another piece or a kept version shows them
    (`image_upkeep`).
    """
    content.images.remove(image)
    _touch(content)


def remove_unused_files(account_id: int, hashes: Collection[str]) -> int:
    """Delete those of these files that no content of the account has and no text shows any more, as `remove_files`."""
    return remove_files(account_id, set(hashes) - shown_in_texts(account_id)) if hashes else 0


def remove_files(account_id: int, hashes: Collection[str]) -> int:
    """Delete those of these files that no content of the account has any more, with the smaller ones made of them.

    The caller knows that no text shows them. Returns how many. Safe to repeat. Commits.

    A file that was stored within the last hour stays: somebody may be about to save a content with it.
    """
    used = select(ContentImage.sha256).where(ContentImage.account_id == account_id, ContentImage.sha256.in_(hashes))
    unused = set(hashes) - set(db.session.scalars(used))
    removed = [sha256 for sha256 in unused if IMAGES.remove_old(account_id, sha256, BEING_SAVED)]
    renditions.remove(account_id, removed)
    return len(removed)


def replace_image_references(html: str, addresses: Mapping[str, str]) -> str:
    """`html` with each ``igny8-image:<sha256>`` that is in `addresses` replaced by its address. Pure."""
    return REFERENCE.sub(lambda match: addresses.get(match[1], match[0]), html)
