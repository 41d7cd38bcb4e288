"""Lists: their parameters are those of the pages' lists, read strictly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, create_model

from app.api.refusals import parameter_unreadable
from app.api.shapes import PageShown, Parameters, QueryId, RowPage
from app.core.listing.pages import Page
from app.core.listing.spec import ListQuery, ListSpec

T = TypeVar("T", bound=BaseModel)
OWN_PARAMETERS = {"site_id", "fields", "limit"}


class ListParameters(Parameters):
    """The parameters that every list has. `values` are those that the list itself reads."""

    q: str = Field("", description="Words that rows have.", max_length=200, examples=[""])
    sort: str = ""
    limit: Literal["25", "50", "100", "200"] = Field("50", description="How many rows a page has.", examples=["50"])
    after: str = Field("", description="`page.next` of the page before.", max_length=2000, examples=[""])
    before: str = Field("", description="`page.previous` of the page after.", max_length=2000, examples=[""])

    @property
    def values(self) -> dict[str, str]:
        """The parameters as an address of the page's list has them."""
        texts = {name: value for name, value in self if name not in OWN_PARAMETERS and value}
        return {**texts, "per_page": self.limit}


class SiteListParameters(ListParameters):
    """The parameters of a list of one site's rows."""

    site_id: QueryId = Field(description="The site whose rows are listed.", examples=[1])


@dataclass(frozen=True)
class ApiList:
    """A list of the pages as an endpoint shows it: which list, and what its filters mean."""

    spec: ListSpec | Callable[[], ListSpec]
    filters: dict[str, str]

    def read(self, asked: ListParameters) -> ListQuery:
        """The query; raises DomainError with the parameter that cannot be read."""
        spec, values = self.current_spec, asked.values
        query = spec.read(values)
        for name in self.filters:
            if values.get(name) and name not in query.filter_values:
                raise parameter_unreadable(name, name)
        for name in ("after", "before"):
            if values.get(name) and getattr(query.place, name) is None:
                raise parameter_unreadable(name, name)
        return query

    @property
    def current_spec(self) -> ListSpec:
        """The list as it is now."""
        return self.spec if isinstance(self.spec, ListSpec) else self.spec()

    def parameters(self, base: type[ListParameters]) -> type[ListParameters]:
        """The type of its parameters."""
        spec = self.current_spec
        orders = tuple(sign + sort.name for sort in spec.sorts for sign in ("", "-"))
        own: dict[str, Any] = {
            name: (str, Field("", description=words, max_length=100, examples=[""]))
            for name, words in self.filters.items()
        }
        own["sort"] = (
            Literal[orders],
            Field(spec.default_sort, description="The order; with `-` from the end.", examples=[spec.default_sort]),
        )
        if spec.search is None:
            own["q"] = (Literal[""], Field("", description="This list cannot be searched.", examples=[""]))
        return create_model(base.__name__, __base__=base, **own)


def list_page(page: Page[Any], show: Callable[[Any], T]) -> RowPage[T]:
    """The page as it is answered."""
    place = PageShown(
        next=page.after or None,
        previous=page.before or None,
        total=page.total,
        total_is_exact=page.total_is_exact,
        limit=page.per_page,
    )
    return RowPage([show(row) for row in page.items], place)
