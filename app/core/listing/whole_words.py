"""Searches for several words that are each in very many rows: the words are looked for as they are where none goes on.

A search finds beginnings of words, and the index (GIN) collects all rows of each beginning before it compares them,
while it walks through the rows of whole words side by side, in an eighth of the time. Where no row has a longer word
that begins so, both find the same. A sample of the list says for which words that is likely, and the index whether it
is so. One word alone is looked for so where filters narrow the list down, whose index is asked for their rows besides:
docs/decisions/0025-one-search.md
"""

from typing import Any, cast

from sqlalchemy import Select, func, literal, select, true
from sqlalchemy.dialects.postgresql import REGCLASS, TSQUERY

from app.core.extensions import db
from app.core.listing import frequent
from app.core.listing.search import search_words_of
from app.core.listing.spec import ListQuery, ListSpec

LONGEST = 60  # longer words are kept cut
OFTEN = 10  # of frequent.SAMPLE rows: the index is quick with what fewer have


def look_for_whole_words(spec: ListSpec, query: ListQuery, stmt: Select[Any]) -> Select[Any]:
    """The same SELECT, looking for whole words where that finds the same rows."""
    words = search_words_of(query.q)
    if spec.search is None or not hasattr(spec.search.words, "class_"):  # no column, so no index
        return stmt
    if len(words) < 2 and not query.filter_values:
        return stmt
    plain = sorted({word.lower() for word in words if word.isascii() and word.isalnum() and len(word) <= LONGEST})
    whole = _that_go_on_nowhere(spec, stmt, plain)
    if not whole:
        return stmt
    others = [word for word in words if word.lower() not in whole]
    wanted: Any = literal(" & ".join(whole), TSQUERY())
    if others:
        wanted = wanted.op("&&")(func.search_query(" ".join(others)))
    return frequent.with_match(stmt, lambda match: match.left.bool_op("@@")(wanted))


def _that_go_on_nowhere(spec: ListSpec, stmt: Select[Any], words: list[str]) -> list[str]:
    likely = words if len(words) == 1 else _likely(spec, stmt, words)  # to ask the index is less than a sample
    if not likely:
        return []
    assert spec.search is not None
    table = spec.search.words.class_.__tablename__
    asked = [~func.search_goes_on(literal(table, REGCLASS()), word) for word in likely]
    answers = db.session.execute(select(*asked)).one()
    return [word for word, goes_on_nowhere in zip(likely, answers, strict=True) if goes_on_nowhere]


def _likely(spec: ListSpec, stmt: Select[Any], words: list[str]) -> list[str]:
    """Those that OFTEN of the first rows have, and all of these as a whole word."""
    if not words or spec.search is None:
        return []
    rows = frequent.with_match(stmt, lambda _: true()).with_only_columns(
        spec.search.words.label("words"), maintain_column_froms=True
    )
    sample = rows.order_by(None).limit(frequent.SAMPLE).subquery()

    def count(wanted: str) -> Any:
        matches = cast(Any, sample.c.words).bool_op("@@")(literal(wanted, TSQUERY()))
        return func.count().filter(matches)

    counts = [count(text) for word in words for text in (word, f"{word}:*")]
    row = db.session.execute(select(*counts).select_from(sample)).one()
    pairs = zip(words, row[::2], row[1::2], strict=True)
    return [word for word, whole, begun in pairs if whole >= OFTEN and whole == begun]
