"""Which column of an export holds what, by the names that common tools use, in their languages. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from app.planner.imports.headers import HEADERS, OTHER_STEMS, OTHER_WORDS
from app.planner.keywords import values
from app.planner.keywords.intents import flag_columns

FIELDS = ("keyword", "volume", "difficulty", "cpc", "intent", "country", "clicks", "impressions", "position")
TOP_KEYWORD = (
    "top keyword",
    "current top keyword",
    "top query",
    "top organic keyword",
    "best keyword",
    "main keyword",
    "primary keyword",
)
_AS_AVERAGE = 1000  # behind all names of the field itself
_LONGEST_NAME = 300  # characters: what is longer names no column, and takes the patterns below too long
_ADDRESS = re.compile(r"(?:https?://|www\.|/)\S*", re.IGNORECASE)
_QUOTES = "\"'“”„«»`"
_MARKS = re.compile(r"[\u0300-\u036f]")
_HIGH = ("high", "hoher", "ober", "alto", "alta", "haute", "górny", "hoog", "макс", "高", "yüksek", "높")  # of two bids
# Words that say that a figure is an average or a sum: `Ø CPC` is `CPC`.
_AVERAGE = re.compile(
    r"(?:^|\s)(?:ø|avg|average|mean|durchschn|durchschnittl|durchschnittliche[rs]?|moy|moyen|moyenne|prom|promedio"
    r"|medi[ao]|ort|ortalama|gesamt|insgesamt|total|totales|toplam)\.?(?=\s|$)"
)
_PARENTHESES = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_CURRENCY = re.compile(r"[\s,]+(?:usd|eur|gbp|aud|cad|inr|jpy|chf|pln|brl|try|rub|czk|[$€£¥₹])$")


def plain_label(cell: str) -> str:
    """A column's name as names are compared: plain letters without accents, no quotes around it, no `%` behind it."""
    plain = unicodedata.normalize("NFKC", cell).translate(values.INVISIBLE).replace("_", " ")
    name = " ".join(plain.strip().strip(_QUOTES).strip(" .:*%").casefold().split())
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", name))).replace("ı", "i")


_OTHER_WORDS, _OTHER_STEMS = frozenset(map(plain_label, OTHER_WORDS)), tuple(map(plain_label, OTHER_STEMS))
_WITHOUT_SPACES = tuple(stem for stem in _OTHER_STEMS if stem[0] > "\u2fff")  # of scripts that put none between words


_RANKS = {
    plain_label(name): (field, rank)
    for field, names in HEADERS.items()
    for rank, name in reversed(list(enumerate(names)))
}


def _rank(cell: str) -> tuple[str, int] | None:
    """The field that a column of this name holds, and how far from the usual name it is."""
    if len(cell) > _LONGEST_NAME:
        return None
    name = plain_label(cell)
    if name in _RANKS:
        return _RANKS[name]
    bare = plain_label(_CURRENCY.sub("", _PARENTHESES.sub("", name)))
    parts = (bare, bare.rpartition(".")[2], bare.removeprefix("current ").removeprefix("top keyword: "))
    rank = next(filter(None, map(_RANKS.get, parts)), None) or _rank_of_average(bare)
    is_high = rank is not None and any(plain_label(word) in "".join(_PARENTHESES.findall(name)) for word in _HIGH)
    return (rank[0], rank[1] - 1) if rank and is_high else rank


def _rank_of_average(name: str) -> tuple[str, int] | None:
    """As `_rank`, for a figure whose name says that it is an average."""
    field, rank = _RANKS.get(plain_label(_AVERAGE.sub(" ", name)), ("keyword", 0))
    return None if field == "keyword" else (field, rank + _AS_AVERAGE)


def sniff_columns(header: Iterable[str]) -> dict[str, int]:
    """Which column holds which field; of two columns for one field, the one with the more usual name."""
    names = list(header)
    ranked: dict[str, tuple[int, int]] = {}
    for index, cell in enumerate(names):
        field, rank = _rank(cell) or ("", 0)
        if field and (field not in ranked or rank < ranked[field][0]):
            ranked[field] = (rank, index)
    columns = {field: index for field, (_, index) in ranked.items()}
    for index in flag_columns(names):
        columns.setdefault("intent", index)
    return columns


def volume_bounds(header: Sequence[str], volume: int | None) -> tuple[int, int] | None:
    """The columns with the lower and upper bound of searches, if the volume's column is one of them, as with Moz."""
    names = [plain_label(name) for name in header]
    for least, most in (("min volume", "max volume"), ("minimum volume", "maximum volume")):
        if least in names and most in names and volume in (names.index(least), names.index(most)):
            return names.index(least), names.index(most)
    return None


def is_other_figure(name: str) -> bool:
    """Whether figures under this name are known to be of no use: ranks, or a second column of volumes."""
    words = plain_label(name).split()
    is_other = any(word in _OTHER_WORDS or word.startswith(_OTHER_STEMS) for word in words)
    return is_other or any(stem in plain_label(name) for stem in _WITHOUT_SPACES) or _rank(name) is not None


def column(rows: Iterable[Sequence[str]], index: int) -> list[str]:
    """The non-empty cells of one column."""
    cells = (row[index].strip() for row in rows if index < len(row))
    return [cell for cell in cells if cell]


def is_too_long(row: Sequence[str], width: int) -> bool:
    """Whether a row has more cells than there are columns; a table of one column takes whole lines."""
    return any(cell.strip() for cell in row[width:])


def is_number(cell: str) -> bool:
    """Whether a cell holds a figure, as any export writes them."""
    try:
        return values.read_number(cell) is not None
    except values.BadValue:
        return False


def is_address(cell: str) -> bool:
    """Whether a cell holds the address of a page."""
    return _ADDRESS.fullmatch(cell) is not None


def mostly(cells: Sequence[str], kind: object) -> bool:
    """Whether at least four in five cells are of a kind; False when there are none."""
    assert callable(kind)
    return bool(cells) and sum(map(kind, cells)) >= 0.8 * len(cells)


def is_word(cell: str) -> bool:
    """Whether a cell may be a keyword: letters, and no figure or address."""
    return any(char.isalpha() for char in cell) and not is_number(cell) and not is_address(cell)


def wordiest(rows: Sequence[Sequence[str]], width: int) -> int:
    """The column with most cells that may be keywords; the first of equals."""
    return max(range(max(1, width)), key=lambda index: (sum(map(is_word, column(rows, index))), -index))
