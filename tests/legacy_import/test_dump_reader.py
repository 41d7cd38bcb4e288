"""Dumps are read as they were written, whatever is in them; what is cut or damaged is refused with its place."""

import gzip
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.legacy_import.dumps.files import DumpError, DumpFile, dump_of
from app.legacy_import.dumps.reader import DumpReader
from tests.factories.old_plugin import as_dump, inserts

CELLS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.integers(-(2**63), 2**64),
    st.sampled_from(["'", "\\", "\\'", "''", "a);\n", "/* x */", "-- x\n", "NULL", "0x41", "`", ";", "\x1a\0"]),
)


def read(data: bytes) -> list[list[str | None]]:
    return [row.values for row in DumpReader(dump_of(data), lambda table: True).rows()]


def dump(body: str, columns: str = "`a` text, `b` text, PRIMARY KEY (`a`)") -> bytes:
    return f"CREATE TABLE `t` ({columns});\n{body}".encode()


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8))
def test_what_is_written_reads_back_equal(rows: list[tuple[str | int | None, str | int | None]]) -> None:
    expected = [[None if cell is None else str(cell) for cell in row] for row in rows]
    assert read(dump("".join(inserts("t", rows)))) == expected


@given(st.binary(max_size=300))
def test_bytes_that_are_no_dump_raise_nothing_but_what_says_so(data: bytes) -> None:
    for body in (data, b"CREATE TABLE t (a text);INSERT INTO t VALUES (" + data):
        with suppress(DumpError):
            read(body)


@given(st.integers(0, 4000))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    whole = as_dump()
    cut = whole[: min(length + 30, len(whole) - 40)]
    with pytest.raises(DumpError):
        read(cut)


def test_small_reads_give_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(as_dump())
    monkeypatch.setattr("app.legacy_import.dumps.reader.CHUNK", 7)
    monkeypatch.setattr("app.legacy_import.dumps.reader.HEAD", 300)
    assert read(as_dump()) == whole


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("INSERT INTO `t` VALUES (_binary 'x\\0y',0x4142);", ["x\0y", "AB"]),
        ("INSERT INTO t (b, a) VALUES (X'41',b'101');", ["A", "5"]),
        ("insert ignore into `db`.`t` values (TRUE, -1.5e3) ;", ["1", "-1.5e3"]),
        ('INSERT INTO `t` VALUES (\'a\'\'b\',"c""d\\"");', ["a'b", 'c"d"']),
        ("INSERT INTO `t` VALUES\n('\\%\\_',\n NULL)\n ON DUPLICATE KEY UPDATE a='(;';", ["\\%\\_", None]),
        ("/* c; */ -- d;\n# e;\nLOCK TABLES `t` WRITE;INSERT INTO `t` VALUES ('1','2');UNLOCK TABLES;", ["1", "2"]),
        ("DELIMITER ;;\nCREATE TRIGGER x BEGIN SET @a=1; END ;;\nDELIMITER ;\nINSERT INTO t VALUES (3,4);", ["3", "4"]),
        ("REPLACE INTO `t` VALUES ('\U0001f600','ü');", ["\U0001f600", "ü"]),
        ("/*!40101 SET NAMES latin1 */;INSERT INTO t VALUES (0xFC,'');", ["ü", ""]),
    ],
)
def test_all_that_mysqldump_and_its_like_write(body: str, expected: list[str | None]) -> None:
    text = body.replace("`db`.", "")
    assert read(dump(text)) == [expected]


def test_tables_of_other_databases_keep_their_place() -> None:
    body = b"USE `one`;CREATE TABLE `t` (`a` int);INSERT INTO `t` VALUES (1);"
    body += b"USE `two`;CREATE TABLE t (a int);INSERT INTO t VALUES (2);"
    reader = DumpReader(dump_of(body), lambda table: table[0] == "two")
    assert [(row.table, row.values) for row in reader.rows()] == [(("two", "t"), ["2"])]
    assert set(reader.tables) == {("one", "t"), ("two", "t")}


def test_columns_are_read_whatever_stands_between_them() -> None:
    body = (
        "CREATE TABLE IF NOT EXISTS `t` (\n `id` bigint(20) unsigned NOT NULL,\n"
        " `k,ey` enum('a,)','b''(') DEFAULT 'a,)',\n price decimal(10,2), PRIMARY KEY (`id`,`k,ey`),"
        " KEY `x` (`id`), CONSTRAINT `c` CHECK (price > (1))) COMMENT='(,';"
    )
    reader = DumpReader(dump_of(body.encode()), lambda table: True)
    assert list(reader.rows()) == []
    assert reader.tables["", "t"] == ["id", "k,ey", "price"]


@pytest.mark.parametrize(
    "body",
    [
        "INSERT INTO t VALUES (1);",
        "INSERT INTO t VALUES (1,2,3);",
        "INSERT INTO t VALUES (now(),2);",
        "INSERT INTO t VALUES (1,2) (3,4",
        "INSERT INTO t SET a=1;",
        "INSERT INTO u VALUES (1);",
        "INSERT INTO t SELECT 1,2;",
    ],
)
def test_other_forms_are_refused_with_their_place(body: str) -> None:
    with pytest.raises(DumpError) as refused:
        read(dump(body))
    assert refused.value.details["position"] > 0


def test_gzip_is_read_and_a_damaged_one_refused() -> None:
    packed = gzip.compress(as_dump())
    assert read(packed) == read(as_dump())
    for damaged in (packed[:-20], packed[:200] + b"x" * 50 + packed[250:]):
        with pytest.raises(DumpError):
            read(damaged)


def test_a_bomb_and_other_files_are_refused() -> None:
    bomb = gzip.compress(b"-- x\n" * 2_000_000)
    with pytest.raises(DumpError):
        list(DumpReader(DumpFile(io.BytesIO(bomb), len(bomb), 1_000_000), lambda table: True).rows())
    for data in (b"PK\x03\x04zip", "SELECT".encode("utf-16"), b"\x89PNG\r\n\x1a\n", b"<!doctype html>"):
        with pytest.raises(DumpError, match="not the text of a dump"):
            read(data)


def test_a_dump_without_its_last_line_is_refused() -> None:
    whole = as_dump()
    with pytest.raises(DumpError):
        read(whole.replace(b"-- Dump completed", b"-- Dumping"))


def test_bytes_that_are_not_utf8_are_read_as_windows_1252() -> None:
    reader = DumpReader(dump_of(dump("INSERT INTO t VALUES ('caf") + b"\xe9','b');"), lambda table: True)
    assert [row.values for row in reader.rows()] == [["café", "b"]]
    assert reader.mended == 1
