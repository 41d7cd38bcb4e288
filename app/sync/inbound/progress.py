"""Shows how far WordPress is with a publish on the run that a person watches. Progress never goes back.

Services flush.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.content.models import Content
from app.core.extensions import db
from app.core.request_ids import parse_id
from app.core.runs import Run
from app.publishing import steps
from app.publishing.models import PublishRun
from app.publishing.run_kinds import PUBLISH
from app.sync.inbound.schemas import Progress

MAX_MESSAGE = 300


def show_progress(site_id: int, progress: Progress) -> bool:
    """Update the run's progress; False when no such run is active on this site, or it is further already."""
    db.session.execute(text("set local synchronous_commit to off"))  # progress that a crash forgets does no harm
    stmt = select(Run).where(Run.site_id == site_id, Run.kind == PUBLISH.name, Run.state == "running")
    run_id = _uuid(progress.run_id)
    if run_id is not None:
        stmt = stmt.where(Run.id == run_id)
    elif progress.run_id is None and (content_id := _content(site_id, progress)) is not None:
        run_ids = select(PublishRun.run_id).where(PublishRun.site_id == site_id, PublishRun.content_id == content_id)
        stmt = stmt.where(Run.id.in_(run_ids)).limit(1)
    else:
        return False
    run = db.session.scalar(stmt.with_for_update())
    values = changes_of(run.steps, run.done, run.total, progress) if run else {}
    for name, value in values.items():
        setattr(run, name, value)
    db.session.flush()
    return bool(values)


def changes_of(run_steps: list[Any], done: int, total: int | None, progress: Progress) -> dict[str, Any]:
    """The values to change in a run; empty when it is as far already (pure)."""
    current = next((number for number, step in enumerate(run_steps) if step["state"] == "running"), 0)
    reported = steps.NAMES.index(progress.step) if progress.step in steps.NAMES else current
    percent = round(progress.progress)
    if reported < current or (reported == current and total == 100 and percent < done):
        return {}
    values: dict[str, Any] = {"message": progress.message[:MAX_MESSAGE]} if progress.message else {}
    if steps.NAMES[current] != "media" or reported > current:  # while images are sent the app counts them itself
        values |= {"done": percent, "total": 100}
    if reported > current:
        name = steps.NAMES[reported]
        values |= {"steps": steps.states_of(name), "step": steps.LABELS[name]}
    return values


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def _content(site_id: int, progress: Progress) -> int | None:
    """The content that the progress is about, when it names no run."""
    for column, reference in ((Content.id, progress.content_id), (Content.task_id, progress.task_id)):
        if (number := parse_id(reference)) is not None:
            return db.session.scalar(select(Content.id).where(Content.site_id == site_id, column == number))
    return None
