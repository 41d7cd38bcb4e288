"""What is changed of the sections of a page."""

from typing import Any

from flask import request

from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.sitebuilder import actions, editing
from app.sitebuilder.blocks.registry import BLOCKS
from app.sitebuilder.blueprint import bp
from app.sitebuilder.canvas_forms import canvas_page, canvas_url, seen_version
from app.sitebuilder.editing import SectionPlace
from app.sitebuilder.forms import read_fields
from app.sitebuilder.permissions import SiteBuilderPermission
from app.sitebuilder.versions import blueprint_of, pages_of

WRITE = SiteBuilderPermission.WRITE
SHOWN = (409, 422)
BASE = "/<int:blueprint_id>/pages/<int:page_id>/sections/"


@bp.post(BASE)
@requires(WRITE)
def add_section(blueprint_id: int, page_id: int) -> Any:
    """Add a section of the form's `kind`; with `change`, show the form again with an item more or less."""
    account_id, form = current_account_id(), request.form
    blueprint_of(account_id, blueprint_id)
    kind = form.get("kind", "")
    typed = read_fields(kind, form) if kind in BLOCKS else {}
    shown: dict[str, Any] = {"page_id": page_id, "panel": "add", "kind": kind, "typed": typed}
    if form.get("change"):
        return canvas_page(blueprint_id, **shown)
    try:
        section = editing.add_section(
            account_id, current_actor(), blueprint_id, page_id, kind, typed, seen=seen_version(), to=_to()
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        return _again(error, blueprint_id, **shown)
    return redirect_to(canvas_url(blueprint_id, page_id, section["id"]))


def _to() -> int | None:
    text = request.form.get("to", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def _again(error: DomainError, blueprint_id: int, **shown: Any) -> Any:
    if error.status not in SHOWN:
        raise error
    return canvas_page(blueprint_id, error=error, **shown)


@bp.post(BASE + "<section_id>/")
@requires(WRITE)
def save_section(blueprint_id: int, page_id: int, section_id: str) -> Any:
    """Save a section; with `change`, show the form again with an item more, less or elsewhere."""
    account_id, form = current_account_id(), request.form
    kind = form.get("kind", "")
    typed = read_fields(kind, form) if kind in BLOCKS else {}
    shown: dict[str, Any] = {"page_id": page_id, "section_id": section_id, "typed": typed}
    if form.get("change"):
        return canvas_page(blueprint_id, **shown)
    place, tone = SectionPlace(page_id, section_id), form.get("tone", "")
    try:
        editing.save_section(account_id, current_actor(), blueprint_id, place, typed, tone=tone, seen=seen_version())
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status == 409 and not _is_there(blueprint_id, place):
            shown |= {"panel": "add", "kind": kind}
        return _again(error, blueprint_id, **shown)
    toast(gettext("Saved."))
    return redirect_to(canvas_url(blueprint_id, page_id, section_id))


def _is_there(blueprint_id: int, place: SectionPlace) -> bool:
    """Whether a section is still there: if not, what was typed may be added as one."""
    blueprint = blueprint_of(current_account_id(), blueprint_id)
    pages = {page.id: page.blocks for page in pages_of(blueprint)}
    return any(one["id"] == place.section_id for one in pages.get(place.page_id, []))


@bp.post(BASE + "<section_id>/remove/")
@requires(WRITE)
def remove_section(blueprint_id: int, page_id: int, section_id: str) -> Any:
    """Take a section away."""
    return _done(
        blueprint_id,
        page_id,
        lambda place: editing.remove_section(
            current_account_id(), current_actor(), blueprint_id, place, seen=seen_version()
        ),
        section_id,
        gettext("The section is removed. Undo brings it back."),
        stays=False,
    )


@bp.post(BASE + "<section_id>/move/")
@requires(WRITE)
def move_section(blueprint_id: int, page_id: int, section_id: str) -> Any:
    """Put a section at the place `to`, counted from 0."""
    return _done(
        blueprint_id,
        page_id,
        lambda place: editing.move_section(
            current_account_id(), current_actor(), blueprint_id, place, _to() or 0, seen=seen_version()
        ),
        section_id,
    )


@bp.post(BASE + "<section_id>/lock/")
@requires(WRITE)
def lock_section(blueprint_id: int, page_id: int, section_id: str) -> Any:
    """Lock a section, or unlock it: `on`, "1" or "0"."""
    is_on = request.form.get("on") == "1"
    return _done(
        blueprint_id,
        page_id,
        lambda place: editing.lock_section(
            current_account_id(), current_actor(), blueprint_id, place, is_on, seen=seen_version()
        ),
        section_id,
        gettext("Locked: it stays when the structure is made anew.") if is_on else gettext("Unlocked."),
    )


def _done(blueprint_id: int, page_id: int, change: Any, section_id: str, words: str = "", *, stays: bool = True) -> Any:
    try:
        change(SectionPlace(page_id, section_id))
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in SHOWN:
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
    else:
        if words:
            toast(words)
    return redirect_to(canvas_url(blueprint_id, page_id, section_id if stays else ""))


@bp.post(BASE + "<section_id>/remake/")
@requires(WRITE)
def remake_section(blueprint_id: int, page_id: int, section_id: str) -> Any:
    """Have a section made anew."""
    try:
        run = actions.start_section(current_account_id(), current_actor(), blueprint_id, page_id, section_id)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status not in (402, *SHOWN):
            raise
        toast(f"{error.message} {error.cure}".strip(), "error")
        return redirect_to(canvas_url(blueprint_id, page_id, section_id))
    return redirect_to(canvas_url(blueprint_id, page_id, section_id, run=run.id))
