"""What a file of a site really is, by its bytes; its name says nothing. Pure."""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from app.sitebuilder.assets.models import DOCUMENTS, MEDIA

OFFICE = "application/vnd.openxmlformats-officedocument."
OFFICE_FOLDERS = {
    "word/": ("docx", f"{OFFICE}wordprocessingml.document"),
    "xl/": ("xlsx", f"{OFFICE}spreadsheetml.sheet"),
    "ppt/": ("pptx", f"{OFFICE}presentationml.presentation"),
}
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OPEN_DOCUMENTS = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}
FILM_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash")
SOUND_BRANDS = (b"M4A ", b"M4B ")
MOST_DIRECTORY_BYTES = 1_000_000  # of the table of contents of a packed file, which is read whole
MOST_UNPACKED = 500_000_000
MOST_PART = 50  # how many times larger unpacked than packed


PDF_END = 2048  # bytes in which the end of a PDF says where its table of contents is


class BrokenFile(ValueError):
    """A document of which a part is missing."""


class DangerousFile(ValueError):
    """A file that would unpack to a great deal more than it says, or carries programs."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of document, sound or film."""

    folder: str
    extension: str
    mime: str


def recognise_file(data: bytes) -> FileType | None:
    """What these bytes are; None for anything that is not taken. Raises DangerousFile and BrokenFile."""
    if data.startswith(b"%PDF-"):
        _refuse_broken_pdf(data)
        return FileType(DOCUMENTS, "pdf", "application/pdf")
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    kind = _film_type(data) or _sound_type(data)
    return FileType(MEDIA, *kind) if kind else None


def _refuse_broken_pdf(data: bytes) -> None:
    """A PDF is read from its end, which names the place of its table of contents; without one no program opens it."""
    end = data[-PDF_END:]
    place = re.search(rb"startxref\s+(\d+)\s+%%EOF", end)
    if place is None or int(place[1]) >= len(data) or b" obj" not in data:
        raise BrokenFile


def _film_type(data: bytes) -> tuple[str, str] | None:
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return ("mp4", "video/mp4") if brand in FILM_BRANDS else ("m4a", "audio/mp4") if brand in SOUND_BRANDS else None
    is_webm = data.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in data[:64]
    return ("webm", "video/webm") if is_webm else None


def _sound_type(data: bytes) -> tuple[str, str] | None:
    if data.startswith(b"ID3") or (len(data) > 3 and data[0] == 0xFF and data[1] in (0xFB, 0xF3, 0xF2, 0xFA)):
        return "mp3", "audio/mpeg"
    if data.startswith(b"OggS") and any(mark in data[:200] for mark in (b"vorbis", b"OpusHead", b"Speex")):
        return "ogg", "audio/ogg"
    return ("wav", "audio/wav") if data[:4] == b"RIFF" and data[8:12] == b"WAVE" else None


def _office_type(data: bytes) -> FileType | None:
    """A document of an office program, by the table of contents of its package; nothing but a line is unpacked."""
    _refuse_large_directory(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as pack:
            entries = pack.infolist()
            _refuse_bomb(entries, len(data))
            names = [entry.filename for entry in entries]
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise DangerousFile
            kind = _xml_type(names) or _open_document_type(pack, entries)
    # What `zipfile` raises for packs that are broken, encrypted (RuntimeError) or packed in a way that it lacks.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        if isinstance(error, DangerousFile):
            raise
        return None
    return FileType(DOCUMENTS, *kind) if kind else None


def _refuse_large_directory(data: bytes) -> None:
    end = data.rfind(b"PK\x05\x06")
    if end >= 0 and int.from_bytes(data[end + 12 : end + 16], "little") > MOST_DIRECTORY_BYTES:
        raise DangerousFile


def _refuse_bomb(entries: Iterable[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED or unpacked > MOST_PART * packed + MOST_PART * 1_000_000:
        raise DangerousFile


def _xml_type(names: list[str]) -> tuple[str, str] | None:
    if "[Content_Types].xml" not in names:
        return None
    return next(
        (kind for folder, kind in OFFICE_FOLDERS.items() if any(name.startswith(folder) for name in names)), None
    )


def _open_document_type(pack: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> tuple[str, str] | None:
    """An OpenDocument says what it is in its first entry."""
    if not entries or entries[0].filename != "mimetype":
        return None
    with pack.open(entries[0]) as line:
        mime = line.read(100).decode("ascii", "replace")
    extension = OPEN_DOCUMENTS.get(mime.removeprefix(OPEN_DOCUMENT))
    return (extension, mime) if extension and mime.startswith(OPEN_DOCUMENT) else None
