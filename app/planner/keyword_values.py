"""Reading single values of keyword exports: keywords, numbers, intents, countries. Pure."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MAX_KEYWORD = 255
MAX_VOLUME = 2_147_483_647
MAX_CPC = Decimal("99999.99")

NOTHING = {"", ".", "-", "--", "–", "—", "n/a", "na", "none", "null", "nan", "unknown", "#n/a", "…", "..."}
# Soft hyphen, zero-width space and joiner, byte order mark, and what turns the direction of writing.
INVISIBLE = dict.fromkeys(
    [0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None
)
INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
# The numbers are those of Semrush's API, the single letters those of its pages.
INTENT_WORDS = {
    "i": "informational",
    "info": "informational",
    "know": "informational",
    "1": "informational",
    "c": "commercial",
    "comparison": "commercial",
    "commercial investigation": "commercial",
    "0": "commercial",
    "t": "transactional",
    "do": "transactional",
    "buy": "transactional",
    "purchase": "transactional",
    "3": "transactional",
    "n": "navigational",
    "website": "navigational",
    "2": "navigational",
    "informativ": "informational",
    "kommerziell": "commercial",
    "transaktional": "transactional",
    "navigational": "navigational",
    "navigation": "navigational",
} | {name: name for name in INTENTS if name != "local"}
# How the words of other languages begin.
_INTENT_STEMS = {
    "informational": ("inform", "информ", "情報", "信息", "資訊", "정보"),
    "navigational": ("navig", "nawig", "навиг", "ナビ", "案内", "导航", "導航", "탐색"),
    "transactional": ("transa", "транзак", "取引", "トランザク", "交易", "거래"),
    "commercial": ("commer", "comer", "kommer", "komer", "коммер", "商", "상업"),
}
# Said of the search beside its intent (`Non-branded, Local, Commercial`); counted only when it stands alone.
INTENT_MARKS = {"local": "local", "branded": "navigational", "brand": "navigational"}
INTENT_OTHERS = {"non-branded", "non-local"}
COUNTRIES = {
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
    "united kingdom": "GB",
    "great britain": "GB",
    "uk": "GB",
    "england": "GB",
    "germany": "DE",
    "deutschland": "DE",
    "france": "FR",
    "spain": "ES",
    "españa": "ES",
    "italy": "IT",
    "italia": "IT",
    "netherlands": "NL",
    "belgium": "BE",
    "austria": "AT",
    "switzerland": "CH",
    "poland": "PL",
    "portugal": "PT",
    "sweden": "SE",
    "norway": "NO",
    "denmark": "DK",
    "finland": "FI",
    "ireland": "IE",
    "canada": "CA",
    "australia": "AU",
    "new zealand": "NZ",
    "india": "IN",
    "pakistan": "PK",
    "japan": "JP",
    "brazil": "BR",
    "brasil": "BR",
    "mexico": "MX",
    "argentina": "AR",
    "south africa": "ZA",
    "united arab emirates": "AE",
    "uae": "AE",
    "singapore": "SG",
    "philippines": "PH",
    "indonesia": "ID",
    "malaysia": "MY",
    "turkey": "TR",
    "türkiye": "TR",
    "greece": "GR",
    "romania": "RO",
    "ukraine": "UA",
    "czechia": "CZ",
    "czech republic": "CZ",
    "hungary": "HU",
    "israel": "IL",
    "saudi arabia": "SA",
    "nigeria": "NG",
    "kenya": "KE",
    "egypt": "EG",
    "namibia": "NA",
}
_ISO_3166 = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRY_CODES = frozenset(_ISO_3166.split())
_MULTIPLIERS = {
    "k": 1_000,
    "tsd": 1_000,
    "tys": 1_000,
    "mil": 1_000,
    "mila": 1_000,
    "тыс": 1_000,
    "千": 1_000,
    "천": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "만": 10_000,
    "lakh": 100_000,
    "lac": 100_000,
    "m": 1_000_000,
    "mio": 1_000_000,
    "mln": 1_000_000,
    "млн": 1_000_000,
    "cr": 10_000_000,
    "crore": 10_000_000,
    "b": 1_000_000_000,
    "bn": 1_000_000_000,
    "mrd": 1_000_000_000,
}
_UNITS = "|".join(sorted(_MULTIPLIERS, key=len, reverse=True))
_NUMBER = re.compile(rf"([0-9][0-9.,]*|[.,][0-9]+)(?:e([+-]?[0-9]{{1,2}})|({_UNITS})\.?)?")
_UNIT = re.compile(rf"[0-9.,]({_UNITS})\.?$")
_RANGE = re.compile(r"(.+?)(?:\s*[–—−‒~]\s*|\s+(?:to|bis|a|à)\s+|(?<=[0-9kmb])\s*-\s*(?=[0-9]))(.+)")
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
    """Whether somebody could search for it: a letter, a digit or an emoji; signs alone are nothing."""
    return any(char.isalnum() or unicodedata.category(char) in ("So", "Cn") for char in text)


def _is_nothing(text: str) -> bool:
    return text.strip().casefold() in NOTHING


def _plain_number(digits: str, decimals_expected: bool) -> Decimal:
    """A number without its unit; settles whether `.` and `,` group thousands or mark decimals."""
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
    match = _NUMBER.fullmatch(re.sub(r"[\s'’_]", "", text))
    if match is None:
        raise BadValue(text)
    digits, power, unit = match.groups()
    value = _plain_number(digits, decimals_expected or unit is not None or power is not None)
    return value.scaleb(int(power)) if power else value * _MULTIPLIERS.get(unit or "", 1)


def _middle(first: str, last: str, decimals_expected: bool) -> Decimal:
    """The middle of a range. A unit written once is that of both, as long as that leaves a range: `1–10K`."""
    low, high = _single(first, decimals_expected), _single(last, decimals_expected)
    unit = _UNIT.search(re.sub(r"[\s'’_]", "", last))
    if unit and not _UNIT.search(re.sub(r"[\s'’_]", "", first)):
        both = low * _MULTIPLIERS[unit.group(1)]
        low = both if both < high else low
    return (low + high) / 2


def _without_money(text: str) -> str:
    """The text without currency and percent signs, in lower case and plain digits."""
    value = unicodedata.normalize("NFKC", text).casefold()
    value = value.translate(INVISIBLE).translate(_ARABIC_MARKS)
    value = "".join(_digit(char) for char in value if unicodedata.category(char) != "Sc" and char != "%")
    return _MONEY_WORDS.sub("", value).strip()


def _digit(char: str) -> str:
    """The character, a digit of another script (٣, ३) as ours."""
    return str(unicodedata.decimal(char, char))


def number(text: str, *, decimals_expected: bool = False) -> Decimal | None:
    """The number in a cell, None when the cell says there is none.

    `1,300`, `1.300`, `1 300` and `1'300` are thirteen hundred; `1,50,000` is a lakh and a half; `1.2M`
    and `1.2E+06` are 1,200,000; a range such as `1K – 10K` or `1–10K` gives its middle and `<10` the middle of
    0 to 10; `10K+` gives 10,000; `~500` and `500/mo` are 500. With `decimals_expected` (prices) `1.300`
    is one and three tenths. Raises BadValue on anything else.
    """
    if _is_nothing(text):
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
        return _middle(span.group(1), span.group(2), decimals_expected)
    return _single(value, decimals_expected)


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


def volume(text: str) -> int | None:
    """Searches a month."""
    found = number(text)
    if found is not None and found > MAX_VOLUME:
        raise BadValue(text)
    return None if found is None else _whole(found)


def difficulty(text: str) -> int | None:
    """Keyword difficulty from 0 to 100."""
    found = number(_OF_HUNDRED.sub("", text), decimals_expected=True)
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
    parts = [part.strip() for part in re.split(r"[,;/|]+", text.casefold())]
    for words in (INTENT_WORDS, INTENT_MARKS):
        for part in parts:
            known = words.get(part) or (_intent_in_words(part) if words is INTENT_WORDS else None)
            if known:
                return known
    if INTENT_OTHERS.issuperset(parts):
        return None
    raise BadValue(text)


def _intent_in_words(text: str) -> str | None:
    return next((name for name, stems in _INTENT_STEMS.items() if text.startswith(stems)), None)


def country(text: str) -> str | None:
    """Two-letter country code; understands names and `us`, `en-US`, `United States`. `NA` is Namibia."""
    name = _SPACES.sub(" ", text).strip().casefold()
    if name != "na" and _is_nothing(name):
        return None
    if name in COUNTRIES:
        return COUNTRIES[name]
    code = re.fullmatch(r"(?:[a-z]{2}[-_]|mobile-)?([a-z]{2})", name)
    if code is None:
        raise BadValue(text)
    found = COUNTRIES.get(code[1], code[1].upper())
    if found not in COUNTRY_CODES:
        raise BadValue(text)
    return found
