"""The rows below a table that sum it up (`Total,300`) or name its source, and are not keywords. Pure."""

import re
from collections.abc import Sequence

_WORDS = """
    total | totals | grand total | sum | summary | gesamt | gesamtsumme | gesamtergebnis | summe | total general
    totale | suma | suma total | total général | totale complessivo | totaal | eindtotaal | total geral | razem
    celkem | součet | spolu | összesen | итого | всего | всього | разом | toplam | genel toplam | totalt | summa
    yhteensä | i alt | σύνολο | 合計 | 総計 | 总计 | 合计 | 總計 | 합계 | 총계 | المجموع | الإجمالي | סה"כ
"""
WORDS = {" ".join(word.split()) for word in re.split(r"[|\n]", _WORDS) if word.strip()}
_ANY_WORD = "|".join(map(re.escape, sorted(WORDS, key=len, reverse=True)))
_WITH_FIGURE = re.compile(rf"(?:{_ANY_WORD})\s*[:=(].*")


_BEGINS = re.compile(rf"[\s\"]*(?:{_ANY_WORD})\s*:", re.IGNORECASE)
MOST_SUMS = 10  # a report of Google Ads ends in several


def first_sum_line(text: str) -> int:
    """The number of the last non-empty line, or of the first of the lines at the end that say `Total:`."""
    written = text.rstrip("\r\n\t ,;|\x1a")
    number = written.count("\n") + written.count("\r") - written.count("\r\n") + 1
    above = written[-100_000:].splitlines()[-MOST_SUMS - 1 : -1]
    if not above or not _BEGINS.match(written[written.rfind("\n") + 1 :]):
        return number
    sums = 0
    for line in reversed(above):
        if not _BEGINS.match(line):
            break
        sums += 1
    return number - sums


def is_total(normalised: str, figures: Sequence[int | None], above: Sequence[int]) -> bool:
    """Whether the last row of a table is its sum rather than a keyword that says so.

    That is `total: 300`, and `total` with at least as many searches, clicks or impressions (each of `figures`) as all
    rows above it together.
    """
    if _WITH_FIGURE.fullmatch(normalised):
        return True
    sums = ((figure, total) for figure, total in zip(figures, above, strict=True) if figure is not None and total)
    return normalised in WORDS and any(total <= figure for figure, total in sums)


_FROM = re.compile(
    r"(?:exported|downloaded|generated|provided|powered|created)\s+(?:from|by|with|on|at)\b.*"
    r"|(?:report|data|file|export)\s+(?:exported|generated|created|downloaded|provided|from)\b.*"
    r"|(?:source|generated|exported|downloaded|report date|date of export|quelle|exportiert am|fuente|fonte|bron)\s*:.*"
    r"|(?:©|\(c\)|copyright)\s.*",
    re.IGNORECASE,
)
MOST_BELOW = 5  # lines that say where a table comes from


def is_footer(cells: Sequence[str], from_end: int) -> bool:
    """Whether a row names the table's source: it is near the end, and its other cells are empty."""
    said = [cell for cell in cells if cell.strip()]
    return from_end < MOST_BELOW and len(said) == 1 and _FROM.fullmatch(said[0].strip()) is not None
