"""Changing a cell in its row: the same few routes for every list. For HTMX alone."""

from typing import Any

from flask import render_template, request, url_for

from app.core.access import current_account_id, current_actor, require, requires
from app.core.edits import etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import toast
from app.core.listing.kinds import ListKind
from app.core.permissions import Permission
from app.saved_views import cells
from app.saved_views.blueprint import bp
from app.saved_views.current import list_kind


def _kind(list_name: str) -> ListKind:
    """The list, for people who may change its rows; raises NotFound and Forbidden."""
    kind = list_kind(list_name)
    require(kind.write)
    return kind


@bp.get("/lists/<list_name>/<int:row_id>/<column>/")
@requires(Permission.PROFILE_MANAGE)
def open_cell(list_name: str, row_id: int, column: str) -> str:
    """The editor of a cell."""
    return _editor(_kind(list_name), row_id, column)


def _editor(kind: ListKind, row_id: int, column: str, error: DomainError | None = None) -> str:
    cell = cells.cell_of(kind, column)
    editor = cell.open(current_account_id(), row_id, False)
    label = next(one.label for one in kind.spec.columns if one.name == column)
    return render_template(
        "lists/_cell.html",
        template=cell.template,
        action=url_for("saved_views.save_cell", list_name=kind.name, row_id=row_id, column=column),
        label=label,
        editor=editor,
        tag=etag(editor.stored),
        error=error,
        **editor.context,
    )


@bp.post("/lists/<list_name>/<int:row_id>/<column>/")
@requires(Permission.PROFILE_MANAGE)
def save_cell(list_name: str, row_id: int, column: str) -> Any:
    """Save a cell; its editor again, with the reason, when that is refused. 409 when somebody else changed it."""
    kind = _kind(list_name)
    cell = cells.cell_of(kind, column)
    try:
        saved = cells.save_cell(cell, current_account_id(), current_actor(), row_id, request.form)
        db.session.commit()
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        return _editor(kind, row_id, column, error), error.status
    place: dict[str, Any] = {"list_name": kind.name, "row_id": row_id, "column": column}
    undo = url_for("saved_views.undo_cell", **place, key=saved.undo) if saved.undo else ""
    toast(saved.message, "success" if saved.undo else "info", undo=undo)
    return "", 204


@bp.post("/lists/<list_name>/<int:row_id>/<column>/undo/")
@requires(Permission.PROFILE_MANAGE)
def undo_cell(list_name: str, row_id: int, column: str) -> Any:
    """Put a cell back as it was before `?key` was saved."""
    cell = cells.cell_of(_kind(list_name), column)
    key = request.args.get("key", "")
    words = cells.undo_cell(cell, current_account_id(), current_actor(), row_id, key)
    db.session.commit()
    toast(words)
    return "", 204
