"""What can be done with a changed brief, each as one use case. They flush; callers commit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Run
from app.writer.actions import start_drafts
from app.writer.briefs.models import Brief
from app.writer.briefs.outlines import start_outline
from app.writer.briefs.services import save_brief


@dataclass(frozen=True, slots=True)
class BriefSaved:
    """The stored brief, and the run that was started by it.

    `refusal` says why none was started, for instance for lack of credits: what the person wrote is kept all the same.
    """

    brief: Brief
    run: Run | None = None
    refusal: DomainError | None = None


def save_and_write(
    account_id: int, actor: Actor, task_id: int, values: dict[str, Any], *, expected_version: int
) -> BriefSaved:
    """Store a brief and have the draft written from it; no run when it is written, or being written, already.

    Raises like `save_brief`: then nothing is stored or started.
    """
    brief = save_brief(account_id, task_id, values, expected_version=expected_version)
    site_id = brief.site_id
    return _started(brief, lambda: start_drafts(account_id, actor, site_id, Selection([task_id])).run)


def save_and_propose(
    account_id: int, actor: Actor, task_id: int, values: dict[str, Any], *, expected_version: int
) -> BriefSaved:
    """Store a brief and have an outline proposed for it. Raises like `save_brief`."""
    brief = save_brief(account_id, task_id, values, expected_version=expected_version)
    return _started(brief, lambda: start_outline(account_id, actor, task_id))


def _started(brief: Brief, start: Callable[[], Run | None]) -> BriefSaved:
    try:
        with db.session.begin_nested():
            return BriefSaved(brief, start())
    except DomainError as refusal:
        return BriefSaved(brief, refusal=refusal)
