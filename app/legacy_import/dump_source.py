"""An old installation in a dump: read twice, first for its tables and whether it is whole, then for its rows."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.core.languages import NN_
from app.core.wording import counted
from app.legacy_import.dumps.files import DumpFile, open_dump
from app.legacy_import.dumps.reader import DumpReader
from app.legacy_import.schema import Installation
from app.legacy_import.sources import ReadProgress, SourceRow

MENDED = NN_(
    "%(num)s value was not UTF-8 and was read as Windows-1252.",
    "%(num)s values were not UTF-8 and were read as Windows-1252.",
)


class DumpSource:
    """A dump at `path`, packed by gzip or not. `most` bounds what it unpacks to, None for no bound."""

    def __init__(self, path: Path, most: int | None) -> None:
        self._path, self._most = path, most
        self.progress = ReadProgress(total=path.stat().st_size)

    def tables(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """The tables that the whole dump creates. Raises DumpError when it is cut off."""
        with open_dump(self._path, self._most) as file:
            reader = DumpReader(file, lambda table: False)
            for _row in reader.rows():
                raise AssertionError("no table was wanted")
        return reader.tables

    def rows(self, installation: Installation) -> Iterator[SourceRow]:
        """The rows of the installation, in the order of the file."""
        keys = {(installation.database, table.name): key for key, table in installation.tables.items()}
        with open_dump(self._path, self._most) as file:
            reader = DumpReader(file, keys.__contains__)
            yield from self._read(file, reader, keys)
        if reader.mended:
            self.progress.notes.append(counted(reader.mended, MENDED))

    def _read(self, file: DumpFile, reader: DumpReader, keys: Mapping[tuple[str, str], str]) -> Iterator[SourceRow]:
        for row in reader.rows():
            self.progress.done = file.done
            yield SourceRow(keys[row.table], dict(zip(row.columns, row.values, strict=True)))
