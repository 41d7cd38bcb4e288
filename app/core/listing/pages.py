"""A page of a list, found by the row before or after it, so that any depth costs the same; counted up to a cap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    case,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression

from app.core.extensions import db
from app.core.listing import frequent
from app.core.listing.address import Cursor
from app.core.listing.spec import ListQuery, ListSpec
from app.core.listing.whole_words import look_for_whole_words

T = TypeVar("T")
COUNT_CAP = 10_000
SEARCH_CAP = 1_000  # the same for searches: an index has all rows of a word, and each has to be looked at
AT_HAND = 5_000  # as many rows as are found once, and then sorted by their ids
REACH = 100_000  # rows that a page is looked for by its number; it takes longer the deeper it is


Count = tuple[int, bool]  # up to a cap, and whether that is all


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows. `total` is exact up to COUNT_CAP, or SEARCH_CAP, and a lower bound above it.

    `page` is its number, 0 when that is not known: deep in a list that was not counted to its end. `beyond_reach` says
    that a page was asked for by a number too high to look for, and this is the last one instead. `stamp` changes as
    soon as the page shows other rows or one of them was written; empty where the list cannot tell.
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
    beyond_reach: bool = False
    stamp: str = ""

    @property
    def reach(self) -> int:
        """The highest number that a page is looked for by."""
        return REACH // self.per_page

    @property
    def pages(self) -> int:
        """Number of pages; 0 when the list was not counted to its end."""
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
    """Rows that one index has in the order of the list: those with a value, then those without.

    Where the value is a joined table's, it gets a condition of its own besides the one on value and id together, since
    no index of either table covers both.
    """

    where: tuple[ColumnElement[bool], ...]
    keys: tuple[Any, ...]
    descending: bool
    nulls_last_index: bool = False
    is_joined: bool = False

    def order(self, descending: bool) -> list[Any]:
        keys = [key.desc() if descending else key.asc() for key in self.keys]
        if self.nulls_last_index:  # no nulls in this stretch: said only so that that index is used
            keys[0] = keys[0].nulls_last() if descending else keys[0].nulls_first()
        return keys

    def beyond(self, cursor: Cursor, *, descending: bool, inclusive: bool) -> ColumnElement[bool]:
        keys = tuple_(*self.keys)
        values = (cursor.value, cursor.id)[-len(self.keys) :]
        bounds = [_cursor_bound(value, key) for value, key in zip(values, self.keys, strict=True)]
        bound = tuple_(*bounds)
        if descending:
            beyond = keys <= bound if inclusive else keys < bound
            return and_(beyond, self.keys[0] <= bounds[0]) if self.is_joined else beyond
        beyond = keys >= bound if inclusive else keys > bound
        return and_(beyond, self.keys[0] >= bounds[0]) if self.is_joined else beyond


def _cursor_bound(value: Any, key: Any) -> Any:
    """The value to compare with; whole numbers as BIGINT, since sums outgrow the columns that they are taken from."""
    return literal(value, BigInteger() if isinstance(value, int) else key.type)


def _stretches(spec: ListSpec, query: ListQuery) -> list[_Stretch]:
    column, site = query.sort.column, query.sort.joined_site
    joined = () if site is None else (site == spec.site,)
    if not query.sort.nullable:
        return [_Stretch(joined, (column, spec.id), query.descending, is_joined=bool(joined))]
    with_value = _Stretch(
        (column.is_not(None), *joined),
        (column, spec.id),
        query.descending,
        nulls_last_index=query.sort.nulls_last_index,
        is_joined=bool(joined),
    )
    return [with_value, _Stretch((column.is_(None),), (spec.id,), False)]


@dataclass(frozen=True)
class _Walk:
    """Reads a list from a given place, forwards or backwards.

    Rows are (what the SELECT gives …, the version where the list has one, sort's value, id). `ids` is a SELECT of the
    ids of the same rows, where these are better found in another way.
    """

    stmt: Select[Any]
    spec: ListSpec
    query: ListQuery
    ids: Select[Any] | None = None

    def rows(
        self, limit: int, start: Cursor | None = None, *, backwards: bool = False, inclusive: bool = False
    ) -> list[Any]:
        """Up to `limit` rows in the order of the list: from its beginning or end, or beyond `start`."""
        return self.found(limit, start, backwards=backwards, inclusive=inclusive)[0]

    def found(
        self, limit: int, start: Cursor | None = None, *, backwards: bool = False, inclusive: bool = False
    ) -> tuple[list[Any], bool]:
        """The rows, and whether `limit` of them were found: some may have left the list before they were read."""
        rows: list[Any] = []
        left = limit
        for stretch in self._from(start, backwards):
            down = stretch.descending != backwards
            where = [*stretch.where]
            if start:
                where.append(stretch.beyond(start, descending=down, inclusive=inclusive))
                start = None  # the stretches after the first are read from their beginning
            read, count = self._read(where, stretch.order(down), left)
            rows += read
            left -= count
            if not left:
                break
        return rows[::-1] if backwards else rows, not left

    def _read(self, where: list[ColumnElement[bool]], order: list[Any], limit: int) -> tuple[Sequence[Any], int]:
        """The rows, and how many were found.

        With filters the ids are read first, which an index may answer without reading the rows.
        """
        most: ColumnElement[Any] = literal_column(str(limit))  # known to the planner
        if not self.query.any:
            rows = db.session.execute(self.stmt.where(*where).order_by(*order).limit(most)).all()
            return rows, len(rows)
        stmt = self._ids_alone.where(*where).order_by(*order).limit(most)
        ids = db.session.scalars(stmt).all()
        if not ids:
            return [], 0
        by_id = {row[-1]: row for row in db.session.execute(self.stmt.where(self.spec.id.in_(ids)))}
        return [by_id[row_id] for row_id in ids if row_id in by_id], len(ids)

    @property
    def _ids_alone(self) -> Select[Any]:
        if self.ids is not None:
            return self.ids
        return self.stmt.with_only_columns(self.spec.id, maintain_column_froms=True)

    def _from(self, start: Cursor | None, backwards: bool) -> list[_Stretch]:
        stretches = _stretches(self.spec, self.query)
        if start is not None:
            position = len(stretches) - 1 if start.value is None else 0
            stretches = stretches[: position + 1] if backwards else stretches[position:]
        return stretches[::-1] if backwards else stretches

    def place_of(self, number: int) -> Cursor | None:
        """The place of the row with this number, from 0; None past the end. Reads only what is in the index."""
        for stretch in self._from(None, backwards=False):
            keys = self._ids_alone.with_only_columns(*stretch.keys, maintain_column_froms=True).where(*stretch.where)
            row = db.session.execute(keys.order_by(*stretch.order(stretch.descending)).offset(number).limit(1)).first()
            if row is not None:
                return Cursor(row[0] if len(row) == 2 else None, row[-1])
            if stretch.keys[0] is self.query.sort.column and self.query.sort.nullable:
                number -= db.session.scalar(_counting(keys)) or 0
        return None


def _counting(stmt: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(stmt.order_by(None).subquery())


def count_to_cap(stmt: Select[Any], *, searched: bool = False) -> Count:
    """How many rows a SELECT has, up to the cap of all lists or of searches, and whether that is all of them."""
    cap = _cap(searched)
    narrow = stmt.with_only_columns(literal(1), maintain_column_froms=True)
    counted = db.session.scalar(_counting(narrow.limit(cap + 1))) or 0
    return min(counted, cap), counted <= cap


def _cap(searched: bool) -> int:
    return min(COUNT_CAP, SEARCH_CAP) if searched else COUNT_CAP


def fetch_page(spec: ListSpec, query: ListQuery, stmt: Select[Any], *, options: Sequence[Any] = ()) -> Page[Any]:
    """The page of `stmt` that `query` asks for; past the end, the last one. `stmt` must restrict the account itself.

    The items are entities if the SELECT has one, else its rows.
    """
    width = len(stmt.column_descriptions)
    if not query.any:
        total, exact = count_to_cap(_without_joins(spec, stmt))
        return _Pages(_walk(spec, query, stmt, options), total, exact, width).page()
    cap = _cap(bool(query.q))
    if frequent.is_frequent(spec, query, stmt, cap):
        walk = _walk(spec, query, frequent.read_row_by_row(stmt), options)
        return _Pages(walk, cap, False, width).page()
    stmt = look_for_whole_words(spec, query, stmt) if query.q else stmt
    total, exact, ids = _count_filtered(spec, stmt, cap)
    walk = _walk(spec, query, stmt, options)
    if exact:
        walk = replace(walk, ids=_gathered_first(spec, query, stmt, ids))
    return _Pages(walk, total, exact, width).page()


def _without_joins(spec: ListSpec, stmt: Select[Any]) -> Select[Any]:
    """The ids of the same rows: what is joined has a row for each of them, and so changes no number."""

    def drop(part: Any, **_: Any) -> Any:
        is_join = isinstance(part, BinaryExpression) and any(part.compare(join) for join in spec.joined)
        return true() if is_join else None

    if not spec.joined:
        return stmt
    alone: Select[Any] = cast(Any, visitors).replacement_traverse(stmt.with_only_columns(spec.id), {}, drop)
    return alone if len(alone.get_final_froms()) == 1 else stmt  # conditions may be on what is joined


def _count_filtered(spec: ListSpec, stmt: Select[Any], cap: int) -> tuple[int, bool, list[Any] | None]:
    """How many rows there are, up to `cap`, whether that is all of them, and their ids where they are few."""
    fitting = _fitting(spec, stmt.order_by(None).limit(cap + 1))
    count = func.count()
    ids = case((count <= min(cap, AT_HAND), func.array_agg(fitting.c[0])))
    counted, few = db.session.execute(select(count, ids).select_from(fitting)).one()
    return min(counted, cap), counted <= cap, few


def _fitting(spec: ListSpec, stmt: Select[Any]) -> CTE:
    ids = stmt.with_only_columns(spec.id, maintain_column_froms=True)
    return ids.cte("fitting").prefix_with("MATERIALIZED")


def _gathered_first(spec: ListSpec, query: ListQuery, stmt: Select[Any], ids: list[Any] | None) -> Select[Any]:
    """A SELECT of the ids of a list's few rows, which are found before they are sorted: `ids`, unless they are more.

    Left to itself PostgreSQL may walk a long list in its order, looking for a page of rows that are rare in it. They
    are handed on as an array, which it looks up row by row: it takes a fiftieth of all rows to have a searched word,
    and would join so many with the whole table.
    """
    gathered: Any = literal(ids, ARRAY(spec.id.type))
    if ids is None:
        gathered = func.array(select(_fitting(spec, stmt).c[0]).scalar_subquery())
    rows = select(spec.id).where(*spec.joined, spec.id == any_(gathered))
    return rows if query.sort.join is None else rows.outerjoin(query.sort.join)


def ids_in_order(spec: ListSpec, query: ListQuery, stmt: Select[Any], limit: int) -> list[int]:
    """The ids of the first rows, in the order of the list."""
    return [row[-1] for row in _walk(spec, query, stmt, ()).rows(limit)]


def batches(spec: ListSpec, query: ListQuery, stmt: Select[Any], size: int) -> Iterator[list[Any]]:
    """All rows of the list in its order, `size` at a time, whatever place `query` says; each found by the one before.

    The items are as those of `fetch_page`, but keep the names of what the SELECT has. Nothing is held from one batch to
    the next but a row's place: the caller may end the transaction meanwhile.
    """
    is_one = len(stmt.column_descriptions) == 1
    walk, start, is_full = _walk(spec, query, stmt, ()), None, True
    while is_full:
        rows, is_full = walk.found(size, start)
        if rows:
            start = Cursor(rows[-1][-2], rows[-1][-1])
            yield [row[0] if is_one else row for row in rows]


def page_stamp(spec: ListSpec, query: ListQuery, conditions: Sequence[ColumnElement[bool]]) -> str:
    """The stamp that the page of these rows has now; what they hold is not read."""
    return fetch_page(spec, query, select(spec.id).where(*conditions)).stamp


def _version(spec: ListSpec) -> list[Any]:
    """The transaction that last wrote a row: it changes with every write, whoever makes it."""
    written: list[Any] = [literal_column(f"{model.__tablename__}.xmin::text") for model in spec.tables]
    return [func.concat_ws("-", *written).label("version")] if written else []


def _walk(spec: ListSpec, query: ListQuery, stmt: Select[Any], options: Sequence[Any]) -> _Walk:
    place = query.sort.column.label("sorted_by"), spec.id.label("row_id")
    stmt = stmt.add_columns(*_version(spec), *place).options(*options)
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
        return self.walk.query.per_page or self.walk.spec.per_page

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
        if place.page > REACH // self.per_page:
            return replace(self.last(), beyond_reach=True)
        start = self.walk.place_of((place.page - 1) * self.per_page)
        return (self.after(start, place.page, inclusive=True) if start else None) or self.last()

    def first(self) -> Page[Any]:
        rows, has_next = self._read()
        return self._made(rows[: self.per_page], 1, has_prev=False, has_next=has_next)

    def after(self, start: Cursor, number: int, *, inclusive: bool = False) -> Page[Any] | None:
        """The next page; None when no rows follow."""
        rows, has_next = self._read(start, inclusive=inclusive)
        if not rows:
            return None
        return self._made(rows[: self.per_page], number, has_prev=True, has_next=has_next)

    def before(self, start: Cursor, number: int) -> Page[Any] | None:
        """The previous page; None at the beginning of the list, or when no rows come before."""
        rows, has_prev = self._read(start, backwards=True)
        return self._made(rows[-self.per_page :], number, has_prev=True, has_next=True) if has_prev else None

    def last(self) -> Page[Any]:
        """The last page, read from the end. Where the list was counted, it holds what the pages before it leave."""
        size = self.total - (self.pages - 1) * self.per_page if self.exact else self.per_page
        if self.pages == 1:
            return self.first()
        rows, has_prev = self._read(backwards=True, size=size)
        return self._made(rows[-size:], self.pages, has_prev=has_prev, has_next=False)

    def _read(
        self, start: Cursor | None = None, *, backwards: bool = False, inclusive: bool = False, size: int = 0
    ) -> tuple[list[Any], bool]:
        """The rows of a page and the one beyond it, and whether there is more; fewer when some have just left the list.

        When all of them have, the page is read again: the list goes on behind them.
        """
        limit = (size or self.per_page) + 1
        rows, is_full = self.walk.found(limit, start, backwards=backwards, inclusive=inclusive)
        while is_full and not rows:
            rows, is_full = self.walk.found(limit, start, backwards=backwards, inclusive=inclusive)
        return rows, is_full

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
            stamp=self._stamp(rows),
        )

    def _stamp(self, rows: Sequence[Any]) -> str:
        if not self.walk.spec.tables:
            return ""
        shown = [(row[-1], row[-3]) for row in rows]
        return sha256(repr((self.total, shown)).encode()).hexdigest()[:16]

    def _number(self, number: int, has_prev: bool, has_next: bool) -> int:
        """The page number in the address, corrected at the ends of the list: rows come and go between two requests."""
        if not has_prev:
            return 1
        if not self.exact:
            return number if number > 1 else 0
        if not has_next:
            return self.pages
        return number if 1 < number < self.pages else 0
