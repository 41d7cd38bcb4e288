"""How somebody has arranged a list: which columns show, in which order, and which parameters a view keeps. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.core.languages import N_
from app.core.listing.spec import Column, ListSpec

DENSITIES = ("comfortable", "compact")
DENSITY_WORDS = (N_("Comfortable"), N_("Compact"))
COMFORTABLE = DENSITIES[0]


def arranged_columns(spec: ListSpec, names: Iterable[str]) -> tuple[Column, ...]:
    """The columns of these names in this order, between the title and the buttons of a row, which always show.

    Unknown names are ignored; if no name is left, the usual columns show. The title's name alone means: no other
    columns.
    """
    by_name = {column.name: column for column in optional_columns(spec)}
    asked = list(dict.fromkeys(names))
    chosen = [by_name[name] for name in asked if name in by_name]
    if not chosen and spec.columns[0].name not in asked:
        chosen = [column for column in by_name.values() if not column.optional]
    return (spec.columns[0], *chosen, *(column for column in spec.columns[1:] if column.hidden))


def optional_columns(spec: ListSpec) -> list[Column]:
    """The columns that may show or not."""
    return [column for column in spec.columns[1:] if not column.hidden]


def column_names(columns: Iterable[Column]) -> list[str]:
    """The names of those that show, in their order; the buttons of a row need none."""
    return [column.name for column in columns if not column.hidden]


def with_columns(spec: ListSpec, names: Iterable[str]) -> ListSpec:
    """The list, with only the columns of these names."""
    return replace(spec, columns=arranged_columns(spec, names))


def kept_values(spec: ListSpec, values: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address that make a view: filters, search and order, as far as the list understands them."""
    query = spec.read(values)
    kept = {name: str(values[name]).strip() for name in query.filter_values}
    if query.q:
        kept["q"] = query.q
    if query.every_site:
        kept["sites"] = str(values["sites"]).strip()
    order = ("-" if query.descending else "") + query.sort.name
    return kept if order == spec.default_sort else {**kept, "sort": order}
