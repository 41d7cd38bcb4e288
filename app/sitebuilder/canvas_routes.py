"""The canvas, and what is changed of pages, menu and style in it."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.request_ids import ids_of, parse_id
from app.sitebuilder import actions, editing, versions
from app.sitebuilder.blueprint import bp
from app.sitebuilder.canvas_forms import canvas_page, canvas_url, seen_version, shown_page_id
from app.sitebuilder.editing import PageValues
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.style.themes import USUAL
from app.sitebuilder.versions import blueprint_of

READ, WRITE = SiteBuilderPermission.READ, SiteBuilderPermission.WRITE
SHOWN = (409, 422)  # what is shown on the canvas, with what was typed


@bp.get("/<int:blueprint_id>/")
@requires(READ)
def canvas(blueprint_id: int) -> Any:
    """The canvas at `?page=`, `?section=` and `?panel=`; the wizard while there is no page yet."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    if not blueprint.version and blueprint.status == "draft" and not request.args.get("run"):
        return redirect_to(url_for("site_builder.wizard", blueprint_id=blueprint_id))
    args = request.args
    return canvas_page(
        blueprint_id,
        page_id=shown_page_id(),
        section_id=args.get("section", ""),
        panel=args.get("panel", ""),
        kind=args.get("kind", ""),
    )


@bp.post("/<int:blueprint_id>/structure/")
@requires(WRITE)
def make_structure(blueprint_id: int) -> Any:
    """Have the structure made anew."""
    return _started(blueprint_id, lambda: actions.start_structure(current_account_id(), current_actor(), blueprint_id))


@bp.post("/<int:blueprint_id>/texts/")
@requires(WRITE)
def write_texts(blueprint_id: int) -> Any:
    """Have the texts of the form's `pages` written, of all pages when none is named."""
    ids = ids_of(request.form.getlist("pages"))
    return _started(
        blueprint_id, lambda: actions.start_page_texts(current_account_id(), current_actor(), blueprint_id, ids)
    )


def _started(blueprint_id: int, start: Callable[[], Any]) -> Any:
    page_id = parse_id(request.form.get("page"))
    try:
        run = start()
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (402, *SHOWN):
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
        return redirect_to(canvas_url(blueprint_id, page_id))
    return redirect_to(canvas_url(blueprint_id, page_id, run=run.id))


@bp.post("/<int:blueprint_id>/undo/")
@requires(WRITE)
def undo_site_change(blueprint_id: int) -> Any:
    """Undo the last change."""
    return _stepped(blueprint_id, versions.undo_blueprint_change)


@bp.post("/<int:blueprint_id>/redo/")
@requires(WRITE)
def redo_site_change(blueprint_id: int) -> Any:
    """Redo what was undone."""
    return _stepped(blueprint_id, versions.redo_blueprint_change)


def _stepped(blueprint_id: int, step: Callable[..., Any]) -> Any:
    page_id = parse_id(request.form.get("page"))
    try:
        step(current_account_id(), current_actor(), blueprint_id, seen=seen_version())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in SHOWN:
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
    return redirect_to(canvas_url(blueprint_id, page_id))


@bp.post("/<int:blueprint_id>/style/")
@requires(WRITE)
def save_style(blueprint_id: int) -> Any:
    """Save palette, typography, personality, spacing and layout."""
    form, page_id = request.form, parse_id(request.form.get("page"))
    theme = {name: form.get(name, "") for name in USUAL}
    try:
        editing.save_style(
            current_account_id(), current_actor(), blueprint_id, theme, form.get("layout", ""), seen=seen_version()
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _again(error, blueprint_id, page_id, "style")
    toast(gettext("Saved."))
    return redirect_to(canvas_url(blueprint_id, page_id, panel="style"))


def _again(error: DomainError, blueprint_id: int, page_id: int | None, panel: str) -> Any:
    """The canvas with the form as it was filled in, and why it was not saved."""
    if error.status not in SHOWN:
        raise error
    return canvas_page(blueprint_id, page_id=page_id, panel=panel, error=error, typed=request.form.to_dict())


def _page_values() -> PageValues:
    form = request.form
    return PageValues(
        title=form.get("title", ""),
        slug=form.get("slug", ""),
        page_type=form.get("page_type", "custom"),
        parent_id=parse_id(form.get("parent_id")),
        in_menu=form.get("in_menu") == "1",
    )


@bp.post("/<int:blueprint_id>/pages/")
@requires(WRITE)
def add_page(blueprint_id: int) -> Any:
    """Add a page at the end of the menu."""
    try:
        page = editing.add_page(
            current_account_id(), current_actor(), blueprint_id, _page_values(), seen=seen_version()
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _again(error, blueprint_id, parse_id(request.form.get("page")), "new-page")
    toast(gettext("“%(title)s” is added.", title=page.title))
    return redirect_to(canvas_url(blueprint_id, page.id))


@bp.post("/<int:blueprint_id>/pages/<int:page_id>/")
@requires(WRITE)
def save_page(blueprint_id: int, page_id: int) -> Any:
    """Save title, address, type, parent and place in the menu of a page."""
    try:
        editing.save_page(
            current_account_id(), current_actor(), blueprint_id, page_id, _page_values(), seen=seen_version()
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _again(error, blueprint_id, page_id, "page")
    toast(gettext("Saved."))
    return redirect_to(canvas_url(blueprint_id, page_id, panel="page"))


@bp.post("/<int:blueprint_id>/pages/<int:page_id>/remove/")
@requires(WRITE)
def remove_page(blueprint_id: int, page_id: int) -> Any:
    """Take a page away."""
    try:
        title = editing.remove_page(current_account_id(), current_actor(), blueprint_id, page_id, seen=seen_version())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _again(error, blueprint_id, page_id, "page")
    toast(gettext("“%(title)s” is removed. Undo brings it back.", title=title))
    return redirect_to(canvas_url(blueprint_id))


@bp.post("/<int:blueprint_id>/pages/<int:page_id>/move/")
@requires(WRITE)
def move_page(blueprint_id: int, page_id: int) -> Any:
    """Put a page at the place `to` of the menu, counted from 0."""
    try:
        editing.move_page(current_account_id(), current_actor(), blueprint_id, page_id, _place(), seen=seen_version())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in SHOWN:
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
    return redirect_to(canvas_url(blueprint_id, parse_id(request.form.get("page")) or page_id))


def _place() -> int:
    text = request.form.get("to", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
