"""Images as pixels: whether they can be read to their end, and the smaller files that are made of them. Pure.

Only the reader for the type that the first bytes show is used. Animations are left as they are.
"""

import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PIL import AvifImagePlugin, Image, ImageCms, ImageOps, JpegImagePlugin

from app.content.images.metadata import Broken, number_of_scans

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
MAX_PIXELS = 50_000_000  # what WordPress can make smaller sizes of with its usual memory
READ_AT_ONCE = 16_000_000  # pixels that a request may unpack; of a JPEG, an eighth of each side is enough
WIDTHS = (480, 768, 1280, 1920)
WIDEST = 2560  # what WordPress itself makes of larger ones
WEBP_SIDE = 16_383
WEBP_EFFORT = 2  # of 6: half the time of the usual 4, and files that are 3 % larger
MOST_SCANS = 100  # passes of a progressive JPEG, each of which costs as much as a whole picture; 10 are usual
FEW_COLOURS = 4096  # a drawing or a screenshot: its edges stay sharp
ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class Rendition:
    """A file made of an image; sizes in pixels. `is_full`: as large as the image, or WIDEST wide."""

    data: bytes
    mime: str
    width: int
    height: int
    is_full: bool = True


def avif_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of an AVIF image of any size, as it is shown; None when it cannot be read."""
    try:
        with AvifImagePlugin.AvifImageFile(io.BytesIO(data)) as image:
            return _shown_size(image)
    except ERRORS:
        return None


def shown_size(data: bytes, mime: str) -> tuple[int, int]:
    """Width and height as the image is shown: a photo that lies on its side is turned. Raises Broken."""
    with _opened(data, mime) as image:
        return _shown_size(image)


def is_animation(data: bytes, mime: str) -> bool:
    """Whether the image moves: nothing is made of it. Raises Broken."""
    with _opened(data, mime) as image:
        return bool(getattr(image, "is_animated", False))


def refuse_broken(data: bytes, mime: str) -> None:
    """Raise Broken when the image breaks off or is damaged.

    Of a large image only the beginning is read, unless it is a JPEG that can be read at an eighth of its size: a worker
    sees the rest. One in many passes has all of its pixels in memory before the first is shown.
    """
    with _opened(data, mime) as image:
        if mime == "image/jpeg" and not image.info.get("progressive"):
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        if image.width * image.height <= READ_AT_ONCE:
            image.load()


def web_renditions(data: bytes, mime: str) -> list[Rendition]:
    """WebP files in ascending width, none wider than the image or WIDEST; the last one may be the image at full size.

    Those that are not smaller than the image in bytes are left out, except the full size of what some sites do not
    take: AVIF images, and wider ones. Empty for animations. Raises Broken.
    """
    pixels = _pixels(data, mime)
    if pixels is None:
        return []
    full = min(pixels.width, WIDEST)
    is_full_needed = mime == "image/avif" or shown_size(data, mime)[0] > WIDEST
    renditions: list[Rendition] = []
    for width in (full, *(width for width in reversed(WIDTHS) if width < full)):
        pixels_of_width = _narrowed(pixels, width)
        if max(pixels_of_width.size) > WEBP_SIDE:
            continue
        is_sharp = width == pixels.width and _has_few_colours(pixels, mime)
        rendition = replace(_encoded(pixels_of_width, "image/webp", is_sharp=is_sharp), is_full=width == full)
        if len(rendition.data) < len(data) or (is_full_needed and width == full):
            renditions.insert(0, rendition)
    return renditions


def plain_rendition(data: bytes, mime: str) -> Rendition | None:
    """The image as a JPEG, or as a PNG where something shines through or it has few colours, at most WIDEST wide.

    None for animations. Raises Broken.
    """
    pixels = _pixels(data, mime)
    if pixels is None:
        return None
    is_png = pixels.mode == "RGBA" or _has_few_colours(pixels, mime)
    return _encoded(_narrowed(pixels, min(pixels.width, WIDEST)), "image/png" if is_png else "image/jpeg")


def small_picture(data: bytes, mime: str, width: int = WIDTHS[0]) -> bytes | None:
    """The image as a WebP of at most this width, for lists; None for animations and what is too large or damaged.

    Quick enough for a request: of images that would take long nothing is made.
    """
    try:
        with _opened(data, mime) as image:
            if mime != "image/jpeg" and image.width * image.height > READ_AT_ONCE:
                return None
        pixels = _pixels(data, mime)
    except Broken:
        return None
    return None if pixels is None else _encoded(_narrowed(pixels, width), "image/webp").data


@contextmanager
def _opened(data: bytes, mime: str) -> Iterator[Image.Image]:
    if mime == "image/jpeg" and number_of_scans(data) > MOST_SCANS:
        raise Broken
    try:
        with _reader(data, mime) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Broken
            yield image
    except ERRORS as error:
        raise Broken from error


def _reader(data: bytes, mime: str) -> Image.Image:
    """A reader of the image; of a JPEG, only of the picture itself, without what phones append to it."""
    if mime == "image/jpeg":
        return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    return Image.open(io.BytesIO(data), formats=[FORMATS[mime]])


def _shown_size(image: Image.Image) -> tuple[int, int]:
    is_turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if is_turned else (image.width, image.height)


def _pixels(data: bytes, mime: str) -> Image.Image | None:
    """Upright, in sRGB, of the mode RGB or RGBA, without metadata; None for an animation.

    A JPEG is read at a half or a quarter when that is still larger than what is made of it.
    """
    with _opened(data, mime) as image:
        if getattr(image, "is_animated", False):
            return None
        if mime == "image/jpeg":
            image.draft(None, (WIDEST, WIDEST))
        image.load()
        upright = ImageOps.exif_transpose(image)
        pixels = _in_srgb(upright)
        if pixels.mode == "RGBA" and pixels.getchannel("A").getextrema() == (255, 255):
            pixels = pixels.convert("RGB")
        pixels.info.clear()
        return pixels


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image).convert("RGB")
    if image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode != "RGBA" and image.has_transparency_data:
        image = image.convert("RGBA")
    if not profile:
        return image if image.mode == "RGBA" else image.convert("RGB")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = _converted(image.convert("RGB") if alpha else image, bytes(profile))
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """The image with its colours converted by its profile.

    Unchanged when the profile does not fit this kind of image.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return image.convert("RGB") if converted is None else converted


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit grey image reduced to its upper eight bits."""
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _has_few_colours(pixels: Image.Image, mime: str) -> bool:
    return mime in ("image/png", "image/gif") and pixels.getcolors(FEW_COLOURS) is not None


def _narrowed(pixels: Image.Image, width: int) -> Image.Image:
    if width >= pixels.width:
        return pixels
    height = max(1, math.floor(pixels.height * width / pixels.width + 0.5))
    return pixels.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(pixels: Image.Image, mime: str, *, is_sharp: bool = False) -> Rendition:
    out = io.BytesIO()
    if mime == "image/webp":
        pixels.save(out, "WEBP", method=WEBP_EFFORT, lossless=is_sharp, quality=70 if is_sharp else 82)
    elif mime == "image/png":
        pixels.save(out, "PNG", optimize=True)
    else:
        pixels.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    return Rendition(out.getvalue(), mime, pixels.width, pixels.height)
