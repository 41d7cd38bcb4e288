"""Which column of an export holds what: by the names that the common tools give, in their languages. Pure."""

import re
from collections.abc import Iterable, Sequence

from app.planner import keyword_values as values
from app.planner.keyword_headers import HEADERS, OTHER_STEMS, OTHER_WORDS

FIELDS = ("keyword", "volume", "difficulty", "cpc", "intent", "country")
TOP_KEYWORD = ("top keyword", "top query", "top organic keyword", "best keyword", "main keyword", "primary keyword")
_ADDRESS = re.compile(r"(?:https?://|www\.|/)\S*", re.IGNORECASE)
_PARENTHESES = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")


def label(cell: str) -> str:
    """A column's name as names are compared."""
    return " ".join(cell.replace("_", " ").strip().strip('"').strip(" .:*").casefold().split())


_RANKS = {
    label(name): (field, rank) for field, names in HEADERS.items() for rank, name in reversed(list(enumerate(names)))
}


def _rank(cell: str) -> tuple[str, int] | None:
    """The field that a column of this name holds, and how far from the usual name it is."""
    name = label(cell)
    return _RANKS.get(name) or _RANKS.get(label(_PARENTHESES.sub("", name)))


def sniff_columns(header: Iterable[str]) -> dict[str, int]:
    """Which column holds which field; of two columns for one, the one that is named as usual."""
    found: dict[str, tuple[int, int]] = {}
    for index, cell in enumerate(header):
        field, rank = _rank(cell) or ("", 0)
        if field and (field not in found or rank < found[field][0]):
            found[field] = (rank, index)
    return {field: index for field, (_, index) in found.items()}


def is_other_figure(name: str) -> bool:
    """Whether figures under this name are known and of no use: clicks, or a second column of volumes."""
    words = label(name).split()
    return any(word in OTHER_WORDS or word.startswith(OTHER_STEMS) for word in words) or _rank(name) is not None


def column(rows: Iterable[Sequence[str]], index: int) -> list[str]:
    """The cells of one column that say anything."""
    cells = (row[index].strip() for row in rows if index < len(row))
    return [cell for cell in cells if cell]


def is_too_long(row: Sequence[str], width: int) -> bool:
    """Whether a row says more than the columns hold; a table of one column takes whole lines."""
    return any(cell.strip() for cell in row[width:])


def is_number(cell: str) -> bool:
    """Whether a cell holds a figure, as any export writes them."""
    try:
        return values.number(cell) is not None
    except values.BadValue:
        return False


def is_address(cell: str) -> bool:
    """Whether a cell holds the address of a page."""
    return _ADDRESS.fullmatch(cell) is not None


def mostly(cells: Sequence[str], kind: object) -> bool:
    """Whether four of five cells are of a kind; False when there are none."""
    assert callable(kind)
    return bool(cells) and sum(map(kind, cells)) >= 0.8 * len(cells)


def is_word(cell: str) -> bool:
    """Whether a cell may be a keyword: letters, and no figure or address."""
    return any(char.isalpha() for char in cell) and not is_number(cell) and not is_address(cell)


def wordiest(rows: Sequence[Sequence[str]], width: int) -> int:
    """The column with most cells that may be keywords; the first of equals."""
    return max(range(max(1, width)), key=lambda index: (sum(map(is_word, column(rows, index))), -index))
