"""The page of exports, and the file for the person who made it."""

import uuid
from datetime import UTC
from typing import Any

from flask import Blueprint, g, send_file, url_for
from werkzeug.wrappers import Response

from app.core.access import current_account_id, current_actor, current_user_id, requires
from app.core.extensions import db, limiter
from app.core.htmx import page_or_partial, redirect_to
from app.core.permissions import Permission
from app.export import actions, services

bp = Blueprint("export", __name__, url_prefix="/account/export")


@bp.get("/")
@requires(Permission.ACCOUNT_EXPORT)
def index() -> str:
    """The person's own exports, and the button to make another."""
    runs = services.exports_of(current_account_id(), current_user_id())
    listed = [(run, services.file_of(run) is not None) for run in runs]
    return page_or_partial("export/index.html", "export/_exports.html", runs=listed, retention=services.RETENTION)


@bp.post("/")
@requires(Permission.ACCOUNT_EXPORT)
@limiter.limit("10 per hour", key_func=lambda: f"export:{current_account_id()}")
def start() -> Any:
    """Begin an export."""
    actions.start_export(current_account_id(), current_actor())
    db.session.commit()
    return redirect_to(url_for("export.index"))


@bp.get("/<uuid:run_id>/file/")
@requires(Permission.ACCOUNT_EXPORT)
def download(run_id: uuid.UUID) -> Response:
    """The archive; 404 for anybody but its maker."""
    run, path = actions.open_export(current_account_id(), current_actor(), run_id)
    day = (run.ended_at or run.created_at).astimezone(UTC)
    db.session.commit()
    words = "".join(char if char.isascii() and char.isalnum() else "-" for char in g.account.name.lower()).strip("-")
    name = f"igny8-{words[:40] or 'account'}-{day:%Y-%m-%d}.zip"
    answer = send_file(path, as_attachment=True, download_name=name, mimetype="application/zip")
    answer.headers["Cache-Control"] = "no-store"
    return answer
