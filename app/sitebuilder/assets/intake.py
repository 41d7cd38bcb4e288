"""A file that somebody uploads, examined before anything is stored. Pure."""

from dataclasses import dataclass

from app.content.images.file_types import EXTENSIONS
from app.content.images.intake import clean_image
from app.content.images.pixels import small_picture
from app.core.errors import DomainError
from app.core.languages import gettext
from app.sitebuilder.assets.file_types import BrokenFile, DangerousFile, recognise_file
from app.sitebuilder.assets.models import IMAGES
from app.taxonomy.slugs import normalise_slug

MOST_BYTES = 20 * 1024 * 1024
LONGEST_STEM = 120
SMALL_ENOUGH = 30_000  # bytes of a picture that needs no smaller one


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as it is to be stored, with a small picture of it where it is one."""

    folder: str
    stem: str
    extension: str
    mime: str
    data: bytes
    width: int | None = None
    height: int | None = None
    thumbnail: bytes | None = None


def examined_file(data: bytes, filename: str) -> IncomingFile:
    """What an uploaded file is. Raises DomainError, in words for a person, for what a site cannot have."""
    if not data:
        raise _refused(gettext("“%(name)s” is empty.", name=filename[:80]), gettext("Choose another file."))
    stem = normalise_slug(filename.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])[:LONGEST_STEM].rstrip("-")
    try:
        kind = recognise_file(data)
    except DangerousFile as error:
        raise _refused(
            gettext(
                "“%(name)s” carries programs, or is packed so that it could harm who opens it.", name=filename[:80]
            ),
            gettext("Save it without macros, or as a PDF, and upload that."),
        ) from error
    except BrokenFile as error:
        raise _refused(
            gettext("“%(name)s” is damaged: a part of it is missing.", name=filename[:80]),
            gettext("Open it to see whether it is whole, save it again, and upload that."),
        ) from error
    if kind is None:
        return _examined_picture(data, filename, stem)
    if len(data) > MOST_BYTES:
        says = gettext("“%(name)s” is larger than %(most)s MB.", name=filename[:80], most=MOST_BYTES // 1024 // 1024)
        raise _refused(says, gettext("Make it smaller and upload it again."))
    return IncomingFile(kind.folder, stem or "file", kind.extension, kind.mime, data)


def _examined_picture(data: bytes, filename: str, stem: str) -> IncomingFile:
    try:
        image = clean_image(data, filename)
    except DomainError as error:
        raise _with_all_types(error, data, filename) from error
    thumbnail = small_picture(image.data, image.mime) if len(image.data) > SMALL_ENOUGH else None
    return IncomingFile(
        IMAGES,
        stem or "image",
        EXTENSIONS[image.mime],
        image.mime,
        image.data,
        image.width,
        image.height,
        thumbnail,
    )


def _with_all_types(error: DomainError, data: bytes, filename: str) -> DomainError:
    """The error of a picture as it is; of a file that is not even a picture, what is taken."""
    looks_like_picture = b"<svg" in data[:2000].lower() or data[4:8] == b"ftyp"
    if error.code != "IMAGE_TYPE_REFUSED" or looks_like_picture:
        return error
    return _refused(
        gettext("“%(name)s” is of no type that a site takes.", name=filename[:80]),
        gettext(
            "Upload pictures (PNG, JPEG, GIF, WebP, AVIF), documents (PDF, Word, Excel, PowerPoint, OpenDocument), "
            "sound or film (MP3, M4A, OGG, WAV, MP4, WebM)."
        ),
    )


def _refused(says: str, cure: str) -> DomainError:
    return DomainError(says, code="ASSET_REFUSED", field="files", cure=cure)
