"""Single values of keyword exports."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planner.keywords import values
from app.planner.keywords.intents import intent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1300", 1300),
        ("1,300", 1300),
        ("1.300", 1300),
        ("1 300", 1300),
        ("1\u00a0300", 1300),
        ("1’300", 1300),
        ("1.234.567", 1234567),
        ("1,234.56", 1235),
        ("1.234,56", 1235),
        ("1.2M", 1_200_000),
        ("1,2K", 1200),
        ("33.1K", 33100),
        ("1K – 10K", 5500),
        ("1K-10K", 5500),
        ("1–10K", 5500),
        ("1 - 10K", 5500),
        ("10 to 100 K", 55_000),
        ("1,5–2 Mio.", 1_750_000),
        ("1 bin – 10 bin", 5500),
        ("1,2 Mn", 1_200_000),
        ("10K – 1L", 55_000),
        ("1L-10L", 550_000),
        ("2.5 lakhs", 250_000),
        ("12 tis.", 12_000),
        ("1,5 mil.", 1_500_000),
        ("10 mil", 10_000),
        ("10 тис.", 10_000),
        ("1,5 mi", 1_500_000),
        ("10 tn", 10_000),
        ("10 rb – 100 rb", 55_000),
        ("1.5 लाख", 150_000),
        ("1,2億", 120_000_000),
        ("10 ألف", 10_000),
        ("1.35e+006", 1_350_000),
        ("1,35 x 10^6", 1_350_000),
        ("0–1K", 500),
        ("1 – 1K", 501),
        ("10 - 100", 55),
        ("100 to 1K", 550),
        ("<10", 5),
        ("0–10", 5),
        ("10K+", 10_000),
        (">100", 100),
        ("~500", 500),
        ("≈ 20", 20),
        ("ca. 500", 500),
        ("500/mo", 500),
        ("1.2K / month", 1200),
        ("10～100", 55),
        ("٣", 3),
        ("१२३", 123),
        ("١٬٢٣٤", 1234),
        ("\u200f500", 500),
        ("０", 0),
        ("", None),
        ("N/A", None),
        ("n/a", None),
        ("-", None),
        ("—", None),
        ("null", None),
    ],
)
def test_reads_volumes_as_exports_write_them(text: str, expected: int | None) -> None:
    assert values.read_volume(text) == expected


@pytest.mark.parametrize(
    "text", ["abc", "-5", "1e500", "1,2,3", "1.2.3", "99999999999", "9" * 500, "1K – x", "~", "/mo", "²x"]
)
def test_refuses_what_is_not_a_volume(text: str) -> None:
    with pytest.raises(values.BadValue):
        values.read_volume(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.30", "1.30"),
        ("1,30", "1.30"),
        ("$1.204", "1.20"),
        ("€ 0,55", "0.55"),
        ("1.300", "1.30"),
        ("2 USD", "2.00"),
        ("1,234.50", "1234.50"),
        ("0.5 – 1.5", "1.00"),
    ],
)
def test_reads_prices(text: str, expected: str) -> None:
    assert values.cpc(text) == Decimal(expected)


def test_difficulty_is_a_whole_number_up_to_100() -> None:
    assert values.difficulty("45%") == 45
    assert values.difficulty("12,6") == 13
    with pytest.raises(values.BadValue):
        values.difficulty("101")
    with pytest.raises(values.BadValue):
        values.difficulty("0.45")
    assert (values.difficulty("0"), values.difficulty("1.0")) == (0, 1)


def test_takes_the_first_intent_it_knows() -> None:
    assert intent("Informational, Commercial") == "informational"
    assert intent("branded | T") == "transactional"
    assert intent("n/a") is None
    with pytest.raises(values.BadValue):
        intent("translate")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("us", "US"), ("United  States", "US"), ("en-GB", "GB"), ("Deutschland", "DE"), ("", None), ("UK", "GB")],
)
def test_reads_countries_by_code_and_name(text: str, expected: str | None) -> None:
    assert values.country(text) == expected


def test_spellings_of_one_keyword_have_one_normalised_form() -> None:
    forms = ["Café  Crème", "cafe\u0301 cre\u0300me", " CAFÉ\u00a0CRÈME\u200b", "ｃａｆé crème"]
    assert len({values.normalise_keyword(form) for form in forms}) == 1
    assert values.normalise_keyword("Straße") == values.normalise_keyword("STRASSE")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = values.normalise_keyword(text)
    assert values.normalise_keyword(once) == once


@given(st.text(max_size=80))
def test_values_either_read_or_raise_bad_value(text: str) -> None:
    for read in (values.read_volume, values.difficulty, values.cpc, intent, values.country):
        try:
            read(text)
        except values.BadValue:
            continue


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u061c", "\u202b", "\u2067"])
def test_marks_of_the_direction_of_writing_are_no_part_of_a_keyword(mark: str) -> None:
    assert values.clean_keyword(f"{mark}قهوة{mark}") == values.normalise_keyword(f"{mark}قهوة") == "قهوة"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Informationnelle", "informational"),
        ("Informationsorientiert", "informational"),
        ("Transaktionsorientiert", "transactional"),
        ("Navigationnelle", "navigational"),
        ("Comercial", "commercial"),
        ("信息", "informational"),
    ],
)
def test_reads_intents_in_other_languages(text: str, expected: str) -> None:
    assert intent(text) == expected


def test_reads_a_difficulty_of_a_hundred() -> None:
    assert values.difficulty("45/100") == 45
