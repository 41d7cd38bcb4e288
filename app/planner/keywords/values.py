"""Reading single values of keyword exports: keywords, numbers, countries. Pure."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from app.planner.keywords import countries as keyword_countries
from app.planner.keywords.number_units import MULTIPLIERS

MAX_KEYWORD = 255
MAX_VOLUME = 2_147_483_647
MAX_CPC = Decimal("99999.99")

_NOTHING = """
    . - -- – — ― − -/- … ... ? n/a na n.a. n.a n/d n.d. none null nil nan unknown undefined #n/a #value! #ref! #div/0!
    #num! #name? #null! s/d k.a. b/d b.d. н/д нет
"""
NOTHING = {
    *("", "no data", "no volume", "not available", "not set", "(not set)", "not found", "no info", "k. a.", "n. a."),
    *("keine daten", "sin datos", "sem dados", "pas de données", "nessun dato", "geen gegevens", "brak danych"),
    *("нет данных", "データなし", "暂无数据", "无", "なし", "없음", *_NOTHING.split()),
}
# What Analytics, spreadsheets and others write where they know no keyword.
NO_KEYWORD = frozenset(
    {
        *("(not provided)", "(not set)", "(none)", "(other)", "(direct)", "(unknown)", "(data not available)"),
        *("#name?", "#ref!", "#value!", "#div/0!", "#null!", "#num!"),  # what a spreadsheet could not work out
    }
)
# Soft hyphen, zero-width space and joiner, byte order mark, and what turns the direction of writing.
INVISIBLE = dict.fromkeys(
    [0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None
)
_UNITS = "|".join(map(re.escape, sorted(MULTIPLIERS, key=len, reverse=True)))
_NUMBER = re.compile(rf"([0-9][0-9.,]*|[.,][0-9]+)(?:(?:e|[x×*]10\^)([+-]?[0-9]{{1,3}})|({_UNITS})\.?)?")
_UNIT = re.compile(rf"[0-9.,]({_UNITS})\.?$")
_RANGE = re.compile(r"(.+?)(?:\s*[–—−‒~]\s*|\s+(?:to|bis|a|à)\s+|(?<=[^\W_e])\s*-\s*(?=[0-9]))(.+)")
_LAKH = re.compile(r"[1-9]\d?(,\d{2})+,\d{3}(\.\d+)?")
_MONEY_WORDS = re.compile(
    r"(?<![a-zа-я])(?:(?:us|ca|au|nz|hk|sg|mx|r|c|a|s)(?=\s*[0-9])|usd|eur|gbp|aud|cad|nzd|inr|jpy|cny|chf|pln|czk|huf|"
    r"ron|sek|nok|dkk|brl|mxn|zar|try|rub|ils|aed|krw|thb|zł|zl|kč|ft|lei|kr|rs|руб|р)(?![a-zа-я])\.?"
)
_ABOUT = re.compile(r"(?:[~∼≈約约]|(?:ca|circa|approx|about|around|env|environ|etwa|rund|unos)(?![a-z])\.?)\s*")
_A_MONTH = re.compile(
    r"\s*(?:/|per |pro |par |al |a )\s*(?:mo|mon|month|monat|mois|mes|mese|mês|maand|mies|мес|月)\.?\s*$"
)
_OF_HUNDRED = re.compile(r"\s*/\s*100\s*$")
_ARABIC_MARKS = {ord("٬"): ",", ord("٫"): ".", ord("٪"): None, ord("،"): ","}
_GROUPING = re.compile(r"[\s'’‘ʼ′´`_]")
_SPACES = re.compile(r"\s+")


class BadValue(ValueError):
    """The text is not a value of its kind; the message says what was found."""


def clean_keyword(text: str) -> str:
    """The keyword as shown: composed (NFC), invisible marks removed, whitespace collapsed."""
    text = unicodedata.normalize("NFC", text).translate(INVISIBLE)
    return _SPACES.sub(" ", text).strip()


def normalise_keyword(keyword: str) -> str:
    """The form in which two spellings are the same keyword: NFKC, casefold, single spaces.

    Applying it to its own result changes nothing.
    """
    form = keyword.translate(INVISIBLE)
    for _ in range(4):
        before = form
        form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", form).casefold())
        form = _SPACES.sub(" ", form.translate(INVISIBLE)).strip()
        if form == before:
            break
    return form


def is_control(char: str) -> bool:
    """Whether it is a control or surrogate character or no character at all.

    Letters and emoji that are newer than this Python's Unicode are characters like others.
    """
    if char.isprintable():
        return False
    kind = unicodedata.category(char)
    nothing = kind == "Cn" and (ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF)
    return kind in ("Cc", "Cs") or nothing


def has_control_characters(text: str) -> bool:
    """Whether the text holds control characters (tab and line ends count), surrogates or noncharacters."""
    return not text.isprintable() and any(map(is_control, text))


def says_something(text: str) -> bool:
    """Whether somebody could search for it: it has a letter, a digit or an emoji, not only punctuation.

    Signs such as ‼ and # are emoji where a mark behind them says so.
    """
    return any(char.isalnum() or unicodedata.category(char) in ("So", "Cn") or char in "\ufe0f\u20e3" for char in text)


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.strip().casefold() in NOTHING


def _plain_number(digits: str, decimals_expected: bool) -> Decimal:
    """A number without its unit; decides whether `.` and `,` group thousands or mark decimals."""
    marks = [char for char in digits if char in ".,"]
    if _LAKH.fullmatch(digits):
        digits = digits.replace(",", "")
    elif len(set(marks)) == 2:
        decimal_mark = max(".,", key=digits.rfind)
        if digits.count(decimal_mark) > 1:
            raise BadValue(digits)
        whole, _, part = digits.rpartition(decimal_mark)
        digits = re.sub(r"[.,]", "", whole) + "." + part
    elif marks:
        grouped = re.fullmatch(r"[1-9]\d{0,2}([.,]\d{3})+", digits) is not None
        if grouped and (len(marks) > 1 or not decimals_expected or marks[0] == ","):
            digits = re.sub(r"[.,]", "", digits)
        elif len(marks) == 1:
            digits = digits.replace(",", ".")
        else:
            raise BadValue(digits)
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise BadValue(digits) from error


def _single(text: str, decimals_expected: bool) -> Decimal:
    match = _NUMBER.fullmatch(_GROUPING.sub("", text))
    if match is None:
        raise BadValue(text)
    digits, power, unit = match.groups()
    value = _plain_number(digits, decimals_expected or unit is not None or power is not None)
    return value.scaleb(int(power)) if power else value * MULTIPLIERS.get(unit or "", 1)


def _bounds(first: str, last: str, decimals_expected: bool) -> tuple[Decimal, Decimal]:
    """Both ends of a range. A unit written once counts for both, as long as that leaves a range: `1–10K`."""
    low, high = _single(first, decimals_expected), _single(last, decimals_expected)
    unit = _UNIT.search(_GROUPING.sub("", last))
    if unit and not _UNIT.search(_GROUPING.sub("", first)):
        both = low * MULTIPLIERS[unit.group(1)]
        low = both if both < high else low
    return low, high


def _without_money(text: str) -> str:
    """The text without currency and percent signs, in lower case and plain digits."""
    value = unicodedata.normalize("NFKC", text).casefold()
    value = value.translate(INVISIBLE).translate(_ARABIC_MARKS)
    value = "".join(_digit(char) for char in value if unicodedata.category(char) != "Sc" and char != "%")
    return _MONEY_WORDS.sub("", value).strip()


def _digit(char: str) -> str:
    """The character, a digit of another script (٣, ३) as ours."""
    return str(unicodedata.decimal(char, char))


def read_number(text: str, *, decimals_expected: bool = False) -> Decimal | None:
    """The number in a cell, None when the cell says there is none.

    `1,300`, `1.300`, `1 300` and `1'300` are thirteen hundred; `1,50,000` is a lakh and a half; `1.2M`
    and `1.2E+06` are 1,200,000; a range such as `1K – 10K` or `1–10K` gives its middle and `<10` the middle of
    0 to 10; `10K+` gives 10,000; `~500` and `500/mo` are 500. With `decimals_expected` (prices) `1.300`
    is one and three tenths. Raises BadValue on anything else.
    """
    if is_nothing(text):
        return None
    if len(text) > 60:
        raise BadValue(text[:60])
    if text.isascii() and text.isdigit():
        return Decimal(text)
    value = _A_MONTH.sub("", _without_money(text))
    about = _ABOUT.match(value)
    value = value[about.end() :] if about else value
    if value.startswith(("<", "≤")):
        return _single(value.lstrip("<≤= "), decimals_expected) / 2
    if value.startswith((">", "≥")) or value.endswith("+"):
        return _single(value.lstrip(">≥= ").rstrip("+ "), decimals_expected)
    span = _RANGE.fullmatch(value)
    if span:
        return sum(_bounds(span.group(1), span.group(2), decimals_expected), Decimal()) / 2
    return _single(value, decimals_expected)


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def read_volume(text: str) -> int | None:
    """Searches a month."""
    value = read_number(text)
    if value is not None and value > MAX_VOLUME:
        raise BadValue(text)
    return None if value is None else _rounded(value)


def volume_range(text: str) -> tuple[int, int] | None:
    """The bounds of searches a month if a cell has a range, such as `1K – 10K`; None for a single figure, or none."""
    if text.isdecimal() or len(text) > 60 or is_nothing(text):
        return None
    span = _RANGE.fullmatch(_A_MONTH.sub("", _without_money(text)))
    if span is None:
        return None
    try:
        low, high = _bounds(span.group(1), span.group(2), decimals_expected=False)
    except BadValue:
        return None
    return (_rounded(low), _rounded(high)) if 0 <= low < high <= MAX_VOLUME else None


def read_count(text: str) -> int | None:
    """Clicks or impressions."""
    return read_volume(text)


def position(text: str) -> Decimal | None:
    """The average position among the results, from 1, with one decimal."""
    value = read_number(text, decimals_expected=True)
    if value is not None and not 0 <= value < 100_000:
        raise BadValue(text)
    return None if value is None or value < 1 else value.quantize(Decimal("0.1"))


def difficulty(text: str) -> int | None:
    """Keyword difficulty from 0 to 100. A fraction below 1 is refused: it may be a share, `0.45` for 45."""
    value = read_number(_OF_HUNDRED.sub("", text), decimals_expected=True)
    if value is not None and (value > 100 or 0 < value < 1):
        raise BadValue(text)
    return None if value is None else _rounded(value)


def cpc(text: str) -> Decimal | None:
    """Cost per click, two decimals, in the currency of the export."""
    value = read_number(text, decimals_expected=True)
    if value is not None and value > MAX_CPC:
        raise BadValue(text)
    return None if value is None else value.quantize(Decimal("0.01"))


def country(text: str) -> str | None:
    """Two-letter country code of a code or a name in any of the common languages; `NA` is Namibia."""
    name = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).translate(INVISIBLE)).strip().casefold()
    if name != "na" and (is_nothing(name) or name in keyword_countries.EVERYWHERE):
        return None
    code = keyword_countries.code_of(name)
    if code is None:
        raise BadValue(text)
    return code
