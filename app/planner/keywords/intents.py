"""What the searcher wants, as exports express it: in one word, in several, or with a column for each intent. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from app.planner.keywords.values import BadValue, is_nothing

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
    "visit": "local",
    "visit-in-person": "local",
    "visit in person": "local",
    "2": "navigational",
    "informativ": "informational",
    "kommerziell": "commercial",
    "transaktional": "transactional",
    "navigational": "navigational",
    "navigation": "navigational",
} | {name: name for name in INTENTS if name != "local"}
# How the words of other languages begin.
_INTENT_STEMS = {
    "informational": ("inform", "информ", "інформ", "bilgi", "tiedo", "thông tin", "情報", "信息", "資訊", "정보"),
    "navigational": (
        "navig",
        "naveg",
        "nawig",
        "навиг",
        "навіг",
        "gezin",
        "điều hướng",
        "ナビ",
        "案内",
        "导航",
        "導航",
        "탐색",
    ),
    "transactional": ("transa", "tranz", "транзак", "işlem", "giao dịch", "取引", "トランザク", "交易", "거래"),
    "commercial": (
        *("commer", "comer", "kommer", "komer", "коммер", "комер", "ticari", "obchod", "handlow", "thương mại"),
        *("商", "상업"),
    ),
}
# Labels that come besides the intent of a search (`Non-branded, Local, Commercial`); counted only when it stands alone.
INTENT_MARKS = {"local": "local", "branded": "navigational", "brand": "navigational"}
INTENT_OTHERS = {"non-branded", "non-local"}
_LIST_MARKS = str.maketrans(dict.fromkeys("[](){}\"'", ""))
_SINGLE_LETTERS = re.compile(r"[a-z](?:[ -][a-z])+|[icnt]{2,4}")
_WHOLE = re.compile(r"\b([0-3])\.0\b")  # a number that a program made of the code
# What spreadsheets and tools write for true and false.
_YES = {
    *(
        "true",
        "yes",
        "y",
        "1",
        "x",
        "✓",
        "✔",
        "✅",
        "●",
        "wahr",
        "ja",
        "vrai",
        "oui",
        "verdadero",
        "sí",
        "si",
        "vero",
        "sì",
    ),
    *(
        "verdadeiro",
        "sim",
        "prawda",
        "tak",
        "doğru",
        "evet",
        "истина",
        "да",
        "waar",
        "pravda",
        "ano",
        "sant",
        "はい",
        "是",
    ),
}
_NO = {
    *("false", "no", "0", "✗", "✘", "❌", "falsch", "nein", "faux", "non", "falso", "não", "fałsz", "nie", "yanlış"),
    *("hayır", "ложь", "нет", "onwaar", "nee", "nepravda", "ne", "falskt", "nej", "nei", "いいえ", "否"),
}


def _plain_words(text: str) -> str:
    return text.casefold().replace("i\u0307", "i").strip()  # İ


def intent(text: str) -> str | None:
    """The first intent that we know among several (`Informational, Commercial` is informational)."""
    if is_nothing(text):
        return None
    plain = _plain_words(text).translate(_LIST_MARKS)
    if is_nothing(plain):
        return None
    parts = [part.strip() for part in re.split(r"[,;/|+&\n]+", _WHOLE.sub(r"\1", plain))]
    if len(parts) == 1 and _SINGLE_LETTERS.fullmatch(parts[0]):
        parts = [letter for letter in parts[0] if letter.isalpha()]
    for words in (INTENT_WORDS, INTENT_MARKS):
        for part in parts:
            intent_name = words.get(part) or (_intent_in_words(part) if words is INTENT_WORDS else None)
            if intent_name:
                return intent_name
    if INTENT_OTHERS.issuperset(parts):
        return None
    raise BadValue(text)


def _intent_in_words(text: str) -> str | None:
    return next((name for name, stems in _INTENT_STEMS.items() if text.startswith(stems)), None)


def flag_columns(header: Iterable[str]) -> dict[int, str]:
    """The columns that are each named after an intent and say yes or no, as in Ahrefs.

    Empty unless there are at least two. Marks such as `Branded` are included only if an intent is among them.
    """
    named = {index: name for index, cell in enumerate(header) if (name := _named(_plain_words(cell)))}
    intents = {name for name in named.values() if name != "local"}
    return named if len(named) > 1 and intents else {}


def _named(name: str) -> str | None:
    if len(name) < 4 or " " in name:
        return None
    return "local" if name == "local" else INTENT_WORDS.get(name) or _intent_in_words(name)


def flagged(cells: Sequence[str], flags: Mapping[int, str]) -> str | None:
    """The first intent whose column says yes; raises BadValue where one says neither yes nor no."""
    for index, name in flags.items():
        cell = _plain_words(cells[index]) if index < len(cells) else ""
        if cell in _YES:
            return name
        if cell not in _NO and not is_nothing(cell):
            raise BadValue(cell)
    return None
