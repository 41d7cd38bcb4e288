"""Nothing of a file vanishes: every line is named, every row is added, known or rejected."""

import io
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.planner.imports import services as imports
from app.planner.imports.choices import Choices
from app.planner.imports.records import Layout, records
from app.planner.imports.rows import KeywordRow, LineCount, parse_table, table_of
from app.planner.imports.tables import Table
from app.planner.imports.text import ENCODINGS
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.things import make_keyword

CELLS = st.text(st.sampled_from(list("ab \"',;\t|\n\r=0.é🫨")), max_size=8)
SIGNS = st.sampled_from(list("^ .=\x1f"))
CHOICES = st.builds(
    Choices,
    separator=st.sampled_from(["", "comma", "semicolon", "tab", "bar", "none", "other"]),
    header=st.sampled_from(["", "yes", "no"]),
    sign=SIGNS,
)
ENCODED = st.sampled_from(["", *ENCODINGS])


def check(table: Table) -> None:
    count = LineCount()
    rows = list(parse_table(table, None, count))
    assert count.rows == len(rows)
    assert count.total == len(list(io.StringIO(table.text, newline=None)))
    assert count.above == table.first_data_line - 1
    assert table.header_line <= count.above <= table.header_line + 1
    stored = [row for row in rows if isinstance(row, KeywordRow)]
    tally = tallied(table, known=len(stored) // 2)
    assert tally.rows == tally.added + tally.known + tally.rejected_count == len(rows)
    assert tally.known == len(stored) // 2


def tallied(table: Table, known: int) -> imports.ImportCounts:
    """An import of the table into a site that has some of its keywords; the count holds after each chunk."""

    def balanced(tally: imports.ImportCounts) -> None:
        assert tally.rows == tally.added + tally.known + tally.rejected_count

    store = imports.store_chunk
    imports.store_chunk = lambda rows, _: len(rows) - known
    try:
        return imports.import_table(table, None, imports.ImportTarget(1, 1, utcnow()), balanced)
    finally:
        imports.store_chunk = store


@given(st.lists(st.lists(CELLS, max_size=4), max_size=8), st.sampled_from(list(",;\t|^")), CHOICES)
@example([['20" bike', "1"], ["trailer", "2"], ['26" bike', "3"]], ",", Choices())
@settings(max_examples=400, deadline=None)
def test_every_line_of_a_file_is_accounted_for(lines: list[list[str]], delimiter: str, choices: Choices) -> None:
    text = "\n".join(delimiter.join(cells) for cells in [["keyword", "volume"], *lines])
    with suppress(DomainError):
        check(table_of(text.encode(), None, choices))


@given(
    st.one_of(st.binary(max_size=600), st.text(max_size=300).map(lambda text: text.encode("utf-16"))), CHOICES, ENCODED
)
@settings(max_examples=200, deadline=None)
def test_every_line_of_any_bytes_is_accounted_for(data: bytes, choices: Choices, encoding: str) -> None:
    with suppress(DomainError):
        check(table_of(data, None, replace(choices, encoding=encoding)))


@given(st.text(max_size=300), CHOICES)
@settings(max_examples=200, deadline=None)
def test_every_line_of_any_paste_is_accounted_for(text: str, choices: Choices) -> None:
    with suppress(DomainError):
        check(table_of(None, text, choices))


KEYWORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"), min_size=1)


@given(st.lists(st.tuples(KEYWORDS, st.integers(0, 99), st.booleans()), min_size=1, max_size=8), st.integers(0, 2))
@example([(",", 0, True), ("0", 0, True)], 0)
@settings(max_examples=200, deadline=None)
def test_a_quote_takes_no_other_row_with_it(rows: list[tuple[str, int, bool]], opened: int) -> None:
    """Whatever stands in the cells and however they are quoted: as many records as were written, in place."""

    def written(word: str, quoted: bool) -> str:
        bare = word.replace(",", " ")
        return '"' + word.replace('"', '""') + '"' if quoted else bare.lstrip(' "') or "x"

    lines = [f"{written(word, quoted)},{number}" for word, number, quoted in rows]
    lines = ['"' + line.replace('"', "") if n == opened else line for n, line in enumerate(lines)]
    found = list(records(lines, Layout(",", 2)))
    expected = [str(number) for _, number, _ in rows]
    assert [record.cells[-1] for record in found] == expected


WORDS = st.sampled_from(["tea", "Tea", "ｔｅａ", "milk", "", "???", "a\x07", "x" * 300, "total", "(not set)", "İ", "i̇"])


@given(
    rows=st.lists(st.tuples(WORDS, st.integers(0, 9)), max_size=12),
    there=st.sets(st.sampled_from(["tea", "milk", "total"])),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_database_has_afterwards_is_what_the_count_says(
    site: Site, rows: list[tuple[str, int]], there: set[str]
) -> None:
    def stored() -> int:
        return db.session.scalar(select(func.count()).where(Keyword.site_id == site.id)) or 0

    db.session.execute(delete(Keyword))
    for word in there:
        make_keyword(site, word)
    before, lines = stored(), [f"{word},{volume}" for word, volume in [("Keyword", "Volume"), *rows]]
    with suppress(DomainError):  # nothing below the header
        table = table_of("\n".join(lines).encode(), None)
        target = imports.ImportTarget(site.account_id, site.id, utcnow())
        tally = imports.import_table(table, {"keyword": 0, "volume": 1}, target, lambda _: None)
        assert tally.added + tally.known + tally.rejected_count == tally.rows == len(rows)
        assert stored() == before + tally.added


def posted(client: FlaskClient, address: str = "/planner/keywords/import/", **form: Any) -> str:
    """The page that a form leads to, its blanks collapsed."""
    answer = client.post(address, data=form)
    page = client.get(answer.location) if answer.status_code == 303 else answer
    return " ".join(page.text.split())


def test_preview_and_report_say_what_became_of_every_row(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, "bike bell")
    data = b'Keyword,Volume\n20" bike,1\n\nbike bell,2\n26" bike,3\n???,4\n'

    seen = posted(owner_client, "/planner/keywords/import/preview/", csv_file=(io.BytesIO(data), "x.csv"))
    assert "6 lines: 1 header line, 4 rows, 1 blank. 3 can be stored, 1 will be rejected" in seen
    report = posted(owner_client, csv_file=(io.BytesIO(data), "x.csv"))
    assert "4 rows were read: 2 added, 1 already there, 1 rejected." in report
    assert "The file has 6 lines: 1 header line, 4 rows, 1 blank." in report


@pytest.mark.parametrize("pasted", [True, False])
def test_what_was_imported_adds_nothing_the_second_time(owner_client: FlaskClient, site: Site, pasted: bool) -> None:
    for expected in ("2 rows were read: 2 added, 0 already there", "2 rows were read: 0 added, 2 already there"):
        data: dict[str, Any] = (
            {"keywords": "a\nb"} if pasted else {"csv_file": (io.BytesIO(b"Keyword\na\nb\n"), "x.csv")}
        )
        assert expected in posted(owner_client, **data)


def test_a_guessed_encoding_is_shown_before_anything_is_stored(owner_client: FlaskClient, site: Site) -> None:
    data = "Keyword,Volume\nżółta łódka,1\n".encode("cp1250")

    page = posted(owner_client, csv_file=(io.BytesIO(data), "x.csv"))
    assert "Nothing is stored yet." in page
    assert "żółta łódka" in page
    read_of = page.split('name="read_of" value="')[1].split('"')[0]
    page = posted(
        owner_client, csv_file=(io.BytesIO(data), "x.csv"), read_of=read_of, encoding="cp1250", separator="comma"
    )
    assert "1 row was read: 1 added" in page


@pytest.mark.parametrize("again", ["Keyword,Search Volume,CPC", "\ufeffKeyword,Search Volume,CPC"])
def test_exports_put_together_reject_the_header_of_the_second(again: str) -> None:
    text = f"Keyword,Search Volume,CPC\ntea,10,1\n{again}\ncoffee,20,2\nkeyword,5,1\n"
    rows = list(parse_table(table_of(text.encode(), None)))
    assert [getattr(row, "reason", row.keyword) for row in rows] == ["tea", "header", "coffee", "keyword"]
    assert "names the columns once more" in getattr(rows[1], "message", "")
