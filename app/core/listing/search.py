"""The search of every list: each word of what is typed begins a word of the row, in any case and script.

The database folds texts (`search_fold`: no case, no accents, no marks of the direction of writing) and cuts them into
words (`search_words`), and does the same with what is looked for (`search_query`), so that both sides agree. Scripts
without spaces between words are found by any part. A word with signs (`c++`, `50%`, `node.js`) has to stand in the row
as it is typed. Quotes, commas and semicolons around words are passed over. docs/decisions/0025-one-search.md
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func

AROUND = "\"',;“”„«»"
MAX_LENGTH = 200
MAX_WORDS = 12


@dataclass(frozen=True)
class Search:
    """What is searched: a column made by `search_words`, and the text that it was made of."""

    words: Any
    text: Any

    def where(self, typed: str) -> list[ColumnElement[bool]]:
        """Conditions on the rows that fit; none when nothing is looked for."""
        words = search_words_of(typed)
        if not words:
            return []
        folded = func.search_fold(self.text)
        exact = [word for word in words if not (word.isascii() and word.isalnum())]
        matches = self.words.bool_op("@@")(func.search_query(" ".join(words)))
        return [and_(matches, *(func.strpos(folded, func.search_fold(word)) > 0 for word in exact))]


def holds_words(text: Any, typed: str) -> list[ColumnElement[bool]]:
    """Conditions on rows whose `text` holds each word that is typed, in any case and script, wherever in a word.

    For tables without a search column: those with few rows, or where other conditions leave few.
    """
    folded = func.search_fold(text)
    return [func.strpos(folded, func.search_fold(word)) > 0 for word in search_words_of(typed)]


def clean_query(text: str | None) -> str:
    """What was typed in the search field, without invisible characters and with single spaces."""
    visible = "".join(char for char in text or "" if unicodedata.category(char) not in ("Cf", "Cs") and char != "\0")
    return " ".join(visible.split())[:MAX_LENGTH]


def search_words_of(text: str) -> list[str]:
    """The words of what was typed, as they were typed; at most MAX_WORDS."""
    raw = text.split()
    return ([word for part in raw if (word := part.strip(AROUND))] or raw)[:MAX_WORDS]
