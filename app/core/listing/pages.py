"""A page of a list, found by the row before or after it, so that any depth costs the same; counted to a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal, literal_column, select, tuple_

from app.core.extensions import db
from app.core.listing.address import Cursor
from app.core.listing.spec import ListQuery, ListSpec

T = TypeVar("T")
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows. `total` is exact up to COUNT_CAP and a lower bound above it.

    `page` is its number, 0 when that is not known: deep in a list that was not counted to its end.
    """

    items: list[T]
    page: int
    per_page: int
    total: int
    total_is_exact: bool
    has_prev: bool
    has_next: bool
    before: str = ""
    after: str = ""

    @property
    def pages(self) -> int:
        """Number of pages, as far as counted; 0 when there are more."""
        return max(-(-self.total // self.per_page), 1) if self.total_is_exact else 0

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when there is none or it is not known."""
        return (self.page - 1) * self.per_page + 1 if self.items and self.page else 0

    @property
    def last(self) -> int:
        """Number of the last row shown; 0 when there is none or it is not known."""
        return self.first + len(self.items) - 1 if self.first else 0

    @property
    def counted(self) -> str:
        """The total in words: ``120`` or ``10,000+``."""
        return f"{self.total:,}{'' if self.total_is_exact else '+'}"


@dataclass(frozen=True)
class _Stretch:
    """Rows that one index has in the order of the list: those with a value, then those without."""

    where: tuple[ColumnElement[bool], ...]
    keys: tuple[Any, ...]
    descending: bool
    nulls_last_index: bool = False

    def order(self, descending: bool) -> list[Any]:
        keys = [key.desc() if descending else key.asc() for key in self.keys]
        if self.nulls_last_index:  # there are none in this stretch: said to be served by that index
            keys[0] = keys[0].nulls_last() if descending else keys[0].nulls_first()
        return keys

    def beyond(self, cursor: Cursor, *, descending: bool, inclusive: bool) -> ColumnElement[bool]:
        keys = tuple_(*self.keys)
        values = (cursor.value, cursor.id)[-len(self.keys) :]
        bound = tuple_(*(_bound(value, key) for value, key in zip(values, self.keys, strict=True)))
        if descending:
            return keys <= bound if inclusive else keys < bound
        return keys >= bound if inclusive else keys > bound


def _bound(value: Any, key: Any) -> Any:
    """The value to compare with; of a whole number as wide as any, for sums outgrow the columns they are of."""
    return literal(value, BigInteger() if isinstance(value, int) else key.type)


def _stretches(spec: ListSpec, query: ListQuery) -> list[_Stretch]:
    column = query.sort.column
    if not query.sort.nullable:
        return [_Stretch((), (column, spec.id), query.descending)]
    with_value = _Stretch(
        (column.is_not(None),), (column, spec.id), query.descending, nulls_last_index=query.sort.nulls_last_index
    )
    return [with_value, _Stretch((column.is_(None),), (spec.id,), False)]


@dataclass(frozen=True)
class _Walk:
    """Reads a list from a place on, forwards or backwards. Rows are (what the SELECT gives …, sort's value, id)."""

    stmt: Select[Any]
    spec: ListSpec
    query: ListQuery

    def rows(
        self, limit: int, start: Cursor | None = None, *, backwards: bool = False, inclusive: bool = False
    ) -> list[Any]:
        """Up to `limit` rows in the order of the list: from its beginning or end, or beyond `start`."""
        rows: list[Any] = []
        for stretch in self._from(start, backwards):
            down = stretch.descending != backwards
            stmt = self.stmt.where(*stretch.where).order_by(*stretch.order(down))
            if start:
                stmt = stmt.where(stretch.beyond(start, descending=down, inclusive=inclusive))
                start = None  # the stretches after the first are read from their beginning
            rows += db.session.execute(stmt.limit(literal_column(str(limit - len(rows))))).all()  # known to the planner
            if len(rows) == limit:
                break
        return rows[::-1] if backwards else rows

    def _from(self, start: Cursor | None, backwards: bool) -> list[_Stretch]:
        stretches = _stretches(self.spec, self.query)
        if start is not None:
            position = len(stretches) - 1 if start.value is None else 0
            stretches = stretches[: position + 1] if backwards else stretches[position:]
        return stretches[::-1] if backwards else stretches

    def place_of(self, number: int) -> Cursor | None:
        """The place of the row with this number, from 0; None past the end. Reads what is in the index alone."""
        for stretch in self._from(None, backwards=False):
            keys = self.stmt.with_only_columns(*stretch.keys, maintain_column_froms=True).where(*stretch.where)
            row = db.session.execute(keys.order_by(*stretch.order(stretch.descending)).offset(number).limit(1)).first()
            if row is not None:
                return Cursor(row[0] if len(row) == 2 else None, row[-1])
            if stretch.keys[0] is self.query.sort.column and self.query.sort.nullable:
                number -= db.session.scalar(_counting(keys)) or 0
        return None


def _counting(stmt: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(stmt.order_by(None).subquery())


def count_to_cap(stmt: Select[Any]) -> tuple[int, bool]:
    """How many rows a SELECT has, up to COUNT_CAP, and whether that is all."""
    narrow = stmt.with_only_columns(literal(1), maintain_column_froms=True)
    counted = db.session.scalar(_counting(narrow.limit(COUNT_CAP + 1))) or 0
    return min(counted, COUNT_CAP), counted <= COUNT_CAP


def fetch(spec: ListSpec, query: ListQuery, stmt: Select[Any], *, options: Sequence[Any] = ()) -> Page[Any]:
    """The page of `stmt` (whose rows they are is said there) that `query` asks for; past the end, the last one.

    The items are entities where the SELECT has one, else rows of what it has.
    """
    total, exact = count_to_cap(stmt)
    if query.any and exact:
        stmt = _gathered_first(spec, stmt)
    return _Pages(_walk(spec, query, stmt, options), total, exact, len(stmt.column_descriptions)).page()


def _gathered_first(spec: ListSpec, stmt: Select[Any]) -> Select[Any]:
    """The same rows, few as they are, found before they are put in order.

    Left to itself PostgreSQL may walk a long list in its order, looking for a page of rows that are rare in it.
    """
    ids = stmt.with_only_columns(spec.id, maintain_column_froms=True).cte("fitting").prefix_with("MATERIALIZED")
    return stmt.where(spec.id.in_(select(ids.c[0])))


def ids_in_order(spec: ListSpec, query: ListQuery, stmt: Select[Any], limit: int) -> list[int]:
    """The ids of the first rows, in the order of the list."""
    return [row[-1] for row in _walk(spec, query, stmt, ()).rows(limit)]


def _walk(spec: ListSpec, query: ListQuery, stmt: Select[Any], options: Sequence[Any]) -> _Walk:
    stmt = stmt.add_columns(query.sort.column.label("sorted_by"), spec.id.label("row_id")).options(*options)
    return _Walk(stmt if query.sort.join is None else stmt.outerjoin(query.sort.join), spec, query)


@dataclass(frozen=True)
class _Pages:
    """The pages of a list that was counted."""

    walk: _Walk
    total: int
    exact: bool
    width: int

    @property
    def per_page(self) -> int:
        return self.walk.spec.per_page

    @property
    def pages(self) -> int:
        return max(-(-self.total // self.per_page), 1) if self.exact else 0

    def page(self) -> Page[Any]:
        if not self.total:
            return self._made([], 1, has_prev=False, has_next=False)
        place = self.walk.query.place
        if place.after:
            return self.after(place.after, place.page) or self.last()
        if place.before:
            return self.before(place.before, place.page) or self.first()
        if place.page == 1 and not place.last:
            return self.first()
        if place.last or (self.exact and place.page >= self.pages):
            return self.last()
        start = self.walk.place_of((place.page - 1) * self.per_page)
        return (self.after(start, place.page, inclusive=True) if start else None) or self.last()

    def first(self) -> Page[Any]:
        rows = self.walk.rows(self.per_page + 1)
        return self._made(rows[: self.per_page], 1, has_prev=False, has_next=len(rows) > self.per_page)

    def after(self, start: Cursor, number: int, *, inclusive: bool = False) -> Page[Any] | None:
        """None when nothing comes there any more."""
        rows = self.walk.rows(self.per_page + 1, start, inclusive=inclusive)
        if not rows:
            return None
        return self._made(rows[: self.per_page], number, has_prev=True, has_next=len(rows) > self.per_page)

    def before(self, start: Cursor, number: int) -> Page[Any] | None:
        """None when that is the beginning of the list, or nothing comes before it any more."""
        rows = self.walk.rows(self.per_page + 1, start, backwards=True)
        if len(rows) <= self.per_page:
            return None
        return self._made(rows[1:], number, has_prev=True, has_next=True)

    def last(self) -> Page[Any]:
        """Read from the end. Where the list is counted it holds what the pages before it leave."""
        size = self.total - (self.pages - 1) * self.per_page if self.exact else self.per_page
        if self.pages == 1:
            return self.first()
        rows = self.walk.rows(size + 1, backwards=True)
        return self._made(rows[-size:], self.pages, has_prev=len(rows) > size, has_next=False)

    def _made(self, rows: Sequence[Any], number: int, *, has_prev: bool, has_next: bool) -> Page[Any]:
        first, last = (str(Cursor(row[-2], row[-1])) for row in (rows[0], rows[-1])) if rows else ("", "")
        items = [row[0] if self.width == 1 else row[: self.width] for row in rows]
        return Page(
            items=items,
            page=self._number(number, has_prev, has_next),
            per_page=self.per_page,
            total=self.total,
            total_is_exact=self.exact,
            has_prev=has_prev,
            has_next=has_next,
            before=first if has_prev else "",
            after=last if has_next else "",
        )

    def _number(self, number: int, has_prev: bool, has_next: bool) -> int:
        """What the address says, unless the ends of the list say otherwise; rows come and go between two pages."""
        if not has_prev:
            return 1
        if not self.exact:
            return number if number > 1 else 0
        if not has_next:
            return self.pages
        return number if 1 < number < self.pages else 0
