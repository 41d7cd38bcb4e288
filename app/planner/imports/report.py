"""The rows that an import rejected, as a table to correct and import again: line, the cells as they were, reason."""

import gzip
import io
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core import spreadsheets
from app.planner.imports.own_exports import LINE, REASON
from app.planner.imports.rows import RejectedRow
from app.planner.imports.shelves import REPORTS
from app.planner.keywords.values import is_control

GZIP = 31  # what zlib calls the format that the module gzip reads


class RejectedSheet:
    """Collects rejected rows in compressed form, as many as a file may have; `store` writes them as a table."""

    def __init__(self, header: Sequence[str] = ("keyword",)) -> None:
        self._header = list(header)
        self._width = len(self._header)
        self._packer = zlib.compressobj(1, wbits=GZIP)
        self._packed = io.BytesIO()

    def add(self, row: RejectedRow) -> None:
        """Keep a row with all of its cells."""
        self._width = max(self._width, len(row.cells))
        line = json.dumps([row.line, row.cells, row.message]) + "\n"
        self._packed.write(self._packer.compress(line.encode()))

    def store(self, account_id: int) -> str:
        """Store the table as a report. Returns its name there. Call it once, after all rows are added."""
        handle, name = tempfile.mkstemp(suffix=".csv")
        path = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as out:
                out.writelines(self._lines())
            return REPORTS.take(account_id, path)
        finally:
            path.unlink(missing_ok=True)

    def _lines(self) -> Iterator[str]:
        names = self._header + [f"Column {index + 1}" for index in range(len(self._header), self._width)]
        yield spreadsheets.csv_line([LINE, *map(_visible, names), REASON])
        self._packed.write(self._packer.flush())
        self._packed.seek(0)
        with gzip.open(self._packed, "rt", encoding="utf-8") as rows:
            for line, cells, reason in map(json.loads, rows):
                padded = [*map(_visible, cells), *[""] * (self._width - len(cells))]
                yield spreadsheets.csv_line([line, *padded, reason])


def _visible(cell: str) -> str:
    """A cell as it was, with a visible sign for each control character, which programs choke on."""
    return "".join("�" if is_control(char) and char not in "\t\n" else char for char in cell)
