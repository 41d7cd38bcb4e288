"""The panel of the editor with the pictures that are planned for a text."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.ai.charging import price_quote
from app.ai.tasks.image import IMAGE
from app.ai.tasks.image_briefs import IMAGE_BRIEFS
from app.content.images import services as images
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, is_within, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_id, parse_version
from app.core.tenancy import owned
from app.writer.blueprint import bp
from app.writer.drawing import can_draw
from app.writer.pictures import runs, services
from app.writer.pictures.models import PlannedImage


@bp.get("/contents/<int:content_id>/pictures/")
@requires(Permission.CONTENT_WRITE)
def show_pictures(content_id: int) -> str:
    """What is planned, and the run that plans or draws; with `ended=1` the page's list of images is asked for anew.
    With `again=<id>` that picture is shown as it is saved, without what was typed."""
    return _panel(content_id)


@bp.post("/contents/<int:content_id>/pictures/plan/")
@requires(Permission.CONTENT_WRITE)
def plan_pictures(content_id: int) -> ResponseReturnValue:
    """Plan pictures for the saved text."""
    try:
        runs.start_plan(current_account_id(), current_actor(), content_id)
    except DomainError as error:
        return _refused(error, content_id)
    return _done(content_id)


@bp.post("/contents/<int:content_id>/pictures/draw/")
@requires(Permission.CONTENT_WRITE)
def draw_pictures(content_id: int) -> ResponseReturnValue:
    """Draw all planned pictures: form field `role`."""
    try:
        role = request.form.get("role", "gallery")
        runs.start_drawings(current_account_id(), current_actor(), content_id, role)
    except DomainError as error:
        return _refused(error, content_id)
    return _done(content_id)


@bp.post("/pictures/<int:planned_id>/")
@requires(Permission.CONTENT_WRITE)
def save_picture(planned_id: int) -> ResponseReturnValue:
    """Save what a person made of a planned picture: form fields `heading`, `prompt`, `alt` and `version`."""
    content_id = owned(PlannedImage, planned_id, current_account_id()).content_id
    seen = parse_version(request.form.get("version"))
    try:
        services.save_planned_image(current_account_id(), planned_id, request.form, expected_version=seen)
    except DomainError as error:
        return _refused(error, content_id, planned_id)
    toast(gettext("Saved."))
    return _done(content_id)


@bp.post("/pictures/<int:planned_id>/delete/")
@requires(Permission.CONTENT_WRITE)
def remove_picture(planned_id: int) -> ResponseReturnValue:
    """Remove a planned picture: the form field `version` says which one was shown."""
    content_id = owned(PlannedImage, planned_id, current_account_id()).content_id
    seen = parse_version(request.form.get("version"))
    try:
        services.remove_planned_image(current_account_id(), planned_id, expected_version=seen)
    except DomainError as error:
        return _refused(error, content_id, planned_id)
    return _done(content_id)


def _done(content_id: int) -> ResponseReturnValue:
    db.session.commit()
    if is_partial_request():
        return _panel(content_id)
    return redirect_to(url_for("writer.show_pictures", content_id=content_id))


def _refused(error: DomainError, content_id: int, planned_id: int = 0) -> ResponseReturnValue:
    """The panel with what was typed and the error; a NotFound is raised again."""
    db.session.rollback()
    if isinstance(error, NotFound):
        raise error
    toast(f"{error.message} {error.cure}".strip(), "error", field=error.field)
    return _panel(content_id, planned_id), 200 if is_partial_request() else 409


def _panel(content_id: int, typed_id: int = 0) -> str:
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    planned = services.planned_images(content)
    waiting = sum(row.image_id is None for row in planned)
    context: dict[str, Any] = {
        "run": runs.newest_picture_run(account_id, content_id),
        "is_outdated": services.is_for_another_text(content, planned),
        "roles": [(role, gettext(words)) for role, words in images.roles_of(content)],
        "waiting": waiting,
        "plan_price": price_quote(account_id, IMAGE_BRIEFS.credit_operation),
        "draw_price": price_quote(account_id, IMAGE.credit_operation, min(waiting, images.room_for(content))),
        "may_draw": can_draw(content),
        "has_ended": request.args.get("ended") == "1",
        "in_editor": not is_within(url_for("writer.show_pictures", content_id=content_id)),
        "typed": {typed_id: request.form},
        "opened_again": parse_id(request.args.get("again", "")),
        "lengths": services.LENGTHS,
    }
    return page_or_partial("writer/pictures.html", "writer/_pictures.html", content=content, planned=planned, **context)
