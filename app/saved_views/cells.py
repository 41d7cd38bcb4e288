"""A cell of a list, opened, saved and put back where it stands. Does not commit."""

from dataclasses import replace

from app.core.actor import Actor
from app.core.edits import EditConflict, check_etag, etag
from app.core.errors import Conflict, NotFound
from app.core.languages import gettext
from app.core.listing.cells import Cell, CellEditor, CellSaved, Values
from app.core.listing.kinds import ListKind

_THEN = "."  # in the key of an undo, between the state after saving and what the cell needs


def cell_of(kind: ListKind, column: str) -> Cell:
    """The cells of this column; raises NotFound when they are not changed in their row."""
    if column not in kind.cells:
        raise NotFound()
    return kind.cells[column]


def save_cell(cell: Cell, account_id: int, actor: Actor, row_id: int, values: Values) -> CellSaved:
    """Save what was chosen. Raises NotFound, what the cell raises, and Conflict when somebody else changed it.

    `values` has the `etag` that the cell was opened with.
    """
    if cell.save is None:
        raise NotFound()
    if cell.lock is not None:
        cell.lock(account_id, row_id, values.get("value", ""))
    editor = cell.open(account_id, row_id, True)
    _check(
        editor,
        values.get("etag", ""),
        gettext("Somebody else changed this while it was open: it is now %(words)s.", words=editor.words),
        gettext("Choose again to replace that."),
    )
    saved = cell.save(account_id, actor, row_id, values)
    if not saved.undo or cell.undo is None:
        return saved
    after = etag(cell.open(account_id, row_id, True).stored)
    return replace(saved, undo=f"{after}{_THEN}{saved.undo}")


def undo_cell(cell: Cell, account_id: int, actor: Actor, row_id: int, key: str) -> str:
    """Undo what `save_cell` did, by the key that it gave. Returns what was done, in words.

    Raises NotFound, what the cell raises, and Conflict when somebody changed it since.
    """
    if cell.undo is None:
        raise NotFound()
    after, _, undo_key = key.partition(_THEN)
    if cell.lock_undo is not None:
        cell.lock_undo(account_id, row_id, undo_key)
    editor = cell.open(account_id, row_id, True)
    _check(
        editor,
        after,
        gettext("Somebody else changed this since: it is now %(words)s.", words=editor.words),
        gettext("Reload the page, then change it by hand."),
    )
    return cell.undo(account_id, actor, row_id, undo_key)


def _check(editor: CellEditor, expected: str, words: str, cure: str) -> None:
    """Raise Conflict unless the cell is as it was then."""
    try:
        check_etag(editor.stored, expected)
    except EditConflict as error:
        raise Conflict(words, code="EDIT_CONFLICT", cure=cure) from error
