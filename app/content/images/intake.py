"""What an uploaded image must be, and what of it is kept. Pure."""

from dataclasses import dataclass

from app.content.images.file_types import ImageFacts, is_avif, is_avif_animation, is_heic, is_svg, sniff
from app.content.images.metadata import Broken, strip
from app.content.images.pixels import MAX_PIXELS, refuse_broken, shown_size
from app.core.errors import DomainError
from app.core.languages import gettext, local_number

MAX_BYTES = 10 * 1024 * 1024
MAX_SIDE = 30_000


@dataclass(frozen=True, slots=True)
class CleanImage:
    """An image without what cameras and programs wrote into it; its size is in pixels, as it is shown."""

    data: bytes
    mime: str
    width: int
    height: int


def clean_image(data: bytes, filename: str) -> CleanImage:
    """The image that these bytes are, whatever the name says.

    Raises DomainError when it is no PNG, JPEG, GIF, WebP or AVIF, is damaged, or too large.
    """
    facts = _facts_of(data, filename)
    cleaned, (width, height) = _without_author(data, facts.mime, filename)
    return CleanImage(cleaned, facts.mime, width, height)


def _facts_of(data: bytes, filename: str) -> ImageFacts:
    facts = sniff(data)
    if facts is None:
        raise _refused_type(data, filename)
    cure = gettext("Make it smaller and upload it again.")
    if max(facts.width, facts.height) > MAX_SIDE or facts.width * facts.height > MAX_PIXELS:
        says = gettext(
            "“%(name)s” has %(width)s × %(height)s pixels, more than WordPress can handle.",
            name=_short(filename),
            width=local_number(facts.width),
            height=local_number(facts.height),
        )
        raise _refused("IMAGE_TOO_LARGE", says, cure)
    if len(data) > MAX_BYTES:
        most = MAX_BYTES // 1024 // 1024
        says = gettext("“%(name)s” is larger than %(most)s MB.", name=_short(filename), most=most)
        raise _refused("IMAGE_TOO_LARGE", says, cure)
    return facts


def _refused_type(data: bytes, filename: str) -> DomainError:
    name = _short(filename)
    if is_avif_animation(data):
        says = gettext("“%(name)s” is an animation in AVIF, which is taken for still images alone.", name=name)
        cure = gettext("Save it as a GIF or WebP and upload that.")
    elif is_avif(data):
        return _refused_as_broken(filename)
    elif is_heic(data):
        says = gettext("“%(name)s” is a HEIC photo, which browsers do not show.", name=name)
        cure = gettext("Export it as JPEG, or choose “Most Compatible” in the camera settings of the iPhone.")
    elif is_svg(data):
        says = gettext("“%(name)s” is an SVG drawing, which may carry scripts.", name=name)
        cure = gettext("Export it as PNG and upload that.")
    else:
        says = gettext("“%(name)s” is not a PNG, JPEG, GIF, WebP or AVIF image.", name=name)
        cure = gettext("Save it in one of these formats and upload it again.")
    return _refused("IMAGE_TYPE_REFUSED", says, cure)


def _without_author(data: bytes, mime: str, filename: str) -> tuple[bytes, tuple[int, int]]:
    """The image without the metadata about its author, and its size as it is shown."""
    try:
        refuse_broken(data, mime)
        cleaned = strip(data, mime)
        return cleaned, shown_size(cleaned, mime)
    except Broken as error:
        raise _refused_as_broken(filename) from error


def _refused_as_broken(filename: str) -> DomainError:
    says = gettext("“%(name)s” is damaged: it cannot be read to its end.", name=_short(filename))
    return _refused("IMAGE_BROKEN", says, gettext("Save it again and upload the new file."))


def _short(filename: str) -> str:
    return filename[:80]


def _refused(code: str, says: str, cure: str) -> DomainError:
    return DomainError(says, code=code, field="images", cure=cure)
