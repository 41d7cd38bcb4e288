"""The panel of the editor that has images drawn."""

from typing import Any

from flask import request, url_for

from app.ai.charging import price_quote
from app.ai.tasks.image import IMAGE
from app.content.images import services as images
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.htmx import is_partial_request, is_within, page_or_partial, redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.writer import drawing
from app.writer.blueprint import bp


@bp.get("/contents/<int:content_id>/drawing/")
@requires(Permission.CONTENT_WRITE)
def drawing_panel(content_id: int) -> Any:
    """The form, and the image that is being drawn; with `ended=1` the page's list of images is asked for anew."""
    return _panel(content_id)


@bp.post("/contents/<int:content_id>/drawing/")
@requires(Permission.CONTENT_WRITE)
def draw_image(content_id: int) -> Any:
    """Have an image drawn: form fields `prompt` and `role`."""
    form = request.form
    try:
        drawing.start_drawing(
            current_account_id(), current_actor(), content_id, form.get("prompt", ""), form.get("role", "gallery")
        )
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        toast(f"{error.message} {error.cure}".strip(), "error", field=error.field)
    else:
        db.session.commit()
    if is_partial_request():
        return _panel(content_id)
    return redirect_to(url_for("writer.drawing_panel", content_id=content_id))


def _panel(content_id: int) -> str:
    account_id = current_account_id()
    content = owned(Content, content_id, account_id)
    return page_or_partial(
        "writer/drawing.html",
        "writer/_drawing.html",
        content=content,
        run=drawing.newest_drawing(account_id, content_id),
        roles=[(role, gettext(words)) for role, words in images.roles_of(content)],
        price=price_quote(account_id, IMAGE.key),
        has_ended=request.args.get("ended") == "1",
        in_editor=not is_within(request.path),
        typed=request.form.get("prompt", ""),
        suggested=drawing.next_prompt(content),
    )
