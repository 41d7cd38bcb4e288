"""Pages of the user guide and of the error codes."""

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.core.access import requires
from app.core.errors import NotFound
from app.core.htmx import is_partial_request
from app.core.permissions import Permission
from app.help import guide
from app.sites.error_codes import codes_by_group

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/")
@requires(Permission.ACCOUNT_READ)
def index() -> str:
    """The topics of the guide."""
    return render_template("help/index.html", introduction=guide.introduction())


@bp.get("/<topic>/")
@requires(Permission.ACCOUNT_READ)
def show_topic(topic: str) -> str:
    """One topic of the guide. For HTMX: a dialog with it, or with the section whose anchor `?section=` names."""
    page = guide.topics().get(topic)
    if page is None:
        raise NotFound()
    if is_partial_request():
        html = page.section(request.args.get("section", ""))
        return render_template("help/_topic.html", topic=page, html=html)
    return render_template("help/topic.html", topic=page, topics=guide.topics().values())


@bp.get("/pictures/<picture>")
@requires(Permission.ACCOUNT_READ)
def show_picture(picture: str) -> ResponseReturnValue:
    """A picture of the guide (PNG)."""
    path = guide.picture(picture)
    if path is None:
        raise NotFound()
    return send_file(path, mimetype="image/png", max_age=3600)


@bp.get("/errors/")
@requires(Permission.ACCOUNT_READ)
def errors() -> str:
    """Every code that connecting, publishing and verifying can answer with, and what to do."""
    return render_template("help/errors.html", groups=list(codes_by_group()))
