"""What can be done with the images of a content, each as one use case: for a click, a call of the API or a rule.

They flush; callers commit. `texts`: what is said of the images that are there (`images.describe_images`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.content.images import services as images
from app.content.models import Content, ContentImage
from app.core.errors import DomainError

NO_TEXTS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class ImagesAdded:
    """The images that were stored, and why the others were not."""

    content: Content
    added: list[ContentImage]
    refused: list[DomainError]


def add_images(
    account_id: int,
    content_id: int,
    files: Iterable[tuple[bytes, str]],
    role: str,
    texts: Mapping[str, Any] = NO_TEXTS,
) -> ImagesAdded:
    """Store uploads (bytes, file name) one by one; what is refused does not hold up the others. Raises NotFound."""
    content = images.lock_content(content_id, account_id)
    images.describe_images(content, texts)
    return ImagesAdded(content, *images.add_images(content, files, role))


def describe_images(account_id: int, content_id: int, texts: Mapping[str, Any]) -> Content:
    """Save what is said of the images. Raises NotFound."""
    content = images.lock_content(content_id, account_id)
    images.describe_images(content, texts)
    return content


def remove_image(account_id: int, content_id: int, image_id: int, texts: Mapping[str, Any] = NO_TEXTS) -> Content:
    """Take an image off the content. Raises NotFound."""
    content, image = _hold(account_id, content_id, image_id, texts)
    images.remove_image(content, image)
    return content


def move_image(
    account_id: int, content_id: int, image_id: int, step: int, texts: Mapping[str, Any] = NO_TEXTS
) -> Content:
    """Move an image one place up (-1) or down (1) among those of its role. Raises NotFound."""
    content, image = _hold(account_id, content_id, image_id, texts)
    images.move_image(content, image, step)
    return content


def set_image_role(
    account_id: int, content_id: int, image_id: int, role: str, texts: Mapping[str, Any] = NO_TEXTS
) -> Content:
    """Make it the featured, a gallery or an inline image. Raises NotFound, DomainError for any other role."""
    content, image = _hold(account_id, content_id, image_id, texts)
    images.set_role(content, image, role)
    return content


def _hold(account_id: int, content_id: int, image_id: int, texts: Mapping[str, Any]) -> tuple[Content, ContentImage]:
    content, image = images.lock_content(content_id, account_id), images.image_of(content_id, image_id, account_id)
    images.describe_images(content, texts)
    return content, image
