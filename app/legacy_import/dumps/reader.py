"""Reads a dump of mysqldump row by row, in memory that does not grow with the file.

What is not a table with rows is passed over. A statement that is not complete, and a dump without its last line, raise
DumpError with the position: a part of an installation must not pass for the whole.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.languages import gettext
from app.legacy_import.dumps import tokens
from app.legacy_import.dumps.files import DumpError, DumpFile
from app.legacy_import.dumps.tokens import BITS, DOUBLE, HEX, HEX_STRING, NULL, SINGLE, TRUTH

CHUNK = 1024 * 1024
HEAD = 256 * 1024  # more than the beginning of any statement, with its list of columns
MOST_BYTES = 128 * 1024 * 1024  # of one value, or of the rest of one statement
CHARSETS = {"latin1": "cp1252", "utf8": "utf-8", "utf8mb3": "utf-8", "utf8mb4": "utf-8", "binary": "utf-8"}
BEGINS, ENDS = re.compile(rb"-- (?:MySQL|MariaDB) dump"), re.compile(rb"-- Dump completed")
Table = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DumpRow:
    """A row: its table as (database, name) and its values as texts, in the order of `columns`."""

    table: Table
    columns: list[str]
    values: list[str | None]


class DumpReader:
    """Reads the tables that are `wanted`; `tables` has the columns of all that the dump creates, as far as it was read.

    `mended` counts values that were not UTF-8 and were read as Windows-1252.
    """

    def __init__(self, file: DumpFile, wanted: Callable[[Table], bool]) -> None:
        self._file, self._wanted = file, wanted
        self._data, self._at, self._before = b"", 0, 0
        self._has_all = False
        self._database, self._charset = "", "utf-8"
        self._is_mysqldump = self._is_whole = False
        self.tables: dict[Table, list[str]] = {}
        self.mended = 0

    @property
    def position(self) -> int:
        """The byte of the unpacked text that is read next."""
        return self._before + self._at

    def rows(self) -> Iterator[DumpRow]:
        """All rows of the wanted tables. Raises DumpError."""
        self._need(4)
        if self._data.startswith(b"\xef\xbb\xbf"):
            self._at = 3
        while self._skip_blank():
            insert = self._begins(tokens.INSERT)
            if insert is not None:
                yield from self._inserted(insert)
            elif self._begins(tokens.ANY_INSERT) is not None:
                raise self._error(gettext("An INSERT statement has a form that mysqldump does not write"))
            else:
                self._other()
        if self._is_mysqldump and not self._is_whole:
            raise self._error(gettext("The dump has no last line “Dump completed”: it was cut off"))

    # what is left to read

    def _more(self) -> bool:
        """Read on, at least as much as is held, so that long tokens take time in proportion. False at the end."""
        if self._has_all:
            return False
        held = self._data[self._at :]
        if len(held) > MOST_BYTES:
            raise self._error(gettext("A value or statement is longer than 128 MB"))
        new = self._file.read(max(CHUNK, len(held)))
        self._has_all = not new
        self._before += self._at
        self._data, self._at = held + new, 0
        return bool(new)

    def _need(self, size: int) -> None:
        while len(self._data) - self._at < size and self._more():
            pass

    def _begins(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        return pattern.match(self._data, self._at)

    def _error(self, message: str) -> DumpError:
        return DumpError(message, self.position)

    # between the rows

    def _skip_blank(self) -> bool:
        """Go to the next statement; False when there is none."""
        while True:
            self._need(HEAD)
            if blank := self._begins(tokens.BLANK):
                self._at = blank.end()
            elif line := self._begins(tokens.LINE_COMMENT):
                self._is_mysqldump |= bool(BEGINS.match(line[0]))
                self._is_whole |= bool(ENDS.match(line[0]))
                self._at = line.end()
            elif self._data.startswith(b"/*", self._at):
                self._skip_comment()
            elif self._data.startswith(b";", self._at):
                self._at += 1
            else:
                return self._at < len(self._data)

    def _skip_comment(self) -> None:
        while (comment := self._begins(tokens.BLOCK_COMMENT)) is None:
            if not self._more():
                raise self._error(gettext("The file ends inside a comment: it was cut off"))
        if names := tokens.NAMES.search(comment[0]):
            self._set_charset(names[1])
        self._at = comment.end()

    def _set_charset(self, name: bytes) -> None:
        self._charset = CHARSETS.get(name.decode("ascii").lower(), self._charset)

    def _other(self) -> None:
        if use := self._begins(tokens.USE):
            self._database = tokens.identifier(use.groups())
            self._at = use.end()
        elif delimiter := self._begins(tokens.DELIMITER):
            self._at = delimiter.end()
            if delimiter[1] != b";":
                self._skip_routines()
        elif create := self._begins(tokens.CREATE):
            database, name = tokens.table_name(create.groups())
            self._at = create.end()
            body = self._rest(keep=True)
            self.tables[database or self._database, name] = tokens.created_columns(body)
        else:
            if names := self._begins(tokens.NAMES):
                self._set_charset(names[1])
            self._rest()

    def _skip_routines(self) -> None:
        """Pass over triggers and routines, which have semicolons inside, up to where the delimiter is `;` again."""
        self._at = max(0, self._at - 1)  # the line end before it
        while (back := tokens.DELIMITER_BACK.search(self._data, self._at)) is None:
            self._at = max(self._at, len(self._data) - 64)
            if not self._more():
                self._at = len(self._data)
                return
        self._at = back.end()

    def _rest(self, *, keep: bool = False) -> bytes:
        """Pass over the rest of the statement; returns it with `keep`."""
        kept: list[bytes] = []
        while True:
            rest = self._begins(tokens.REST)
            assert rest is not None
            if keep:
                kept.append(rest[0])
            self._at = rest.end()
            if self._data.startswith(b";", self._at):
                self._at += 1
                return b"".join(kept)
            if not self._more():
                raise self._error(gettext("The file ends in the middle of a statement: it was cut off"))

    # rows

    def _inserted(self, insert: re.Match[bytes]) -> Iterator[DumpRow]:
        database, name = tokens.table_name(insert.groups()[:6])
        table, listed = (database or self._database, name), insert[7]
        self._at = insert.end()
        if not self._wanted(table):
            self._rest()
            return
        columns = tokens.column_list(listed) if listed is not None else self.tables.get(table)
        if columns is None:
            raise self._error(
                gettext("The dump does not say which columns the table %(name)s has", name=name),
            )
        while True:
            values = self._row(name)
            if len(values) != len(columns):
                raise self._error(gettext("A row of %(name)s has more or fewer values than columns", name=name))
            yield DumpRow(table, columns, values)
            if not self._continues(name):
                return

    def _continues(self, name: str) -> bool:
        """Whether another row of the statement follows; else the statement is passed."""
        while self._at >= len(self._data) or (blank := self._begins(tokens.BLANK)):
            self._at = blank.end() if self._at < len(self._data) and blank else self._at
            if self._at >= len(self._data) and not self._more():
                raise self._cut(name)
        if self._data.startswith(b",", self._at):
            self._at += 1
            return True
        self._rest()
        return False

    def _cut(self, name: str) -> DumpError:
        return self._error(gettext("The file ends in the middle of the table %(name)s: it was cut off", name=name))

    def _row(self, name: str) -> list[str | None]:
        """The values between two parentheses. The buffer is kept from the first of them on."""
        self._need(64)
        if blank := self._begins(tokens.BLANK):
            self._at = blank.end()
        if not self._data.startswith(b"(", self._at):
            raise self._error(gettext("A row of %(name)s does not begin with a parenthesis", name=name))
        match_value, values = tokens.VALUE.match, []
        place = self._at + 1
        while True:
            value = match_value(self._data, place)
            if value is None:
                if not tokens.BEGUN.match(self._data, place):
                    self._at = place
                    raise self._error(
                        gettext("A value of %(name)s has a form that mysqldump does not write", name=name)
                    )
                offset = place - self._at
                if not self._more():
                    raise self._cut(name)
                place = self._at + offset
                continue
            values.append(self._text(value))
            place = value.end()
            if self._data[place - 1] == 41:  # )
                self._at = place
                return values

    def _text(self, value: re.Match[bytes]) -> str | None:
        """A value as text, as MySQL would send it."""
        kind = value.lastindex
        if kind == NULL or kind is None:
            return None
        text = value[kind]
        if kind in (SINGLE, DOUBLE):
            return self._decoded(tokens.unescaped(text, double=kind == DOUBLE))
        if kind in (HEX, HEX_STRING):
            return self._decoded(bytes.fromhex((b"0" * (len(text) % 2) + text).decode("ascii")))
        if kind == BITS:
            return str(int(text, 2))
        if kind == TRUTH:
            return "1" if text.upper() == b"TRUE" else "0"
        return text.decode("ascii")

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self._charset)
        except UnicodeDecodeError:
            self.mended += 1
            return data.decode("cp1252", "replace")
