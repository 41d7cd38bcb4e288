"""Pasted text and exports become keywords, rejected rows, or one clear sentence."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.planner.imports.rows import KeywordRow, RejectedRow, parse_table, preview_table, table_of

SEMRUSH = (
    "Keyword,Intent,Volume,Trend,Keyword Difficulty,CPC (USD),SERP Features\n"
    '"best espresso machine","Informational, Commercial",33100,"0.54,1.00",88,1.32,"Reviews, Video"\n'
    "espresso grinder,Commercial,N/A,,45.5,,\n"
)
AHREFS = "\ufeff#\tKeyword\tCountry\tDifficulty\tVolume\tCPC\n1\tmoka pot\tus\t12\t22000\t0.8\n"
SEARCH_CONSOLE = "Top queries,Clicks,Impressions,CTR,Position\ndescale coffee machine,12,3400,0.35%,4.1\n"
KEYWORD_PLANNER = (
    "Keyword Stats 2026-11-01 at 10_00_00\n"
    '"November 1, 2025 - October 31, 2026"\n'
    "Keyword\tCurrency\tAvg. monthly searches\tCompetition\tTop of page bid (low range)"
    "\tTop of page bid (high range)\n"
    "coffee scale\tUSD\t1K – 10K\tHigh\t0.50\t1,20\n"
)
KEYWORD_INSIGHTS = "Keyword;Search Volume;Search Intent;CPC\ncafé crème;1.300;informational;0,45\n"


def rows(data: bytes | None = None, pasted: str | None = None) -> list[KeywordRow | RejectedRow]:
    return list(parse_table(table_of(data, pasted)))


def keywords(data: bytes | None = None, pasted: str | None = None) -> list[KeywordRow]:
    return [row for row in rows(data, pasted) if isinstance(row, KeywordRow)]


def test_reads_a_semrush_export() -> None:
    first, second = keywords(SEMRUSH.encode())
    assert (first.keyword, first.volume, first.difficulty, str(first.cpc), first.intent) == (
        "best espresso machine",
        33100,
        88,
        "1.32",
        "informational",
    )
    assert (second.volume, second.difficulty, second.cpc) == (None, 46, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_reads_an_ahrefs_export_in_any_unicode(encoding: str) -> None:
    (row,) = keywords(AHREFS.encode(encoding))
    assert (row.keyword, row.country, row.volume, row.difficulty) == ("moka pot", "US", 22000, 12)


def test_reads_a_search_console_export() -> None:
    (row,) = keywords(SEARCH_CONSOLE.encode())
    assert (row.keyword, row.volume, row.line) == ("descale coffee machine", None, 2)


def test_passes_over_the_preamble_of_keyword_planner() -> None:
    (row,) = keywords(KEYWORD_PLANNER.encode("utf-16"))
    assert (row.keyword, row.volume, str(row.cpc), row.line) == ("coffee scale", 5500, "1.20", 4)


def test_reads_semicolons_and_decimal_commas() -> None:
    (row,) = keywords(KEYWORD_INSIGHTS.encode())
    assert (row.keyword, row.volume, str(row.cpc)) == ("café crème", 1300, "0.45")


def test_reads_windows_1252_and_says_so() -> None:
    table = table_of(KEYWORD_INSIGHTS.encode("cp1252"), None)
    assert next(parse_table(table)).keyword == "café crème"
    assert "Windows-1252" in table.notes[0]


def test_reads_a_list_without_a_header() -> None:
    assert [row.keyword for row in keywords(b"moka pot\nfrench press\n")] == ["moka pot", "french press"]


def test_pasted_lines_keep_their_commas() -> None:
    found = keywords(pasted="coffee, black\n\n  Espresso   Tamper \r\n")
    assert [row.keyword for row in found] == ["coffee, black", "Espresso Tamper"]


def test_pasted_spreadsheet_cells_are_columns() -> None:
    (row,) = keywords(pasted="Keyword\tVolume\nmoka pot\t1,300\n")
    assert (row.keyword, row.volume) == ("moka pot", 1300)


def test_pasted_cells_without_a_header_take_the_wordiest_column() -> None:
    assert [row.keyword for row in keywords(pasted="1\tmoka pot\t90\n2\tdrip coffee\t70")] == [
        "moka pot",
        "drip coffee",
    ]


def test_says_why_a_row_is_rejected() -> None:
    text = "keyword,volume\nok,1\n,5\n" + "x" * 10_000 + ",1\nbell\x07,1\nOK ,2\n???,1\n"
    rejected = [row for row in rows(text.encode()) if isinstance(row, RejectedRow)]
    assert [(row.line, row.reason) for row in rejected] == [
        (3, "empty"),
        (4, "too_long"),
        (5, "control_characters"),
        (6, "duplicate"),
        (7, "not_a_keyword"),
    ]
    assert all(row.message and len(row.keyword) <= 120 and row.keyword.isprintable() for row in rejected)


def test_a_bad_number_keeps_the_row_with_a_warning() -> None:
    (row,) = keywords(b"keyword,volume,kd\nmoka pot,lots,120\n")
    assert (row.volume, row.difficulty, len(row.warnings)) == (None, None, 2)


def test_a_broken_quote_costs_one_row() -> None:
    text = 'keyword,volume\n"broken,1\n' + "".join(f"word {i},{i}\n" for i in range(500))
    assert len(keywords(text.encode())) == 501


def test_a_quoted_cell_may_span_lines() -> None:
    text = 'keyword,volume,urls\nmoka pot,5,"https://a\nhttps://b"\nfrench press,6,x\n'
    assert [(row.keyword, row.line) for row in keywords(text.encode())] == [("moka pot", 2), ("french press", 4)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04" + b"\0" * 50, "NOT_A_CSV"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "NOT_A_CSV"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "NOT_A_CSV"),
        (b'{"keywords": []}', "NOT_A_CSV"),
        (b"%PDF-1.7", "NOT_A_CSV"),
        (bytes(range(256)) * 40, "NOT_A_CSV"),
        (b"a" * (20 * 1024 * 1024 + 1), "FILE_TOO_LARGE"),
        (b" \n\n", "FILE_EMPTY"),
        (b"", "NOTHING_TO_IMPORT"),
    ],
)
def test_a_file_that_is_no_csv_gets_a_sentence_and_a_cure(data: bytes, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        rows(data)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert caught.value.cure.endswith(".")


def test_the_person_may_choose_other_columns() -> None:
    table = table_of(b"a,b\nfoo,bar\n", None)
    (row,) = [row for row in parse_table(table, {"keyword": 1}) if row.line == 2]
    assert row.keyword == "bar"


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    table = table_of(SEMRUSH.encode(), None)
    for mapping in ({"keyword": 99}, {"volume": 1}, {"keyword": -1}, {"other": 0}):
        with pytest.raises(DomainError):
            list(parse_table(table, mapping))


def test_the_preview_shows_the_first_rows_as_they_will_be_stored() -> None:
    seen = preview_table(table_of(SEMRUSH.encode(), None), rows=1)
    assert seen.table.header[0] == "Keyword"
    assert seen.mapping["volume"] == 2
    assert isinstance(seen.parsed[0], KeywordRow)
    assert seen.parsed[0].volume == 33100


def _survives(data: bytes | None, pasted: str | None) -> None:
    with suppress(DomainError):
        table = table_of(data, pasted)
        for row in parse_table(table):
            if isinstance(row, KeywordRow):
                assert 0 < len(row.keyword) <= 255
                assert 0 < len(row.normalised) <= 255
                row.keyword.encode("utf-8")
                assert "\0" not in row.keyword


@given(st.binary(max_size=3000))
@settings(max_examples=300, deadline=None)
def test_arbitrary_bytes_never_crash(data: bytes) -> None:
    _survives(data, None)


@given(st.text(max_size=1500))
@settings(max_examples=200, deadline=None)
def test_arbitrary_paste_never_crashes(text: str) -> None:
    _survives(None, text)


@given(st.lists(st.sampled_from(list('",;\t\n\r keyword|volume0 1\x00\ufeff"')), max_size=200))
@settings(max_examples=300, deadline=None)
def test_arbitrary_quotes_and_delimiters_never_crash(parts: list[str]) -> None:
    _survives(b"keyword,volume\n" + "".join(parts).encode(), None)
