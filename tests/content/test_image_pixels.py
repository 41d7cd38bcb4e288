"""What is made of real files: upright, in sRGB, smaller, without a word about their author."""

import io
import struct
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, JpegImagePlugin

from app.content.images.file_types import sniff
from app.content.images.metadata import Broken, strip
from app.content.images.pixels import Rendition, plain_rendition, refuse_broken, shown_size, web_renditions
from tests.factories.pictures import encoded, photo

PLACE = b"GPS-52.5200N"


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112], data[0x010F] = orientation, PLACE.decode()
    return data


def pixel(rendition: Rendition, across: float, down: float) -> tuple[int, ...]:
    """The colour at these parts of width and height."""
    with Image.open(io.BytesIO(rendition.data)) as image:
        place = (min(image.width - 1, int(image.width * across)), min(image.height - 1, int(image.height * down)))
        found = image.convert("RGBA").getpixel(place)
        assert isinstance(found, tuple)
        return tuple(int(value) for value in found)


def near(found: tuple[int, ...], expected: tuple[int, ...], by: int = 14) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, expected, strict=False))


def deep_grey() -> bytes:
    """A PNG of sixteen bits, black at its left, white at its right."""
    picture = Image.new("I;16", (600, 400))
    picture.putdata([x * 109 for x in range(600)] * 400)
    return encoded(picture, "PNG")


def wide_gamut() -> bytes:
    """A JPEG whose profile says that its red is blue."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = bytearray(lab)
    red, blue = lab.index(b"rXYZ"), lab.index(b"bXYZ")
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return encoded(Image.new("RGB", (400, 300), (255, 0, 0)), "JPEG", quality=95, icc_profile=bytes(swapped))


@pytest.mark.parametrize(
    ("mime", "make", "size", "widths"),
    [
        ("image/jpeg", lambda: encoded(photo(1000, 600), "JPEG", exif=exif(6)), (600, 1000), [480, 600]),
        ("image/jpeg", lambda: encoded(photo(1000, 600, "CMYK"), "JPEG"), (1000, 600), [480, 768, 1000]),
        ("image/jpeg", lambda: encoded(photo(12_000, 1500), "JPEG"), (12_000, 1500), [480, 768, 1280, 1920, 2560]),
        ("image/png", deep_grey, (600, 400), [480, 600]),
        ("image/avif", lambda: encoded(photo(700, 500), "AVIF", exif=exif(8), speed=10), (500, 700), [500]),
        ("image/webp", lambda: encoded(photo(900, 300), "WEBP", quality=100), (900, 300), [480, 768, 900]),
        (
            "image/gif",
            lambda: encoded(photo(20, 10), "GIF", save_all=True, append_images=[photo(20, 10, "L")]),
            (20, 10),
            [],
        ),
    ],
    ids=["turned", "cmyk", "wide", "16 bits", "avif", "webp", "animated"],
)
def test_files_are_made_in_widths_and_never_enlarged(
    mime: str, make: Callable[[], bytes], size: tuple[int, int], widths: list[int]
) -> None:
    taken = make()
    facts = sniff(taken)
    assert facts is not None
    assert facts.mime == mime
    refuse_broken(taken, mime)
    clean = strip(taken, mime)
    assert PLACE not in clean
    assert shown_size(clean, mime) == size
    made = web_renditions(clean, mime)
    if mime == "image/avif":  # small already: what is smaller than it depends on the encoder
        made = [rendition for rendition in made if rendition.is_full]
    assert [rendition.width for rendition in made] == widths
    assert [rendition.is_full for rendition in made] == [False] * (len(widths) - 1) + [True] * bool(widths)
    assert all(len(rendition.data) < len(clean) for rendition in made if not rendition.is_full)
    assert {rendition.mime for rendition in made} <= {"image/webp"}
    if widths and widths[-1] == size[0]:
        assert (made[-1].width, made[-1].height) == size


def test_a_photo_on_its_side_stands_up() -> None:
    upright = photo(600, 1000)
    turned = encoded(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif(6))
    for rendition in (web_renditions(turned, "image/jpeg")[-1], plain_rendition(turned, "image/jpeg")):
        assert rendition is not None
        expected = upright.getpixel((30, 30))
        assert isinstance(expected, tuple)
        assert near(pixel(rendition, 0.05, 0.03), expected)


def test_colours_are_what_the_profile_means_and_sixteen_bits_become_eight() -> None:
    red, _green, blue, _alpha = pixel(web_renditions(wide_gamut(), "image/jpeg")[-1], 0.5, 0.5)
    assert (red < 60, blue > 200) == (True, True)
    grey = web_renditions(deep_grey(), "image/png")[-1]
    assert near(pixel(grey, 0, 0.5), (0, 0, 0))
    assert near(pixel(grey, 0.5, 0.5), (128, 128, 128))
    assert near(pixel(grey, 1, 0.5), (255, 255, 255))


def test_what_shines_through_stays_so_and_edges_of_drawings_stay_sharp() -> None:
    drawing = Image.new("RGBA", (1000, 500), (255, 0, 0, 0))
    drawing.paste((0, 0, 255, 128), (0, 0, 500, 500))
    data = encoded(drawing, "PNG", compress_level=0)
    web, plain = web_renditions(data, "image/png")[-1], plain_rendition(data, "image/png")
    assert plain is not None
    assert (plain.mime, plain.width) == ("image/png", 1000)
    for rendition in (web, plain):
        assert pixel(rendition, 0.25, 0.5) == (0, 0, 255, 128)
        assert pixel(rendition, 0.75, 0.5)[3] == 0


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"])
def test_a_file_that_breaks_off_is_told(mime: str) -> None:
    data = encoded(photo(300, 200), mime.split("/")[1].upper())
    refuse_broken(data, mime)
    with pytest.raises(Broken):
        refuse_broken(data[: len(data) // 2], mime)


def in_many_passes(scans: int, size: tuple[int, int] = (80, 60)) -> bytes:
    """A progressive JPEG whose last pass is repeated; it says that it has this size."""
    data = encoded(photo(80, 60), "JPEG", progressive=True)
    frame = data.index(b"\xff\xc2") + 5
    data = data[:frame] + struct.pack(">HH", size[1], size[0]) + data[frame + 4 :]
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def test_a_jpeg_of_very_many_passes_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_broken(in_many_passes(50), "image/jpeg")
    loaded: list[tuple[int, int]] = []
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", lambda image: loaded.append(image.size))
    for look in (refuse_broken, shown_size, web_renditions):
        with pytest.raises(Broken):
            look(in_many_passes(200), "image/jpeg")
    refuse_broken(in_many_passes(5, (7000, 7000)), "image/jpeg")  # a worker unpacks it, and no request
    assert loaded == []


def test_a_photo_without_webp_becomes_a_jpeg_of_bounded_width() -> None:
    plain = plain_rendition(encoded(photo(3000, 1000), "PNG"), "image/png")
    assert plain is not None
    assert (plain.mime, plain.width, plain.height) == ("image/jpeg", 2560, 853)
