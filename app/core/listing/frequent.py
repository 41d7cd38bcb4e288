"""Searches for what very many rows have: read row by row, since an index would collect all of them first.

The index of a search (GIN) answers which rows have a word, all of them at once: for a word of each tenth row of a
million that takes longer than everything else of a page, while the first rows in the order of the list are soon found
by reading it. A sample of the list says which way is the shorter one.
"""

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import Select, false, func, literal, select, true
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.operators import custom_op

from app.core.extensions import db
from app.core.listing.spec import ListQuery, ListSpec

SAMPLE, OFTEN = 1_000, 30  # a word of 30 of 1,000 rows is worth reading more of them for
MOST_READ = 20_000


def is_frequent(spec: ListSpec, query: ListQuery, stmt: Select[Any], cap: int) -> bool:
    """Whether more than `cap` of the rows that come to hand first have what is searched for, with no other filter.

    Words with signs are never frequent: they are compared with the text, which no sample tells of.
    """
    if spec.search is None or not query.q or query.filter_values:
        return False
    matches = spec.search.where(query.q)
    if len(matches) != 1 or not _is_match(matches[0]):
        return False
    search: BinaryExpression[Any] = cast(Any, matches[0])
    rows = with_match(stmt, lambda _: true()).with_only_columns(search.left.label("words"), maintain_column_froms=True)
    wanted = _made_once(search.right)
    return _fits(rows, wanted, SAMPLE, OFTEN) and _fits(rows, wanted, MOST_READ, cap + 1)


def _fits(rows: Select[Any], wanted: Any, limit: int, least: int) -> bool:
    """Whether at least `least` of the first `limit` rows fit; stops reading at that many."""
    sample = rows.order_by(None).limit(limit).subquery()
    fitting = select(literal(1).label("fits")).select_from(sample).where(sample.c.words.bool_op("@@")(wanted))
    count = select(func.count()).select_from(fitting.limit(least).subquery())
    return (db.session.scalar(count) or 0) >= least


def read_row_by_row(stmt: Select[Any]) -> Select[Any]:
    """The same SELECT, whose search no index can answer."""

    def asked_of_each(match: Any) -> Any:
        return func.coalesce(match.left.bool_op("@@")(_made_once(match.right)), false())

    return with_match(stmt, asked_of_each)


def _made_once(query: Any) -> Any:
    """What is searched for, made before the first row is read, also by a plan that is kept for any text."""
    return select(query).scalar_subquery()


def with_match(stmt: Select[Any], change: Callable[[Any], Any]) -> Select[Any]:
    """The same SELECT with what `change` makes of its search."""

    def replace(part: Any, **_: Any) -> Any:
        return change(part) if _is_match(part) else None

    changed: Select[Any] = cast(Any, visitors).replacement_traverse(stmt, {}, replace)
    return changed


def _is_match(part: Any) -> bool:
    operator = getattr(part, "operator", None)
    return isinstance(part, BinaryExpression) and isinstance(operator, custom_op) and operator.opstring == "@@"
