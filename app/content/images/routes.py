"""Images of a piece of content: upload, show, order, remove."""

from typing import Any

from flask import Response, jsonify, request, url_for
from flask import render_template as render

from app.content.blueprint import bp
from app.content.images import actions as image_actions
from app.content.images import renditions
from app.content.images import services as images
from app.content.images.library import find_images, take_image
from app.content.images.sending import shown_file
from app.content.images.shown import address_in_text, shown_images
from app.content.models import Content, ContentImage
from app.core import limits
from app.core.access import current_account_id, requires
from app.core.extensions import db
from app.core.htmx import is_partial_request, redirect_to, toast
from app.core.languages import gettext, local_number
from app.core.media_sending import send_media
from app.core.permissions import Permission
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.core.wording import sentences

MAX_PROBLEMS = 3


def _region(content: Content) -> Any:
    if is_partial_request():
        return _images_html(content)
    return redirect_to(url_for("content.edit", content_id=content.id) + "#images")


@bp.get("/<int:content_id>/images/<int:image_id>/file/")
@requires(Permission.CONTENT_READ)
@limits.part_of_page
def image_file(content_id: int, image_id: int) -> Response:
    """The bytes of an image, or with `?w=` of the narrowest file of it that has so many pixels across.

    They never change under one address, so browsers keep them; while the smaller files are made, the image stands in.
    """
    account_id, width = current_account_id(), parse_id(request.args.get("w"))
    file = shown_file(account_id, content_id, image_id, width)
    db.session.commit()
    return send_media(file.shelf, account_id, file.sha256, file.mime, is_final=file.is_final)


@bp.post("/<int:content_id>/images/show/")
@requires(Permission.CONTENT_WRITE)
def show_images(content_id: int) -> Any:
    """The list of images anew; what was typed about those that are shown is saved."""
    content = image_actions.describe_images(current_account_id(), content_id, request.form)
    db.session.commit()
    return _region(content)


@bp.post("/<int:content_id>/images/")
@requires(Permission.CONTENT_WRITE)
def add_images(content_id: int) -> Any:
    """Upload one or more images; those that are refused are named, the others stay. JSON if asked for."""
    form = request.form
    uploads = ((upload.read(), upload.filename) for upload in request.files.getlist("images") if upload.filename)
    done = image_actions.add_images(current_account_id(), content_id, uploads, form.get("role", "gallery"), form)
    db.session.commit()
    problems = [f"{error.message} {error.cure}" for error in done.refused]
    if request.accept_mimetypes.best == "application/json":
        return _as_json(done.content, done.added, problems)
    if problems:
        toast(_problems_sentence(problems), "error")
    elif not done.added:
        toast(gettext("No image was chosen. Choose a file, then upload it."), "error")
    else:
        toast(gettext("Uploaded."))
    return _region(done.content)


@bp.get("/<int:content_id>/images/library/")
@requires(Permission.CONTENT_READ)
def image_library(content_id: int) -> str:
    """Images of the site's contents whose words match `?q=`, to be put into this text (a fragment)."""
    content = owned(Content, content_id, current_account_id())
    words = request.args.get("q", "")
    images = find_images(content, words)
    shown = shown_images(images)
    renditions.ask_for(content.account_id, [image.sha256 for image in images if shown[image.id].is_pending])
    db.session.commit()
    return render("content/_image_library.html", content=content, images=images, shown_images=shown, q=words.strip())


@bp.get("/<int:content_id>/images/weights/")
@requires(Permission.CONTENT_READ)
@limits.part_of_page
def image_weights(content_id: int) -> str:
    """Those of the images `?of=` (ids) whose smaller files are made, to stand in their places; the rest is asked for
    again later.
    """
    content = owned(Content, content_id, current_account_id())
    asked = set(request.args.get("of", "").split(","))
    waiting = [image for image in content.images if str(image.id) in asked]
    shown = shown_images(waiting)
    renditions.ask_for(content.account_id, [image.sha256 for image in waiting if shown[image.id].is_pending])
    db.session.commit()
    return render("content/_image_weights.html", content=content, images=waiting, shown_images=shown)


@bp.post("/<int:content_id>/images/library/<int:image_id>/")
@requires(Permission.CONTENT_WRITE)
def take_library_image(content_id: int, image_id: int) -> tuple[Response, int]:
    """Use an image of another content in the text of this one; JSON as `add_images` gives it."""
    content, image = take_image(current_account_id(), content_id, image_id)
    db.session.commit()
    return _as_json(content, [image], [])


def _as_json(content: Content, added: list[ContentImage], problems: list[str]) -> tuple[Response, int]:
    """What the editor needs of images that were pasted: hash and address of each, and the list of images anew."""
    sent = [{"sha256": image.sha256, "address": address_in_text(image)} for image in added]
    return jsonify(images=sent, problems=problems, region=_images_html(content)), 201 if sent else 422


def _images_html(content: Content) -> str:
    return render(
        "content/_images.html",
        content=content,
        roles=images.roles_of(content),
        shown_images=shown_images(content.images),
        may_edit=True,
    )


def _problems_sentence(problems: list[str]) -> str:
    """A sentence with the first few problems: a toast has to fit into a header or a cookie."""
    more = len(problems) - MAX_PROBLEMS
    rest = gettext("And %(more)s more.", more=local_number(more)) if more > 0 else ""
    return sentences(*problems[:MAX_PROBLEMS], rest)


@bp.post("/<int:content_id>/images/<int:image_id>/remove/")
@requires(Permission.CONTENT_WRITE)
def remove_image(content_id: int, image_id: int) -> Any:
    """Remove an image from the content.

    The region is rendered again, so what was typed in it is saved, as in all these routes.
    """
    content = image_actions.remove_image(current_account_id(), content_id, image_id, request.form)
    db.session.commit()
    toast(gettext("Image removed."))
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
