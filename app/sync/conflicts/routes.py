"""The page on which a person resolves a conflict between a content and WordPress."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.content import listing
from app.content.models import Content
from app.core.access import current_account_id, current_actor, requires
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.request_ids import parse_version
from app.core.runs import Run
from app.core.tenancy import owned
from app.publishing.run_kinds import PUBLISH
from app.sites.current import work_on
from app.sites.error_codes import error_for
from app.sync.conflicts import actions
from app.sync.conflicts.actions import ACTS, PUBLISHES, Undecided, field_labels
from app.sync.conflicts.comparison import (
    RemoteVersion,
    fetch_remote_version,
    not_published_error,
    present_differences,
    was_seen_after,
)
from app.sync.conflicts.differences import LABELS
from app.sync.conflicts.resolve import OURS, THEIRS, Resolution

bp = Blueprint("drift", __name__)


@bp.get("/content/<int:content_id>/conflict/")
@requires(Permission.SITES_READ)
def old_address(content_id: int) -> Response:
    """The address that earlier messages link to."""
    return redirect(url_for("drift.show", content_id=owned(Content, content_id, current_account_id()).id))


@bp.get("/content/<int:content_id>/drift/")
@requires(Permission.SITES_READ)
def show(content_id: int) -> tuple[str, int]:
    """Both versions side by side, by field, as they are now; while a publish is under way, its progress instead."""
    content = owned(Content, content_id, current_account_id())
    run = _newest_run(content)
    if run is not None and run.kind == PUBLISH.name and run.is_active and not run.is_later:
        work_on(content.site_id)
        return render_template("sync/drift.html", content=content, run=run), 200
    remote = fetch_remote_version(content)
    return _page(owned(Content, content_id, current_account_id()), remote)


def _newest_run(content: Content) -> Run | None:
    return listing.runs_to_show(content.account_id, [content.id]).get(content.id)


def _page(
    content: Content, remote: RemoteVersion | None, *, error: DomainError | None = None, status: int = 200
) -> tuple[str, int]:
    """The page. `error` says why a choice was not carried out; the choices are kept."""
    work_on(content.site_id)
    if remote is None:
        return render_template("sync/drift.html", content=content, remote=None, fields=[], error=error), status
    fields = [] if remote.is_doubtful else present_differences(content, remote)
    page = render_template(
        "sync/drift.html",
        content=content,
        remote=remote,
        fields=fields,
        error=error,
        chosen=request.form,
        may_take=any(difference.may_take for difference in fields),
        changed=_modified(remote),
        **_failed_publish(content),
    )
    return page, status


def _failed_publish(content: Content) -> dict[str, Any]:
    """The newest publish if it failed: `run`, or `stopped` if a difference stopped it that still exists."""
    run = _newest_run(content)
    if run is None or run.kind != PUBLISH.name or run.state != "failed":
        return {"run": None, "stopped": None}
    details = (run.error or {}).get("details") or {}
    is_beside = (details.get("present") or {}).get("state") == "beside"  # of images and galleries: no field tells it
    if not details.get("link"):
        return {"run": run, "stopped": None}
    is_settled = run.ended_at is not None and was_seen_after(content, run.ended_at)
    return {"run": None, "stopped": None if is_settled else run, "is_beside": is_beside and not is_settled}


def _modified(remote: RemoteVersion) -> Any:
    return getattr(remote.item, "modified_utc", None)


@bp.post("/content/<int:content_id>/drift/")
@requires(Permission.CONTENT_WRITE)
def decide(content_id: int) -> Any:
    """Carry out the choices; 409 with the page as it is now when either side has changed meanwhile."""
    act = request.form.get("act", "apply")
    if act not in ACTS:
        raise error_for("BAD_REQUEST", message=gettext("There is no such choice."), status=400)
    account_id = current_account_id()
    remote = fetch_remote_version(owned(Content, content_id, account_id))
    content = owned(Content, content_id, account_id)
    if remote is None:
        raise not_published_error(content)
    try:
        shown_state, version = request.form.get("seen", ""), parse_version(request.form.get("version"))
        resolution = actions.resolve_conflict(
            current_actor(), content, remote, act, _choices(), shown_state=shown_state, version=version
        )
        db.session.commit()
    except (Conflict, Undecided) as error:
        db.session.rollback()
        return _page(owned(Content, content_id, account_id), remote, error=error, status=error.status)
    is_done = act in PUBLISHES or resolution.taken or resolution.kept
    toast(_resolution_message(resolution, act), "success" if is_done else "info")
    return redirect_to(url_for("content.edit" if act == "take_all" else "drift.show", content_id=content_id))


def _choices() -> dict[str, str]:
    return {name: value for name in LABELS if (value := request.form.get(f"take-{name}", "")) in (THEIRS, OURS)}


def _resolution_message(resolution: Resolution, act: str) -> str:
    if act in PUBLISHES:
        if resolution.taken:
            return gettext("Your choices are kept. It is being published.")
        return gettext("It is being published.")
    sentences = []
    if resolution.taken:
        sentences.append(gettext("Updated from WordPress: %(fields)s.", fields=field_labels(resolution.taken)))
    if resolution.kept:
        sentences.append(
            gettext(
                "Kept as it is here: %(fields)s. It goes to WordPress with the next publish.",
                fields=field_labels(resolution.kept),
            )
        )
    if resolution.undecided:
        sentences.append(gettext("Still to be decided: %(fields)s.", fields=field_labels(resolution.undecided)))
    if not resolution.taken and not resolution.kept:
        sentences.insert(0, gettext("Nothing was chosen, so nothing changed."))
    elif not resolution.kept and not resolution.unchosen:
        sentences.append(gettext("Both sides are the same again."))
    return " ".join(sentences)
