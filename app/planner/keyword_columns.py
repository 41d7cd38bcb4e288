"""Which column of an export holds what: by the names that the common tools give, in their languages. Pure."""

import re
from collections.abc import Iterable, Sequence

from app.planner import keyword_values as values

FIELDS = ("keyword", "volume", "difficulty", "cpc", "intent", "country")
HEADERS: dict[str, tuple[str, ...]] = {
    "keyword": (
        "keyword",
        "query",
        "top queries",
        "search term",
        "search query",
        "keyword phrase",
        "phrase",
        "key phrase",
        "keyphrase",
        "search keyword",
        "suchbegriff",
        "suchanfrage",
        "häufigste suchanfragen",
        "schlüsselwort",
        "palabra clave",
        "consulta",
        "consultas principales",
        "término de búsqueda",
        "mot clé",
        "mot-clé",
        "requête",
        "requêtes les plus fréquentes",
        "principales requêtes",
        "parola chiave",
        "query principali",
        "query più frequenti",
        "palavra-chave",
        "principais consultas",
        "zoekwoord",
        "zoekterm",
        "zoekopdracht",
        "populairste zoekopdrachten",
        "słowo kluczowe",
        "najczęstsze zapytania",
        "najpopularniejsze zapytania",
        "klíčové slovo",
        "nejčastější dotazy",
        "sökord",
        "vanligaste frågorna",
        "søgeord",
        "søkeord",
        "avainsana",
        "anahtar kelime",
        "en çok yapılan sorgular",
        "kulcsszó",
        "ключевое слово",
        "ключевая фраза",
        "запрос",
        "популярные запросы",
        "самые популярные запросы",
        "ключове слово",
        "キーワード",
        "上位のクエリ",
        "关键词",
        "关键字",
        "關鍵字",
        "키워드",
        "keywords",
        "queries",
        "search terms",
        "search queries",
        "suchbegriffe",
        "suchanfragen",
        "palabras clave",
        "mots clés",
        "mots-clés",
        "requêtes",
        "consultas",
        "parole chiave",
        "palavras-chave",
        "zoekwoorden",
        "słowa kluczowe",
        "ключевые слова",
        "запросы",
        "term",
    ),
    "volume": (
        "volume",
        "search volume",
        "avg. monthly searches",
        "avg monthly searches",
        "average monthly searches",
        "monthly searches",
        "monthly volume",
        "searches",
        "sv",
        "vol",
        "search vol",
        "avg. search volume",
        "average search volume",
        "minimum volume",
        "suchvolumen",
        "durchschnittl. suchanfragen pro monat",
        "durchschnittliche suchanfragen pro monat",
        "suchanfragen pro monat",
        "volumen",
        "volumen de búsqueda",
        "promedio de búsquedas mensuales",
        "media de búsquedas mensuales",
        "volume de recherche",
        "recherches mensuelles moyennes",
        "nombre moy. de recherches mensuelles",
        "volume di ricerca",
        "media ricerche mensili",
        "volume de pesquisa",
        "volume de buscas",
        "média de pesquisas mensais",
        "zoekvolume",
        "gem. aantal zoekopdrachten per maand",
        "liczba wyszukiwań",
        "śr. mies. liczba wyszukiwań",
        "объем",
        "частотность",
        "global volume",
    ),
    "difficulty": (
        "keyword difficulty",
        "kd",
        "kd %",
        "kd%",
        "difficulty",
        "seo difficulty",
        "keyword difficulty index",
        "organic difficulty",
        "keyword difficulty %",
        "keyword-schwierigkeit",
        "schwierigkeit",
        "dificultad",
        "difficulté",
        "difficoltà",
        "dificuldade",
        "moeilijkheid",
        "trudność",
    ),
    "cpc": (
        "cpc",
        "cost per click",
        "avg. cpc",
        "average cpc",
        "durchschn. cpc",
        "durchschnittl. cpc",
        "top of page bid (high range)",
        "top of page bid (low range)",
        "cpc $",
        "klickpreis",
        "gebot für obere positionen (oberer bereich)",
        "gebot für obere positionen (höchster bereich)",
        "gebot für obere positionen (unterer bereich)",
    ),
    "intent": (
        "intent",
        "intents",
        "search intent",
        "keyword intent",
        "keyword intents",
        "main intent",
        "user intent",
        "suchabsicht",
        "suchintention",
        "intención",
        "intention",
    ),
    "country": (
        "country",
        "location",
        "country code",
        "database",
        "target country",
        "region",
        "land",
        "datenbank",
        "país",
        "pays",
        "paese",
        "страна",
    ),
}
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
