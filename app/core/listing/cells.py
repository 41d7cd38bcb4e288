"""Cells that are changed in their row: what one opens with, how it is saved, and the undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.actor import Actor

Values = Mapping[str, str]


@dataclass(frozen=True)
class CellEditor:
    """What a cell of the row called `title` opens with.

    `stored` has the row's present values, by field: saving is refused once they have changed. `words` are those values
    for a person, `context` is for the template of the cell.
    """

    title: str
    stored: Mapping[str, Any]
    words: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CellSaved:
    """What was done, in words. `undo` is what `Cell.undo` needs to undo it; empty when nothing was changed."""

    message: str
    undo: str = ""


@dataclass(frozen=True)
class Cell:
    """The cells of a column. All take the account and the id of the row first, and raise NotFound for other accounts.

    `open` with True locks the row until the transaction ends. `save` takes the values of the form and raises
    DomainErrors; without it the template has forms of its own. `undo` takes `CellSaved.undo` and returns what it did,
    in words. `lock` and `lock_undo` lock the rows that come before this one in the lock order
    (`app/core/lock_order.py`): they are called first, with the `value` of the form or with `CellSaved.undo`.
    """

    template: str
    open: Callable[[int, int, bool], CellEditor]
    save: Callable[[int, Actor, int, Values], CellSaved] | None = None
    undo: Callable[[int, Actor, int, str], str] | None = None
    lock: Callable[[int, int, str], object] | None = None
    lock_undo: Callable[[int, int, str], object] | None = None
