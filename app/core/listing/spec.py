"""What a list has: columns, filters, sorts, search, and whose rows it shows. Pure; reads no request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.types import NullType

from app.core.errors import DomainError
from app.core.languages import gettext
from app.core.listing.address import PagePosition, read_place
from app.core.listing.filters import EMPTY_RANGE, Conditions, Filter
from app.core.listing.search import Search, clean_query
from app.core.listing.selection import Selection

EVERY_SITE = "all"
PAGE_SIZES = (25, 50, 100, 200)


@dataclass(frozen=True)
class Column:
    """A column of the table as its head shows it. `sort` is the name of the sort that a click on it chooses.

    The head of a `hidden` column is for screen readers alone (the buttons of a row). An `optional` column is shown when
    a person chooses it. `value` gives the cell of a download; without it the column is left out of downloads.
    """

    label: str
    sort: str = ""
    css: str = ""
    hidden: bool = False
    optional: bool = False
    value: Callable[[Any], object] | None = None

    @cached_property
    def name(self) -> str:
        """The name in addresses and settings: the label in lower case."""
        return self.label.lower().replace(" ", "_")


@dataclass(frozen=True)
class Sort:
    """An order of the rows, ties by id. Where it is `nullable`, rows without a value come last, either way round.

    `nulls_last_index` says that its index is `DESC NULLS LAST`: PostgreSQL uses it only if the query says exactly that.
    `join` is the relationship that `column` is read over, and `joined_site` the site of its rows: with it PostgreSQL
    walks them in their order instead of sorting the whole list.
    """

    name: str
    column: Any
    nullable: bool = False
    join: Any = None
    joined_site: Any = None
    nulls_last_index: bool = False

    def __post_init__(self) -> None:
        """Raises TypeError for a column without a type: positions in the list could not be read from an address."""
        if isinstance(self.column.type, NullType):
            raise TypeError(f"The sort {self.name} is by a column without a type.")


@dataclass(frozen=True)
class ListQuery:
    """A list as the address asks for it: search, filters, order and page. `per_page` is 0 when the address has none."""

    sort: Sort
    descending: bool
    q: str
    filter_values: Mapping[str, Any]
    every_site: bool
    place: PagePosition
    per_page: int

    @property
    def any(self) -> bool:
        """True when the list is narrowed down."""
        return bool(self.q or self.filter_values)


@dataclass(frozen=True)
class ListSpec:
    """One list. Without `site` its rows are the account's; with `every_site` an address may ask for all sites' rows.

    A list with `site` is empty while no site is chosen. `joined` are the conditions that join another table, with one
    row for each of these, for sorts and filters; `only` are conditions that every row of the list meets. With `tables`,
    the models whose rows it shows, a page can tell whether it has changed since it was shown.

    A sort that may be empty is `nullable`; long lists want an index (site_id, column, id) for each sort. A search reads
    a generated column `search_words(…)` with a GIN index, as in migration 0024.
    """

    id: Any
    account: Any
    site: Any = None
    columns: tuple[Column, ...] = ()
    filters: tuple[Filter[Any], ...] = ()
    sorts: tuple[Sort, ...] = ()
    default_sort: str = ""
    search: Search | None = None
    per_page: int = 50
    every_site: bool = False
    joined: tuple[ColumnElement[bool], ...] = ()
    only: tuple[ColumnElement[bool], ...] = ()
    tables: tuple[Any, ...] = ()

    def read(self, values: Mapping[str, str]) -> ListQuery:
        """The query that an address's parameters, or those kept with a selection, describe.

        What makes no sense is left out.
        """
        filter_values = {
            list_filter.name: value
            for list_filter in self.filters
            if (value := list_filter.read(_text(values, list_filter.name))) is not None
        }
        sort, descending = self._sort(_text(values, "sort"))
        return ListQuery(
            q=clean_query(_text(values, "q")) if self.search else "",
            filter_values=filter_values,
            sort=sort,
            descending=descending,
            every_site=self.every_site and _text(values, "sites") == EVERY_SITE,
            place=read_place(values, sort.column, self.id, nullable=sort.nullable),
            per_page=_page_size(_text(values, "per_page")),
        )

    def read_exactly(self, values: Mapping[str, str]) -> ListQuery:
        """As `read`, for what is done with all rows that match.

        Raises DomainError for a filter that makes no sense: without it, rows would be meant that nobody chose.
        """
        query = self.read(values)
        asked = {each.name for each in self.filters if _text(values, each.name) not in ("", EMPTY_RANGE)}
        if asked - set(query.filter_values):
            raise DomainError(
                gettext("A filter of this list cannot be read, so it is not clear which rows are meant."),
                code="FILTER_UNREADABLE",
                cure=gettext("Choose the filter again, then select all that match."),
            )
        return query

    def _sort(self, text: str) -> tuple[Sort, bool]:
        by_name = {sort.name: sort for sort in self.sorts}
        name = text if text.removeprefix("-") in by_name else self.default_sort
        return by_name[name.removeprefix("-")], name.startswith("-")

    def where(self, account_id: int, site_id: int | None, query: ListQuery) -> Conditions:
        """Conditions on the rows that the list has under `query`: what every figure about them is taken from."""
        conditions = self._scope(account_id, None if query.every_site else site_id)
        for list_filter in self.filters:
            if list_filter.name in query.filter_values:
                conditions += list_filter.where(query.filter_values[list_filter.name])
        return conditions + (self.search.where(query.q) if self.search else [])

    def selected(self, account_id: int, site_id: int, selection: Selection) -> Conditions:
        """Conditions on the rows that a selection means: those ticked, or all that match the filters kept with it.

        Raises DomainError for filters that cannot be read.
        """
        if selection.all_matching:
            return self.where(account_id, site_id, self.read_exactly(selection.filters))
        return [*self._scope(account_id, site_id), self.id.in_(selection.ids)]

    def _scope(self, account_id: int, site_id: int | None) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [self.account == account_id, *self.joined, *self.only]
        return conditions if self.site is None or site_id is None else [*conditions, self.site == site_id]


def _text(values: Mapping[str, str], name: str) -> str:
    return str(values.get(name) or "").replace("\0", "").strip()


def _page_size(text: str) -> int:
    return int(text) if text in map(str, PAGE_SIZES) else 0
