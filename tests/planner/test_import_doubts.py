"""Exports that break the rules: read whole, or shown to the person before anything is stored."""

import io

import pytest
from flask.testing import FlaskClient

from app.planner.imports.rows import KeywordRow, RejectedRow, parse_table, table_of
from app.planner.imports.tables import Table
from app.sites.models import Site


def read(text: str) -> tuple[Table, list[KeywordRow | RejectedRow]]:
    table = table_of(text.encode(), None)
    return table, list(parse_table(table))


def kept(text: str) -> list[tuple[str, int | None]]:
    return [(row.keyword, row.volume) for row in read(text)[1] if isinstance(row, KeywordRow)]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Volume,Keyword\n10,coffee, black\n20,tea\n", "10, coffee, black"),
        ("Keyword,Volume,KD\ncoffee,1,200,45\ntea,20,5\n", "coffee, 1, 200, 45"),
        ("coffee,10,5\ntea,20,3\nmilk,1,200,4\n", "milk, 1, 200, 4"),
    ],
)
def test_a_row_longer_than_the_header_is_told_and_shown_first(text: str, whole: str) -> None:
    table, rows = read(text)
    rejected = [(row.keyword, row.reason) for row in rows if isinstance(row, RejectedRow)]
    assert rejected == [(whole, "too_many_cells")]
    assert table.needs_check
    assert any("more cells than the header" in note for note in table.notes)


def test_empty_cells_behind_the_header_are_no_further_cells() -> None:
    table, _ = read("Keyword,Volume\ncoffee,1, ,\ntea,2,\n")
    assert not table.needs_check
    assert kept("Keyword,Volume\ncoffee,1, ,\ntea,2,\n") == [("coffee", 1), ("tea", 2)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ('"Keyword\n(en)","Search\nVolume"\ncoffee,1\n', 4),
        ('Keyword,"Search\nVolume",KD\r\ncoffee,1,2\n', 3),
        ('My report\n#;"Keyword\r\n";"Volume\r\n(US)"\n1;coffee;1\n', 5),
    ],
)
def test_a_header_may_have_line_ends_in_its_cells(text: str, first: int) -> None:
    assert kept(text) == [("coffee", 1)]
    assert read(text)[0].first_data_line == first


@pytest.mark.parametrize("sign", ["^", " ", "~", "!", "§", "/"])
def test_any_sign_that_a_sep_line_names_separates(sign: str) -> None:
    text = f'sep={sign}\nKeyword{sign}Volume\ncoffee{sign}10\n"iced tea"{sign}20\n'
    assert kept(text) == [("coffee", 10), ("iced tea", 20)]
    assert read(text)[0].separator == ""


def test_the_preview_offers_the_sign_of_the_sep_line(owner_client: FlaskClient, site: Site) -> None:
    data = {"csv_file": (io.BytesIO(b"sep=^\nKeyword^Volume\ncoffee^10\n"), "x.csv")}
    page = owner_client.post("/planner/keywords/import/preview/", data=data).text
    assert "^ (as the file says)" in page


def test_an_inch_mark_does_not_glue_a_row_to_a_cell_of_several_lines() -> None:
    text = 'Keyword;Volume;Notes\n"5" pipe;10;"a\nb"\ncoffee;20;x\n"6" pipe;30;y\n'
    assert kept(text) == [('5" pipe', 10), ("coffee", 20), ('6" pipe', 30)]


def test_a_quoted_cell_may_span_many_lines() -> None:
    assert kept('Keyword,Notes,Volume\na,"' + "x\n" * 250 + '",7\nb,n,2\n') == [("a", 7), ("b", 2)]


def test_lines_that_are_quoted_whole_are_read_as_rows() -> None:
    text = '"Keyword,Volume"\n"coffee,10"\n"""12"""" pan"",20"\n'
    assert kept(text) == [("coffee", 10), ('12" pan', 20)]
    assert kept('"Keyword"\n"tea, green"\n') == [("tea, green", None)]


@pytest.mark.parametrize("above", [12, 15, 60])
def test_a_header_far_down_is_found_and_shown_first(above: int) -> None:
    text = "".join(f"note {i}\n" for i in range(above)) + "Keyword,Volume\ncoffee,1\ntea,2\n"
    assert kept(text) == [("coffee", 1), ("tea", 2)]
    assert read(text)[0].needs_check


def test_lines_some_of_which_look_like_a_table_are_shown_first() -> None:
    text = "".join(f"note {i}\n" for i in range(15)) + "coffee,1\ntea,2\n"
    assert read(text)[0].needs_check
    assert not read("coffee\nblack tea\ntea\nmilk, 2024\n")[0].needs_check
