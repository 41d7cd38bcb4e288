"""Intents as exports of any tool and language say them: in a word, a list, or a column for each."""

import pytest

from app.planner.imports.rows import KeywordRow, parse_table, table_of
from app.planner.keywords.intents import flag_columns, flagged, intent
from app.planner.keywords.values import BadValue

AHREFS = "Keyword\tCountry\tBranded\tLocal\tNavigational\tInformational\tCommercial\tTransactional\tVolume\tKD"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I C", "informational"),
        ("CT", "commercial"),
        ("N-T", "navigational"),
        ("3.0", "transactional"),
        ("1.0, 0.0", "informational"),
        ('["commercial"]', "commercial"),
        ("1,0", "informational"),
        ("T", "transactional"),
        ("Bilgi amaçlı", "informational"),
        ("Info + Commercial", "informational"),
        ("[]", None),
    ],
)
def test_intents_in_lists_letters_and_languages(text: str, expected: str | None) -> None:
    assert intent(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, "transactional") for text in ("İşlemsel", "İŞLEMSEL", "Do")),
        *((text, "navigational") for text in ("Navegacional", "Navegación", "Website")),
        *((text, "local") for text in ("Visit", "Visit-in-person")),
    ],
)
def test_intents_of_further_languages_and_of_what_raters_say(text: str, expected: str) -> None:
    assert intent(text) == expected


def rows_of(text: str, encoding: str = "utf-8") -> list[KeywordRow]:
    rows = list(parse_table(table_of(text.encode(encoding), None)))
    assert all(isinstance(row, KeywordRow) for row in rows)
    return [row for row in rows if isinstance(row, KeywordRow)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_column_for_each_intent_says_yes_or_no(encoding: str) -> None:
    lines = {
        "buy moka pot\tus\tfalse\tfalse\tfalse\tfalse\ttrue\ttrue\t1500\t12": "commercial",
        "acme login\tus\tTRUE\tFALSE\tTRUE\tFALSE\tFALSE\tFALSE\t90\t5": "navigational",
        "coffee near me\tus\tfalse\ttrue\tfalse\tfalse\tfalse\tfalse\t90\t5": "local",
        "moka pot\tus\tfalse\tfalse\tfalse\tfalse\tfalse\tfalse\t90\t5": None,
    }
    rows = rows_of("\n".join([AHREFS, *lines]), encoding)
    assert [row.intent for row in rows] == list(lines.values())
    assert not any(row.warnings for row in rows)
    assert [(row.volume, row.difficulty) for row in rows] == [(1500, 12), (90, 5), (90, 5), (90, 5)]


def test_yes_and_no_in_other_languages_and_a_column_of_intents_that_is_empty() -> None:
    german = "Keyword;Suchvolumen;Informativ;Transaktional\nkaffee;10;WAHR;FALSCH\nkaffee kaufen;20;falsch;wahr"
    assert [row.intent for row in rows_of(german)] == ["informational", "transactional"]
    both = "Keyword,Intents,Informational,Commercial\na,,x,\nb,Transactional,x,\nc,,maybe,"
    rows = rows_of(both)
    assert [row.intent for row in rows] == ["informational", "transactional", None]
    assert rows[2].warnings


def test_who_leaves_the_intent_out_gets_none() -> None:
    table = table_of(b"Keyword,Informational,Commercial\na,true,false", None)
    assert table.mapping == {"keyword": 0, "intent": 1}
    (row,) = parse_table(table, {"keyword": 0})
    assert isinstance(row, KeywordRow)
    assert row.intent is None


@pytest.mark.parametrize("header", [["Keyword", "Transactions"], ["Keyword", "Local", "Volume"], ["Commercial value"]])
def test_names_that_only_look_like_it_are_none(header: list[str]) -> None:
    assert flag_columns(header) == {}


def test_a_cell_that_says_neither_is_told() -> None:
    with pytest.raises(BadValue):
        flagged(["120"], {0: "commercial"})
