"""Lists that people arrange, save views of and download: what the shared code needs to know about each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select

from app.core.listing.cells import Cell
from app.core.listing.spec import ListSpec
from app.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class ListKind:
    """One such list. `label` is the plural of its rows, `endpoint` its page.

    `rows` gives the SELECT, without conditions, of the items that `Column.value` reads. `read` is the permission to see
    and download it, `write` the one to show one's views of it to others, and to change its `cells`, by the name of
    their column.
    """

    name: str
    label: str
    endpoint: str
    spec: ListSpec
    rows: Callable[[], Select[Any]]
    read: Permission
    write: Permission
    cells: Mapping[str, Cell] = field(default_factory=dict)
