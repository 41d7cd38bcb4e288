"""How pages of this app show the images of contents: the narrowest file that does, and what each weighs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.content.images import renditions
from app.content.images.renditions import Renditions
from app.content.models import ContentImage

IN_TEXT = 1280  # pixels across, of an image in a text
THUMBNAIL = 480
NEVER_SMALLER = "image/gif"
NAMES = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/avif": "AVIF",
}


@dataclass(frozen=True)
class ShownImage:
    """Addresses of an image's files. `srcset` is empty where there is one file alone.

    `smaller`: the file in which it is the whole picture, `{mime, size, …}`; None when the image is small already.
    """

    src: str
    srcset: str
    address_in_text: str
    format: str
    smaller: dict[str, Any] | None
    smaller_format: str
    is_pending: bool
    problem: str


def shown_images(images: Sequence[ContentImage]) -> dict[int, ShownImage]:
    """Each of these images of one account, by its id."""
    if not images:
        return {}
    made = renditions.renditions_of(images[0].account_id, [image.sha256 for image in images])
    return {image.id: _shown(image, made[image.sha256]) for image in images}


def address_in_text(image: ContentImage) -> str:
    """Where the text of the editor shows the image: always the same, whatever is made of it yet."""
    is_large = (image.width or 0) > IN_TEXT and image.mime != NEVER_SMALLER
    return _file_address(image, IN_TEXT if is_large else None)


def _shown(image: ContentImage, made: Renditions) -> ShownImage:
    thumbnail, full = made.file_for(THUMBNAIL), made.full
    return ShownImage(
        src=_file_address(image, thumbnail["width"] if thumbnail else None),
        srcset=", ".join(f"{_file_address(image, file['width'])} {file['width']}w" for file in made.files),
        address_in_text=address_in_text(image),
        format=NAMES.get(image.mime, image.mime),
        smaller=full,
        smaller_format=NAMES.get(full["mime"], "") if full else "",
        is_pending=made.is_pending,
        problem=made.problem,
    )


def _file_address(image: ContentImage, width: int | None) -> str:
    return url_for("content.image_file", content_id=image.content_id, image_id=image.id, w=width)
