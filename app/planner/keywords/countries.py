"""Countries as exports name them: by code, by name in common languages, as part of a place or a market. Pure."""

import re
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

EVERYWHERE = {
    "worldwide",
    "global",
    "international",
    "world",
    "all",
    "all countries",
    "all locations",
    "ww",
    "weltweit",
}
OTHER_NAMES = {
    "united states of america": "US",
    "usa": "US",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "uae": "AE",
    "holland": "NL",
    "viet nam": "VN",
    "russian federation": "RU",
    "korea": "KR",
    "korea, republic of": "KR",
    "republic of korea": "KR",
    "turkey": "TR",
    "türkiye": "TR",
    "macedonia": "MK",
    "cape verde": "CV",
    "east timor": "TL",
    "czech republic": "CZ",
    "ivory coast": "CI",
    "macau": "MO",
    "hong kong": "HK",
    "burma": "MM",
    "swaziland": "SZ",
}
LANGUAGES = """
    en de fr es it pt nl pl cs sk sl hr sr hu ro bg el tr ru uk lt lv et fi sv da nb ca
    ja ko zh zh_Hant ar he hi th vi id
"""
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
_MARKET = re.compile(r"(?:mobile-)?([a-z]{2})(?:[-_](?:mobile|desktop|ext))?")
_LOCALE = re.compile(r"([a-z]{2})[-_]([a-z]{2})")
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?([a-z]{2})")
_IN_PARENTHESES = re.compile(r"(.*?)\s*\(([^()]*)\)")


@cache
def _codes_by_name() -> dict[str, str]:
    """Codes by the names of countries, folded; the English ones win where languages differ."""
    codes: dict[str, str] = {}
    for language in LANGUAGES.split():
        for code, name in Locale.parse(language).territories.items():
            if code in COUNTRY_CODES:
                codes.setdefault(_folded(name), code)
    return codes | {_folded(name): code for name, code in OTHER_NAMES.items()}


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").replace(" and ", " & ").removeprefix("the ").split())


def _by_code(text: str) -> str | None:
    """`us`, `uk`, `usa`, `en-us`, `us_en`, `mobile-us`, `google.co.uk`."""
    locale = _LOCALE.fullmatch(text)
    if locale:
        return _known(locale[2]) or _known(locale[1])
    code = _MARKET.fullmatch(text) or _GOOGLE.fullmatch(text)
    if code:
        return _known(code[1])
    return _known(text) if len(text) == 3 else None


def _known(code: str) -> str | None:
    """The official code for this one: `UK` is GB, `DEU` is DE."""
    upper = code.upper()
    if upper not in COUNTRY_CODES:
        upper = (get_global("territory_aliases").get(upper) or [""])[0]
    return upper if upper in COUNTRY_CODES else None


@lru_cache(maxsize=4096)
def code_of(text: str) -> str | None:
    """The two-letter code of the country that a folded text names; None when none is known.

    A place such as `berlin, germany` is of its country, and so is `germany (german)` or `germany - german`.
    """
    by_name = _by_code(text) or _codes_by_name().get(_folded(text))
    if by_name:
        return by_name
    inside = _IN_PARENTHESES.fullmatch(text)
    parts = [inside[2], inside[1]] if inside else []
    if not parts and " - " in text:
        parts = [text.split(" - ")[0]]
    if not parts and "," in text:
        parts = [text.rsplit(",", 1)[1]]
    return next((code for part in parts if part.strip() and (code := code_of(part.strip()))), None)
