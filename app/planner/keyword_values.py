"""Reading single values of keyword exports: keywords, numbers, intents, countries. Pure."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

MAX_KEYWORD = 255
MAX_VOLUME = 2_147_483_647
MAX_CPC = Decimal("99999.99")

NOTHING = {"", "-", "--", "–", "—", "n/a", "na", "none", "null", "nan", "unknown", "#n/a", "…", "..."}
INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None)
INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
INTENT_WORDS = {
    "i": "informational",
    "info": "informational",
    "know": "informational",
    "c": "commercial",
    "comparison": "commercial",
    "commercial investigation": "commercial",
    "t": "transactional",
    "do": "transactional",
    "buy": "transactional",
    "purchase": "transactional",
    "n": "navigational",
    "branded": "navigational",
    "website": "navigational",
} | {name: name for name in INTENTS}
COUNTRIES = {
    "united states": "US", "united states of america": "US", "usa": "US", "united kingdom": "GB",
    "great britain": "GB", "uk": "GB", "england": "GB", "germany": "DE", "deutschland": "DE", "france": "FR",
    "spain": "ES", "españa": "ES", "italy": "IT", "italia": "IT", "netherlands": "NL", "belgium": "BE",
    "austria": "AT", "switzerland": "CH", "poland": "PL", "portugal": "PT", "sweden": "SE", "norway": "NO",
    "denmark": "DK", "finland": "FI", "ireland": "IE", "canada": "CA", "australia": "AU", "new zealand": "NZ",
    "india": "IN", "pakistan": "PK", "japan": "JP", "brazil": "BR", "brasil": "BR", "mexico": "MX",
    "argentina": "AR", "south africa": "ZA", "united arab emirates": "AE", "uae": "AE", "singapore": "SG",
    "philippines": "PH", "indonesia": "ID", "malaysia": "MY", "turkey": "TR", "türkiye": "TR",
    "greece": "GR", "romania": "RO", "ukraine": "UA", "czechia": "CZ", "czech republic": "CZ",
    "hungary": "HU", "israel": "IL", "saudi arabia": "SA", "nigeria": "NG", "kenya": "KE", "egypt": "EG",
}  # fmt: skip
_MULTIPLIERS = {"k": 1_000, "m": 1_000_000, "mio": 1_000_000, "b": 1_000_000_000, "bn": 1_000_000_000}
_NUMBER = re.compile(r"^([0-9][0-9.,]*|[.,][0-9]+)(k|mio|m|bn|b)?$")
_RANGE = re.compile(r"^(.+?)(?:\s*[–—−‒]\s*|\s+to\s+|(?<=[0-9kmb])\s*-\s*(?=[0-9]))(.+)$")
_MONEY = re.compile(r"[$€£¥₹₽₩₺%]|\b(?:usd|eur|gbp|aud|cad|inr|jpy|chf|pln|sek|nok|dkk|brl)\b")
_SPACES = re.compile(r"\s+")


class BadValue(ValueError):
    """The text is not a value of its kind; the message says what was found."""


def clean(text: str) -> str:
    """The keyword as shown: composed (NFC), invisible marks removed, whitespace collapsed."""
    text = unicodedata.normalize("NFC", text).translate(INVISIBLE)
    return _SPACES.sub(" ", text).strip()


def normalise(keyword: str) -> str:
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


def has_control_characters(text: str) -> bool:
    """Whether the text holds control, unassigned or surrogate characters (tab and line ends count)."""
    return not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs", "Cn") for char in text)


def _is_nothing(text: str) -> bool:
    return text.strip().casefold() in NOTHING


def _plain_number(digits: str, decimals_expected: bool) -> Decimal:
    """A number without its unit; settles whether `.` and `,` group thousands or mark decimals."""
    marks = [char for char in digits if char in ".,"]
    if len(set(marks)) == 2:
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
    match = _NUMBER.match(re.sub(r"[\s'’_]", "", text))
    if match is None:
        raise BadValue(text)
    digits, unit = match.groups()
    return _plain_number(digits, decimals_expected or unit is not None) * _MULTIPLIERS.get(unit or "", 1)


def number(text: str, *, decimals_expected: bool = False) -> Decimal | None:
    """The number in a cell, None when the cell says there is none.

    `1,300`, `1.300`, `1 300` and `1'300` are thirteen hundred; `1.2M` is 1,200,000; a range such
    as `1K – 10K` gives its middle and `<10` the middle of 0 to 10; `10K+` gives 10,000. With
    `decimals_expected` (prices) `1.300` is one and three tenths. Raises BadValue on anything else.
    """
    if _is_nothing(text):
        return None
    value = _MONEY.sub("", unicodedata.normalize("NFKC", text).casefold()).strip()
    if len(value) > 60:
        raise BadValue(text[:60])
    if value.startswith(("<", "≤")):
        return _single(value.lstrip("<≤= "), decimals_expected) / 2
    if value.startswith((">", "≥")) or value.endswith("+"):
        return _single(value.lstrip(">≥= ").rstrip("+ "), decimals_expected)
    span = _RANGE.match(value)
    if span:
        low, high = (_single(part, decimals_expected) for part in span.groups())
        return (low + high) / 2
    return _single(value, decimals_expected)


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value())


def volume(text: str) -> int | None:
    """Searches a month."""
    found = number(text)
    if found is not None and found > MAX_VOLUME:
        raise BadValue(text)
    return None if found is None else _whole(found)


def difficulty(text: str) -> int | None:
    """Keyword difficulty from 0 to 100."""
    found = number(text, decimals_expected=True)
    if found is not None and found > 100:
        raise BadValue(text)
    return None if found is None else _whole(found)


def cpc(text: str) -> Decimal | None:
    """Cost per click, two decimals, in the currency of the export."""
    found = number(text, decimals_expected=True)
    if found is not None and found > MAX_CPC:
        raise BadValue(text)
    return None if found is None else found.quantize(Decimal("0.01"))


def intent(text: str) -> str | None:
    """The first of several intents that we know (`Informational, Commercial` is informational)."""
    if _is_nothing(text):
        return None
    for part in re.split(r"[,;/|]+", text.casefold()):
        if part.strip() in INTENT_WORDS:
            return INTENT_WORDS[part.strip()]
    raise BadValue(text)


def country(text: str) -> str | None:
    """Two-letter country code; understands names and `us`, `en-US`, `United States`."""
    if _is_nothing(text):
        return None
    name = _SPACES.sub(" ", text).strip().casefold()
    if name in COUNTRIES:
        return COUNTRIES[name]
    code = re.fullmatch(r"(?:[a-z]{2}[-_])?([a-z]{2})", name)
    if code is None:
        raise BadValue(text)
    return code.group(1).upper()
