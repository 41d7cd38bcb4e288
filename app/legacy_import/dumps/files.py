"""Opening a dump: plain or gzip, with its place in the file for progress, and a limit to what it unpacks to."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.core.errors import DomainError
from app.core.languages import gettext, local_number

GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
OTHER = re.compile(rb"[\x00-\x08\x0e-\x1f]|\x89PNG")
GIGABYTE = 1024**3
# Texts of a database pack to a tenth, repeated ones to a fiftieth: what grows more than this is no dump.
MOST_GROWTH, FREE_GROWTH = 200, 64 * 1024 * 1024


class DumpError(DomainError):
    """The file cannot be read as a dump; `position` is the byte of the unpacked text where that was seen."""

    def __init__(self, message: str, position: int, cure: str = "") -> None:
        super().__init__(
            _at_place(message, position),
            code="DUMP_UNREADABLE",
            cure=cure or gettext("Make the dump again with mysqldump, and check that it ended without an error."),
            field="dump",
            details={"position": position},
        )


def _at_place(message: str, position: int) -> str:
    if not position:
        return f"{message}."
    return gettext("%(message)s (at byte %(position)s).", message=message, position=local_number(position))


class DumpFile:
    """The unpacked bytes of a dump. `done` is how many bytes of the stored file were read, of `size`."""

    def __init__(self, raw: IO[bytes], size: int, most: int | None) -> None:
        self._raw, self.size, self._most, self._read = raw, size, most, 0
        head = raw.read(4)
        raw.seek(0)
        self.is_packed = head.startswith(GZIP_MAGIC)
        # A page of a panel where the dump should have been begins with `<`; other binary files with what no text has.
        is_other = head.lstrip()[:1] == b"<" or (not self.is_packed and bool(OTHER.search(head)))
        if is_other or head.startswith(ZIP_MAGIC) or head[:2] in UTF16_MARKS:
            raise DumpError(
                gettext("This is not the text of a dump"),
                0,
                gettext("Give the .sql file itself, as UTF-8 text, or packed by gzip (.sql.gz)."),
            )
        self._stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if self.is_packed else raw  # type: ignore[assignment]

    @property
    def done(self) -> int:
        """How many bytes of the stored file were read."""
        return self._raw.tell()

    def read(self, size: int) -> bytes:
        """The next bytes, b"" at the end. Raises DumpError for a damaged archive, and past the limit."""
        try:
            data = self._stream.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DumpError(gettext("The gzip file is damaged or cut off"), self._read) from error
        self._read += len(data)
        if self.is_packed and self._read > max(FREE_GROWTH, MOST_GROWTH * self.done):
            raise DumpError(gettext("The gzip file unpacks to far more than a dump would"), self._read)
        if self._most is not None and self._read > self._most:
            raise DumpError(
                gettext("The file unpacks to more than %(most)s GB", most=self._most // GIGABYTE),
                self._read,
                gettext("Move it in on the server, by the command legacy-import."),
            )
        return data


@contextmanager
def open_dump(path: Path, most: int | None = None) -> Iterator[DumpFile]:
    """Open a dump that unpacks to at most `most` bytes."""
    with path.open("rb") as raw:
        yield DumpFile(raw, path.stat().st_size, most)


def dump_of(data: bytes) -> DumpFile:
    """A dump in memory."""
    return DumpFile(io.BytesIO(data), len(data), None)
