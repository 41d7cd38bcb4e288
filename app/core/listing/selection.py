"""Rows chosen in a table: single ones, or all that match the list's filters. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl

from app.core.errors import DomainError
from app.core.languages import gettext, local_number
from app.core.request_ids import MAX_IDS, ids_of

MAX_FILTERS = 50


def selection_key(ids: Iterable[int]) -> str:
    """A key that is the same for the same ids in any order: it makes two clicks one piece of work."""
    return sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()[:32]


def filters_of(query: str | None) -> dict[str, str]:
    """A query string in a form, as a mapping: the last value of each name; empty when it cannot be parsed."""
    try:
        pairs = parse_qsl((query or "").lstrip("?").replace("\0", ""), max_num_fields=MAX_FILTERS)
    except ValueError:
        return {}  # more fields than any list has
    return {name: value.replace("\0", "") for name, value in pairs}


@dataclass(frozen=True)
class Selection:
    """Either `ids`, or with `all_matching` every row of the list under `filters`."""

    ids: list[int] = field(default_factory=list)
    all_matching: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: list[str], all_matching: str | None, filter_query: str | None) -> "Selection":
        """From a batch form: repeated `ids`, `all_matching` ("1" or ""), `filter` (a query string).

        Raises DomainError for more than MAX_IDS single rows, for rows none of which can be read, and for filters that
        cannot be parsed with no row ticked: nothing unreadable may pass for "none", which may mean all of them.
        """
        numbers = ids_of(ids, at_most=MAX_IDS + 1)
        if len(numbers) > MAX_IDS:
            raise DomainError(
                gettext("More than %(max_ids)s rows are ticked.", max_ids=local_number(MAX_IDS)),
                code="TOO_MANY",
                cure=gettext("Narrow the list down by its filters and select all that match."),
            )
        if ids and not numbers and all_matching != "1":
            raise DomainError(
                gettext("None of the rows that are ticked can be read."),
                code="SELECTION_UNREADABLE",
                cure=gettext("Reload the list, then select again."),
            )
        filters = filters_of(filter_query)
        if not numbers and not filters and (filter_query or "").strip("?\0 "):
            raise DomainError(
                gettext("The filters of this list cannot be read, so it is not clear which rows are meant."),
                code="FILTER_UNREADABLE",
                cure=gettext("Reload the list, then select all that match."),
            )
        return cls(numbers, all_matching == "1", filters)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return not self.ids and not self.all_matching

    def missing(self, found_count: int) -> int:
        """How many of the rows that were ticked are no longer among the `found_count` rows."""
        return 0 if self.all_matching else max(0, len(self.ids) - found_count)

    def required(self, what: str) -> "Selection":
        """The selection itself; raises DomainError when nothing is chosen."""
        if self.is_empty:
            raise DomainError(
                gettext("No %(what)s is selected.", what=what),
                code="NOTHING_SELECTED",
                cure=gettext("Select at least one %(what)s, then try again.", what=what),
            )
        return self
