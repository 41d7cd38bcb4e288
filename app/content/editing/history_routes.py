"""The versions of a content: what each changed, what it was, and back to it."""

from typing import Any

from flask import render_template, request, url_for

from app.content import actions
from app.content.blueprint import bp
from app.content.editing import revisions
from app.content.editing.differences import field_differences
from app.content.editing.models import ContentRevision
from app.content.models import Content
from app.content.services import ContentEditConflict
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_version
from app.core.tenancy import owned
from app.sites.current import work_on

IN_THE_PANEL = 5


def _load(content_id: int) -> Content:
    return owned(Content, content_id, current_account_id())


@bp.get("/<int:content_id>/history/")
@requires(Permission.CONTENT_READ)
def history(content_id: int) -> str:
    """Every version that is kept, the newest first."""
    content = _load(content_id)
    work_on(content.site_id)
    return render_template(
        "content/history.html",
        content=content,
        versions=revisions.list_revisions(content.account_id, content.id),
        causes=revisions.CAUSES,
        most=revisions.MOST_LISTED,
    )


@bp.get("/<int:content_id>/history/panel/")
@requires(Permission.CONTENT_READ)
def history_panel(content_id: int) -> str:
    """The newest versions, beside the text."""
    content = _load(content_id)
    versions = revisions.list_revisions(content.account_id, content.id)
    return render_template(
        "content/_history.html", content=content, versions=versions[:IN_THE_PANEL], causes=revisions.CAUSES
    )


@bp.get("/<int:content_id>/history/<int:version>/")
@requires(Permission.CONTENT_READ)
def revision(content_id: int, version: int) -> str:
    """One version beside the saved text, or with `?changes=1` beside the version before it."""
    content = _load(content_id)
    return _compared(content, _kept(content, version), changes=bool(request.args.get("changes")))


def _kept(content: Content, version: int) -> ContentRevision:
    revision = revisions.find_revision(content.account_id, content.id, version)
    if revision is None:
        raise NotFound()
    return revision


def _compared(content: Content, revision: ContentRevision, *, changes: bool = False, problem: str = "") -> str:
    work_on(content.site_id)
    before = revisions.before(revision) if changes else None
    left, right = (before, revision) if changes else (revision, content)
    return render_template(
        "content/revision.html",
        content=content,
        revision=revision,
        before=before,
        changes=changes,
        causes=revisions.CAUSES,
        problem=problem,
        fields=field_differences(revisions.values_of(left), revisions.values_of(right)) if left else [],
    )


@bp.post("/<int:content_id>/history/<int:version>/restore/")
@requires(Permission.CONTENT_WRITE)
def restore_revision(content_id: int, version: int) -> Any:
    """Save this version's texts as a new version. 409 when the content was saved since the page was opened."""
    content = _load(content_id)
    revision, seen = _kept(content, version), parse_version(request.form.get("version"))
    try:
        content = actions.restore_version(content.account_id, current_actor(), content.id, version, seen)
        db.session.commit()
    except ContentEditConflict:
        db.session.rollback()
        words = gettext("The content was saved since you opened this page. Compare again: it is shown as it is now.")
        return _compared(_load(content_id), revision, problem=words), 409
    toast(
        gettext(
            "Version %(version)s is restored. What it replaced is version %(version2)s, in the history.",
            version=version,
            version2=content.version - 1,
        )
    )
    return redirect_to(url_for("content.edit", content_id=content.id))
