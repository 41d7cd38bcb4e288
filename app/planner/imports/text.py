"""From the bytes of a keyword export to its text: which encoding it is in. Pure.

UTF-8 and marked UTF-16 are certain; anything else is a guess that the person checks in the preview.
"""

import re
from dataclasses import dataclass, field

import chardet

from app.core.errors import DomainError
from app.core.languages import N_, NN_, gettext, local_number
from app.core.wording import counted
from app.planner.imports.mixed_encodings import decode_mixed, is_utf_8
from app.planner.imports.scripts import SAMPLE, east_asian, strangeness

MAX_BYTES = 20 * 1024 * 1024

ENCODINGS = {
    "utf-8": N_("UTF-8"),
    "utf-16": N_("UTF-16"),
    "cp1252": N_("Western European (Windows-1252)"),
    "cp1250": N_("Central European (Windows-1250)"),
    "cp1251": N_("Cyrillic (Windows-1251)"),
    "cp1253": N_("Greek (Windows-1253)"),
    "cp1254": N_("Turkish (Windows-1254)"),
    "cp1255": N_("Hebrew (Windows-1255)"),
    "cp1256": N_("Arabic (Windows-1256)"),
    "cp1257": N_("Baltic (Windows-1257)"),
    "cp1258": N_("Vietnamese (Windows-1258)"),
    "cp874": N_("Thai (Windows-874)"),
    "koi8-r": N_("Cyrillic (KOI8-R)"),
    "cp866": N_("Cyrillic (DOS)"),
    "iso8859-2": N_("Central European (ISO 8859-2)"),
    "cp852": N_("Central European (DOS)"),
    "iso8859-15": N_("Western European (ISO 8859-15)"),
    "mac-roman": N_("Western European (Mac Roman)"),
    "cp850": N_("Western European (DOS)"),
    "cp932": N_("Japanese (Shift_JIS)"),
    "euc-jp": N_("Japanese (EUC-JP)"),
    "gb18030": N_("Chinese, simplified (GB18030)"),
    "big5": N_("Chinese, traditional (Big5)"),
    "cp949": N_("Korean (EUC-KR, Windows-949)"),
}
# What a guess is made among, by the names of chardet. Earlier ones win a draw.
_GUESSED = {
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "cp874": "cp874",
    "koi8-r": "koi8-r",
    "macroman": "mac-roman",
    "cp932": "cp932",
    "euc-jp": "euc-jp",
    "gb18030": "gb18030",
    "big5": "big5",
    "cp949": "cp949",
}
_FAVOUR = 0.04  # what Windows-1252 is ahead by: the most common of them, hard to recognise in a short text
_TURKISH = re.compile(b"[\xd0\xdd\xde\xf0\xfd\xfe]")  # where Turkish and Windows-1252 differ; Icelandic is rare
_FAVOUR_TURKISH = 0.01
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_SAVE_AS_CSV = N_("Open it in your spreadsheet program, save it as “CSV UTF-8”, and choose that file.")
_LEAST_ZEROS = 0.03  # of 16-bit characters: line ends, spaces and figures, also where all letters are beyond Latin
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", N_("This is an Excel workbook or a ZIP file, not a CSV.")),
    (b"PK\x05\x06", N_("This is an empty ZIP file, not a CSV.")),
    (b"\xd0\xcf\x11\xe0", N_("This is an old Excel workbook, not a CSV.")),
    (b"%PDF", N_("This is a PDF, not a CSV.")),
    (b"\x1f\x8b", N_("This is a compressed file, not a CSV.")),
    (b"\x89PNG", N_("This is a picture, not a CSV.")),
    (b"\xff\xd8\xff", N_("This is a picture, not a CSV.")),
    (b"GIF8", N_("This is a picture, not a CSV.")),
)


@dataclass(frozen=True)
class Decoded:
    """The text of a file. `guessed` when the encoding is likely rather than certain; `notes` are for the person."""

    text: str
    encoding: str
    guessed: bool = False
    notes: list[str] = field(default_factory=list)


def refuse(message: str, cure: str, code: str = "NOT_A_CSV") -> DomainError:
    """The error for a file that cannot be read as a table of keywords."""
    return DomainError(message, code=code, cure=cure, field="csv_file")


def _refuse_other_kinds(data: bytes) -> None:
    for signature, message in _SIGNATURES:
        if data.startswith(signature):
            raise refuse(message, _SAVE_AS_CSV)
    start = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg", b"<script")):
        raise refuse(
            gettext("This is a web page or XML, not a CSV. The export may have needed you to sign in."),
            gettext("Download the export again and check that it opens as a table."),
        )
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r")):
        raise refuse(gettext("This is JSON, not a CSV."), gettext("Export the keywords as CSV instead."))


def _refuse_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise refuse(
            gettext(
                "The file has %(size)s MB; at most 20 MB can be read at once.",
                size=local_number(round(len(data) / 1024 / 1024)),
            ),
            gettext("Split it into smaller files and import them one after another."),
            code="FILE_TOO_LARGE",
        )
    if not data.strip():
        raise refuse(
            gettext("The file is empty."), gettext("Choose a file with at least one keyword."), code="FILE_EMPTY"
        )


def _refuse_binary(decoded: Decoded, chosen: bool) -> None:
    """Refuse binary files, by NUL and control characters; text in another encoding than assumed is still text."""
    sample = decoded.text[:SAMPLE]
    odd = sum(char < " " and char not in "\t\r\n\f\v" for char in sample)
    if decoded.encoding == "utf-16" and not chosen:  # any bytes can be read so
        odd += sample.count("\ufffd")
    if odd > max(16, len(sample) * 0.02):
        raise refuse(gettext("This file holds binary data, not a table of keywords."), _SAVE_AS_CSV)


def decode(data: bytes, chosen: str | None = None) -> Decoded:
    """The text, in the `chosen` encoding (a key of ENCODINGS) or the one that it seems to be in.

    Raises DomainError when the file is too large, empty, or no text.
    """
    _refuse_size(data)
    _refuse_other_kinds(data)
    decoded = _decode_as(data, chosen) if chosen in ENCODINGS else _decode(data)
    _refuse_binary(decoded, chosen in ENCODINGS)
    return decoded


def _decode_as(data: bytes, encoding: str) -> Decoded:
    """Decode in the chosen encoding.

    The byte order of UTF-16 is shown by its BOM or NUL bytes, else it is little-endian.
    """
    if encoding in ("utf-8", "utf-16"):
        codec = _utf16_codec(data) or "utf-16-le" if encoding == "utf-16" else encoding
        text, words = data.decode(codec, errors="replace").lstrip("\ufeff"), 0
    else:
        text, words = decode_mixed(data, encoding)
    return Decoded(text, encoding, notes=_unreadable(text) + _mixed(words))


def _decode(data: bytes) -> Decoded:
    codec = _utf16_codec(data)
    if codec:
        return Decoded(data.decode(codec, errors="replace").lstrip("\ufeff"), "utf-16")
    text = data.decode("utf-8", errors="replace").lstrip("\ufeff")
    wrong = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")  # the sign itself may stand in a text
    right = len(text) - len(text.encode("ascii", errors="ignore")) - wrong
    if not wrong or right >= 10 * wrong:
        return Decoded(text, "utf-8", notes=_unreadable(text))
    data = data.removeprefix(b"\xef\xbb\xbf")  # a mark of UTF-8 before what is none
    encoding = _guess(data)
    note = gettext(
        "The file is not UTF-8. It seems to be %(encoding)s: check the letters below, or choose another.",
        encoding=gettext(ENCODINGS[encoding]),
    )
    text, words = decode_mixed(data, encoding)
    return Decoded(text, encoding, guessed=True, notes=[note, *_mixed(words)])


def _mixed(words: int) -> list[str]:
    read_so = NN_(
        "Parts of the file are UTF-8 all the same, and are read so: %(num)s word.",
        "Parts of the file are UTF-8 all the same, and are read so: %(num)s words.",
    )
    return [counted(words, read_so)] if words else []


def _unreadable(text: str) -> list[str]:
    wrong = text.count("\ufffd")
    if not wrong:
        return []
    lost = NN_(
        "%(num)s character could not be read. Try another encoding.",
        "%(num)s characters could not be read. Try another encoding.",
    )
    return [counted(wrong, lost)]


def _utf16_codec(data: bytes) -> str | None:
    """The codec if it is UTF-16 or, rarely, UTF-32; None when it is neither."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    return "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _utf16_without_mark(data)


def _utf16_without_mark(data: bytes) -> str | None:
    sample = data[:4000]
    if len(sample) < 4:
        return None
    high, low = sample[1::2].count(0), sample[0::2].count(0)
    codec, zeros, others = ("utf-16-le", high, low) if high > low else ("utf-16-be", low, high)
    is_likely = zeros >= _LEAST_ZEROS * len(sample) / 2 and others <= zeros / 4
    return codec if is_likely and _is_text(sample[: len(sample) & ~1].decode(codec, errors="replace")) else None


def _is_text(text: str) -> bool:
    """Whether it has the characters that every table has, and next to none that no text has."""
    odd = sum(not (char.isprintable() or char.isspace()) for char in text)
    return odd <= len(text) * 0.02 and any(char in text for char in "\n\r\t")


def _guess(data: bytes) -> str:
    """The likeliest of _GUESSED, judged by the lines that are neither plain ASCII nor UTF-8."""
    lines = [line for line in data.splitlines() if _NOT_ASCII.search(line) and not is_utf_8(line)]
    sample = b"\n".join(lines)[:SAMPLE]
    asian = east_asian(sample)
    if len(asian) == 1 or asian[:1] in (["cp932"], ["euc-jp"]):
        return asian[0]
    return _likeliest(sample, asian or list(_GUESSED.values()))


def _likeliest(sample: bytes, among: list[str]) -> str:
    guesses = chardet.detect_all(sample, include_encodings=list(_GUESSED), ignore_threshold=True)
    sure = {str(row["encoding"]).lower(): float(row["confidence"]) for row in guesses}
    favour = {"cp1254": _FAVOUR_TURKISH} if _TURKISH.search(sample) else {"cp1252": _FAVOUR}
    scores = {encoding: sure.get(name, 0.0) + favour.get(encoding, 0.0) for name, encoding in _GUESSED.items()}
    scores = {encoding: score for encoding, score in scores.items() if encoding in among}
    strange = {encoding: strangeness(sample, encoding) for encoding in scores}
    readable = [encoding for encoding, share in strange.items() if share is not None and scores[encoding]]
    return min(readable, key=lambda encoding: ((strange[encoding] or 0) > 0.1, -scores[encoding]), default=among[0])
