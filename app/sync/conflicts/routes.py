"""The page on which a person settles what differs between a content and WordPress."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.content import bulk, listing
from app.content.models import Content
from app.core import audit
from app.core.access import can, current_account_id, current_user_id, requires
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.extensions import db
from app.core.htmx import redirect_to, toast
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.tenancy import owned
from app.mirror import drift
from app.mirror.models import RemoteState
from app.publishing.services import publish_over
from app.sites.connection import login_of
from app.sites.error_codes import told
from app.sync.conflicts.comparison import Look, differences, heal, look, not_there, standing
from app.sync.conflicts.differences import LABELS, Difference
from app.sync.conflicts.resolve import OURS, THEIRS, Settled, fetch_picture, settle

PUBLISH = "publish"


class Undecided(DomainError):
    """A field that both sides changed has no side chosen."""


bp = Blueprint("drift", __name__)
ACTS = {
    "apply": "field by field",
    "apply_publish": "field by field, then published",
    "take_all": "WordPress's version taken over",
    "publish_ours": "the version here published over WordPress's",
    "link": "linked to the post of that number, and published",
    "create": "published as a new post",
}
PUBLISHES = ("apply_publish", "publish_ours", "link", "create")
ADOPT = {"link": "link", "create": "new"}
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
        raise told("BAD_REQUEST", message="There is no such choice.", status=400)
    if act in PUBLISHES and not can(Permission.CONTENT_PUBLISH):
        raise Forbidden()
    account_id = current_account_id()
    seen = look(owned(Content, content_id, account_id))
    content = owned(Content, content_id, account_id)
    if seen is None:
        raise not_there(content)
    try:
        _refuse_moved(seen)
        before = content.sync_state
        settled = _do(account_id, content, seen, act)
        _note(content, act, before, settled)
        db.session.commit()
    except (Conflict, Undecided) as error:
        db.session.rollback()
        return _page(owned(Content, content_id, account_id), seen, error=error, status=error.status)
    toast(_said(settled, act))
    return redirect_to(url_for("content.edit" if act == "take_all" else "drift.show", content_id=content_id))


def _note(content: Content, act: str, before: str, settled: Settled) -> None:
    if act not in PUBLISHES and not (settled.taken or settled.kept):
        return  # nothing was settled
    done = {"choice": ACTS[act], "taken": settled.taken, "kept": settled.kept, "undecided": settled.undecided}
    audit.record(content.account_id, "publish.settled", subject=content.title, before={"differed": before}, after=done)


def _refuse_moved(seen: Look) -> None:
    if request.form.get("seen") != seen.seen:
        raise told(
            "EDITED_IN_WORDPRESS",
            Conflict,
            cure="Look at both versions again, then choose.",
            message="WordPress changed it after this page was opened. Here is what it has now.",
        )


def _do(account_id: int, content: Content, seen: Look, act: str) -> Settled:
    version = request.form.get("version", 0, type=int)
    settled = Settled()
    if seen.item is not None and act not in ADOPT:
        choices = _choices(act)
        picture = None
        if choices.get("featured_image") == THEIRS:
            login = login_of(content.site)
            db.session.commit()
            picture = fetch_picture(seen, login)
        by = str(g.get("actor_name") or "")
        settled = settle(account_id, content.id, seen, choices, expected_version=version, by=by, picture=picture)
    if act == "apply_publish" and settled.undecided:
        raise Undecided(
            f"Not published: {_list(settled.undecided)} is not decided yet.",
            code="UNDECIDED",
            cure="Choose a side for each field that was changed in WordPress; nothing was changed so far.",
        )
    if act in PUBLISHES:
        params = seen.as_params(ADOPT.get(act))
        publish_over(owned(Content, content.id, account_id), current_user_id(), params)
    return settled


def _list(names: Sequence[str]) -> str:
    """Labels of fields, as a sentence has them."""
    return ", ".join(f"“{LABELS[name]}”" for name in names)


def _choices(act: str) -> dict[str, str]:
    if act in ("take_all", "publish_ours"):
        return dict.fromkeys(LABELS, THEIRS if act == "take_all" else OURS)
    return {name: value for name in LABELS if (value := request.form.get(f"take-{name}", "")) in (THEIRS, OURS)}


def _said(settled: Settled, act: str) -> str:
    if act in PUBLISHES:
        return "Your choices are kept. It is being published." if settled.taken else "It is being published."
    said = [f"Taken over from WordPress: {_list(settled.taken)}."] if settled.taken else []
    if settled.kept:
        said.append(f"Kept as it is here: {_list(settled.kept)}. It goes to WordPress with the next publish.")
    if settled.undecided:
        said.append(f"Still to be decided: {_list(settled.undecided)}.")
    if not settled.taken and not settled.kept:
        said.insert(0, "Nothing was chosen, so nothing changed.")
    elif not settled.kept and not settled.left:
        said.append("Both sides are the same again.")
    return " ".join(said)
