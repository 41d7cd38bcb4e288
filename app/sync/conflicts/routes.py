"""The page on which a person settles what differs between a content and WordPress."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.content import bulk, listing
from app.content.models import Content
from app.core.access import can, current_account_id, current_actor, requires
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.tenancy import owned
from app.mirror import drift
from app.mirror.models import RemoteState
from app.sites.error_codes import error_for
from app.sync.conflicts import actions
from app.sync.conflicts.actions import ACTS, PUBLISHES, Undecided, in_words
from app.sync.conflicts.comparison import Look, differences, heal, look, not_there, standing
from app.sync.conflicts.differences import LABELS, Difference
from app.sync.conflicts.resolve import OURS, THEIRS, Settled

PUBLISH = "publish"


bp = Blueprint("drift", __name__)
S = RemoteState.__table__


@bp.get("/content/<int:content_id>/conflict/")
@requires(Permission.SITES_READ)
def old_address(content_id: int) -> Response:
    """What earlier messages link to."""
    return redirect(url_for("drift.show", content_id=owned(Content, content_id, current_account_id()).id))


@bp.get("/content/<int:content_id>/drift/")
@requires(Permission.SITES_READ)
def show(content_id: int) -> tuple[str, int]:
    """Both versions beside each other, by field, as they are at this moment; a publish that is under way first."""
    content = owned(Content, content_id, current_account_id())
    run = _newest_run(content)
    if run is not None and run.kind == PUBLISH and run.is_active and not run.is_later:
        return render_template("sync/drift.html", content=content, run=run), 200
    seen = look(content)
    return _page(owned(Content, content_id, current_account_id()), seen)


def _newest_run(content: Content) -> Run | None:
    return listing.runs_to_show(content.account_id, [content.id]).get(content.id)


def _page(
    content: Content, seen: Look | None, *, error: DomainError | None = None, status: int = 200
) -> tuple[str, int]:
    """`error` says why what was chosen was not done; choices are kept."""
    if seen is None:
        return render_template("sync/drift.html", content=content, seen=None, fields=[], error=error), status
    fields = [] if seen.is_doubtful else _compared(content, seen)
    if not seen.is_doubtful and _is_stale(content, seen, fields):
        heal(content, seen)
        fields = _compared(content, seen)
    page = render_template(
        "sync/drift.html",
        content=content,
        seen=seen,
        fields=fields,
        error=error,
        chosen=request.form,
        may_take=any(one.may_take for one in fields),
        changed=_modified(seen),
        **_ended(content),
    )
    return page, status


def _ended(content: Content) -> dict[str, Any]:
    """The newest publish when it failed: `run`, or `stopped` when a difference stopped it that is not settled since."""
    run = _newest_run(content)
    if run is None or run.kind != PUBLISH or run.state != "failed":
        return {"run": None, "stopped": None}
    details = (run.error or {}).get("details") or {}
    is_beside = (details.get("present") or {}).get("state") == "beside"  # of images and galleries: no field tells it
    if not details.get("link"):
        return {"run": run, "stopped": None}
    heard = db.session.scalar(select(S.c.seen_at).where(S.c.content_id == content.id))
    is_settled = heard is not None and run.ended_at is not None and heard > run.ended_at
    return {"run": None, "stopped": None if is_settled else run, "is_beside": is_beside and not is_settled}


def _is_stale(content: Content, seen: Look, fields: list[Difference]) -> bool:
    """Whether the row says something else than the look: then the row is put right."""
    if seen.item is None:
        return bool(seen.where) and content.remote_status != seen.where
    is_other = content.sync_state != drift.IN_STEP or seen.kind == "term"  # the hash of a term is told in no event
    return content.sync_state == drift.GONE or (not fields and is_other)


def _compared(content: Content, seen: Look) -> list[Difference]:
    state = db.session.execute(select(*S.c).where(S.c.content_id == content.id)).one()
    told = seen.told(state.images)
    if told is None:
        return []
    row = bulk.lock_contents([content.id])[content.id]
    found = standing(state, row, told)
    fields = differences(content, seen, found, told)
    db.session.commit()
    return fields


def _modified(seen: Look) -> Any:
    return getattr(seen.item, "modified_utc", None)


@bp.post("/content/<int:content_id>/drift/")
@requires(Permission.CONTENT_WRITE)
def decide(content_id: int) -> Any:
    """Do what was chosen; 409 with the page as it is now when either side moved on meanwhile."""
    act = request.form.get("act", "apply")
    if act not in ACTS:
        raise error_for("BAD_REQUEST", message="There is no such choice.", status=400)
    if act in PUBLISHES and not can(Permission.CONTENT_PUBLISH):
        raise Forbidden()
    account_id = current_account_id()
    seen = look(owned(Content, content_id, account_id))
    content = owned(Content, content_id, account_id)
    if seen is None:
        raise not_there(content)
    try:
        shown, version = request.form.get("seen", ""), request.form.get("version", 0, type=int)
        settled = actions.decide(current_actor(), content, seen, act, _choices(), shown=shown, version=version)
        db.session.commit()
    except (Conflict, Undecided) as error:
        db.session.rollback()
        return _page(owned(Content, content_id, account_id), seen, error=error, status=error.status)
    toast(_said(settled, act))
    return redirect_to(url_for("content.edit" if act == "take_all" else "drift.show", content_id=content_id))


def _choices() -> dict[str, str]:
    return {name: value for name in LABELS if (value := request.form.get(f"take-{name}", "")) in (THEIRS, OURS)}


def _said(settled: Settled, act: str) -> str:
    if act in PUBLISHES:
        return "Your choices are kept. It is being published." if settled.taken else "It is being published."
    said = [f"Taken over from WordPress: {in_words(settled.taken)}."] if settled.taken else []
    if settled.kept:
        said.append(f"Kept as it is here: {in_words(settled.kept)}. It goes to WordPress with the next publish.")
    if settled.undecided:
        said.append(f"Still to be decided: {in_words(settled.undecided)}.")
    if not settled.taken and not settled.kept:
        said.insert(0, "Nothing was chosen, so nothing changed.")
    elif not settled.kept and not settled.left:
        said.append("Both sides are the same again.")
    return " ".join(said)
