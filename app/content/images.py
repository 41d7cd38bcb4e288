"""Images of a piece of content. Services flush; callers commit."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.content.changes import changed
from app.content.image_files import EXTENSIONS, sniff
from app.content.image_metadata import Broken, strip
from app.content.models import Content, ContentImage
from app.core import media
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.tenancy import owned
from app.taxonomy.slugs import normalise_slug

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000  # what WordPress can make smaller sizes of with its usual memory
MAX_SIDE = 30_000
MAX_IMAGES = 40
ROLES = (("featured", "Featured image"), ("gallery", "Gallery"), ("inline", "In the text"))
FIELDS = {"alt": 500, "title": 300, "caption": 2000}
REFERENCE = re.compile(r"igny8-image:([0-9a-f]{64})")


def roles_of(content: Content) -> tuple[tuple[str, str], ...]:
    """Where an image of this content can go: a term's page has no featured image and no gallery."""
    return tuple(role for role in ROLES if content.content_type != "Taxonomy" or role[0] == "inline")


def hold(content_id: int, account_id: int) -> Content:
    """The content, held until the transaction ends: its images change for one request at a time. Raises NotFound."""
    stmt = select(Content).where(Content.id == content_id, Content.account_id == account_id).with_for_update()
    content = db.session.scalar(stmt.execution_options(populate_existing=True))
    if content is None:
        raise NotFound()
    return content


def _without_metadata(data: bytes, mime: str, filename: str) -> bytes:
    try:
        return strip(data, mime)
    except Broken as error:
        raise DomainError(
            f"“{filename[:80]}” is damaged: it cannot be read to its end.",
            code="IMAGE_BROKEN",
            field="images",
            cure="Save it again and upload the new file.",
        ) from error


def add_image(content: Content, data: bytes, filename: str, role: str) -> ContentImage:
    """Store an uploaded image. Flushes. A second featured image sends the first to the gallery.

    What cameras and programs have written into it is taken out. Raises DomainError when it is no PNG, JPEG, GIF
    or WebP, damaged, too large, or one too many.
    """
    facts = sniff(data)
    if facts is None:
        raise DomainError(
            f"“{filename[:80]}” is not a PNG, JPEG, GIF or WebP image.",
            code="IMAGE_TYPE_REFUSED",
            field="images",
            cure="Save it in one of these formats and upload it again.",
        )
    if max(facts.width, facts.height) > MAX_SIDE or facts.width * facts.height > MAX_PIXELS:
        raise DomainError(
            f"“{filename[:80]}” has {facts.width:,} × {facts.height:,} pixels, more than WordPress can handle.",
            code="IMAGE_TOO_LARGE",
            field="images",
            cure="Make it smaller and upload it again.",
        )
    if len(data) > MAX_BYTES:
        raise DomainError(
            f"“{filename[:80]}” is larger than {MAX_BYTES // 1024 // 1024} MB.",
            code="IMAGE_TOO_LARGE",
            field="images",
            cure="Make it smaller and upload it again.",
        )
    data = _without_metadata(data, facts.mime, filename)
    _check_quota(content.account_id, len(data))
    if len(content.images) >= MAX_IMAGES:
        raise DomainError(
            f"There are {MAX_IMAGES} images already.", code="TOO_MANY_IMAGES", field="images", cure="Remove one first."
        )
    possible = dict(roles_of(content))
    role = role if role in possible else "gallery" if "gallery" in possible else "inline"
    if role == "featured":
        _demote_featured(content)
    image = ContentImage(
        account_id=content.account_id,
        content_id=content.id,
        role=role,
        position=_next_position(content.id),
        sha256=media.IMAGES.save(content.account_id, data),
        mime=facts.mime,
        size=len(data),
        width=facts.width,
        height=facts.height,
        filename=_filename(filename, facts.mime),
    )
    db.session.add(image)
    _touch(content)
    db.session.refresh(content, ["images"])
    return image


def _check_quota(account_id: int, size: int) -> None:
    """Raise when the account's images, each counted once, leave no room for so many bytes more."""
    files = select(ContentImage.sha256, ContentImage.size).where(ContentImage.account_id == account_id).distinct()
    used = db.session.scalar(select(func.sum(files.subquery().c.size))) or 0
    most = current_app.config["IMAGE_GB_PER_ACCOUNT"]
    if used + size > most * 1024**3:
        raise DomainError(
            f"The images of this account take {used / 1024**3:,.1f} GB of the {most:,} GB that it may use.",
            code="IMAGE_QUOTA",
            field="images",
            cure="Remove images that are not needed any more.",
        )


def add_images(
    content: Content, files: Iterable[tuple[bytes, str]], role: str
) -> tuple[list[ContentImage], list[DomainError]]:
    """Store uploads (bytes, file name), one by one: those that were taken, and why the others were not. Flushes."""
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
    """Take over `image-<id>-alt`, `-title` and `-caption` of a form. Flushes."""
    for image in content.images:
        for name, limit in FIELDS.items():
            value = values.get(f"image-{image.id}-{name}")
            if isinstance(value, str):
                setattr(image, name, value.replace("\0", "").strip()[:limit])
    if any(db.session.is_modified(image) for image in content.images):
        db.session.flush()
        changed([content.id], ("images",))


def set_role(content: Content, image: ContentImage, role: str) -> None:
    """Make it the featured, a gallery or an inline image. Flushes."""
    if role not in dict(roles_of(content)):
        raise DomainError("There is no such place for an image.", code="IMAGE_ROLE", field="role")
    if role == "featured":
        _demote_featured(content)
    image.role = role
    _touch(content)


def move(content: Content, image: ContentImage, step: int) -> None:
    """Move an image one place up (-1) or down (1) among those of its role. Flushes."""
    row = [other for other in content.images if other.role == image.role]
    at = row.index(image)
    to = max(0, min(len(row) - 1, at + step))
    row.insert(to, row.pop(at))
    for position, other in enumerate(row):
        other.position = position
    _touch(content)
    db.session.refresh(content, ["images"])


def remove(content: Content, image: ContentImage) -> None:
    """Take an image off the content. Flushes. The bytes stay in the store: another piece may use them."""
    content.images.remove(image)
    _touch(content)


def resolve_references(html: str, addresses: Mapping[str, str]) -> str:
    """`html` with each ``igny8-image:<sha256>`` that is in `addresses` replaced by its address. Pure."""
    return REFERENCE.sub(lambda match: addresses.get(match[1], match[0]), html)
