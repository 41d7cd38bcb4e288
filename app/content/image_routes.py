"""Images of a piece of content: upload, show, order, remove."""

from typing import Any

from flask import Response, jsonify, request, send_file, url_for
from flask import render_template as render

from app.content import image_actions, images
from app.content.blueprint import bp
from app.content.models import Content, ContentImage
from app.core import media
from app.core.access import current_account_id, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.permissions import Permission

MAX_TOLD = 3


def _region(content: Content) -> Any:
    if is_partial_request():
        return render("content/_images.html", content=content, roles=images.roles_of(content), may_edit=True)
    return redirect_to(url_for("content.edit", content_id=content.id) + "#images")


@bp.get("/<int:content_id>/images/<int:image_id>/file/")
@requires(Permission.CONTENT_READ)
def image_file(content_id: int, image_id: int) -> Response:
    """The bytes of an image. They never change under one id, so browsers keep them."""
    image = images.image_of(content_id, image_id, current_account_id())
    response = send_file(
        media.IMAGES.path_of(image.account_id, image.sha256), mimetype=image.mime, etag=image.sha256, max_age=86400
    )
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@bp.post("/<int:content_id>/images/")
@requires(Permission.CONTENT_WRITE)
def add_images(content_id: int) -> Any:
    """Upload one or more images; those that are refused are named, the others stay. JSON for who asks for it."""
    form = request.form
    uploads = ((upload.read(), upload.filename) for upload in request.files.getlist("images") if upload.filename)
    done = image_actions.add_images(current_account_id(), content_id, uploads, form.get("role", "gallery"), form)
    db.session.commit()
    problems = [f"{error.message} {error.cure}" for error in done.refused]
    if request.accept_mimetypes.best == "application/json":
        return _as_json(done.content, done.added, problems)
    if problems:
        toast(_told(problems), "error")
    elif not done.added:
        toast("No image was chosen. Choose a file, then upload it.", "error")
    else:
        toast("Uploaded.")
    return _region(done.content)


def _as_json(content: Content, added: list[ContentImage], problems: list[str]) -> tuple[Response, int]:
    """What the editor needs of images that were pasted: hash and address of each, and the list of images anew."""
    made = [
        {"sha256": one.sha256, "address": url_for("content.image_file", content_id=content.id, image_id=one.id)}
        for one in added
    ]
    region = render("content/_images.html", content=content, roles=images.roles_of(content), may_edit=True)
    return jsonify(images=made, problems=problems, region=region), 201 if made else 422


def _told(problems: list[str]) -> str:
    """The first few: a toast travels in a header or a cookie."""
    more = len(problems) - MAX_TOLD
    return " ".join(problems[:MAX_TOLD]) + (f" And {more:,} more." if more > 0 else "")


@bp.post("/<int:content_id>/images/<int:image_id>/remove/")
@requires(Permission.CONTENT_WRITE)
def remove_image(content_id: int, image_id: int) -> Any:
    """Take an image off the content. The region is drawn anew, so what was typed in it is kept, as in all of these."""
    content = image_actions.remove_image(current_account_id(), content_id, image_id, request.form)
    db.session.commit()
    toast("Image removed.")
    return _region(content)


@bp.post("/<int:content_id>/images/<int:image_id>/move/")
@requires(Permission.CONTENT_WRITE)
def move_image(content_id: int, image_id: int) -> Any:
    """Move an image one place: form field `step`, -1 or 1."""
    step = -1 if request.form.get("step") == "-1" else 1
    content = image_actions.move_image(current_account_id(), content_id, image_id, step, request.form)
    db.session.commit()
    return _region(content)


@bp.post("/<int:content_id>/images/<int:image_id>/role/")
@requires(Permission.CONTENT_WRITE)
def set_image_role(content_id: int, image_id: int) -> Any:
    """Make it the featured, a gallery or an inline image."""
    role = request.form.get("role", "")
    content = image_actions.set_image_role(current_account_id(), content_id, image_id, role, request.form)
    db.session.commit()
    return _region(content)
