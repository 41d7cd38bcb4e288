"""Which file of an image is sent: the narrowest that does, or the image itself while a worker makes those."""

from dataclasses import dataclass, replace

from app.content.images import renditions
from app.content.images import services as images
from app.content.images.shelves import IMAGES, RENDITIONS
from app.core.media import Shelf


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A stored file. `is_final`: never another one under the same address."""

    shelf: Shelf
    sha256: str
    mime: str
    is_final: bool = True


def shown_file(account_id: int, content_id: int, image_id: int, width: int | None = None) -> ImageFile:
    """The narrowest file of the image with at least so many pixels across, or without a width the image. Flushes.

    What a worker has yet to make, or is lost, is asked for; the image stands in meanwhile. Raises NotFound.
    """
    image = images.image_of(content_id, image_id, account_id)
    itself = ImageFile(IMAGES, image.sha256, image.mime)
    if not width:
        return itself
    made = renditions.renditions_of(account_id, [image.sha256])[image.sha256]
    file = made.file_for(width)
    is_lost = file is not None and not RENDITIONS.has(account_id, file["file"])
    if made.is_pending or is_lost:
        if is_lost:
            renditions.ask_anew(account_id, image.sha256, renditions.MADE)
        renditions.ask_for(account_id, [image.sha256])
    if file and not is_lost:
        return ImageFile(RENDITIONS, file["file"], file["mime"], not made.is_pending)
    return replace(itself, is_final=not (made.is_pending or is_lost))
