"""Moving the labels of a prompt: what is the draft, and what is live. Services flush; callers commit."""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.thinker import prompts
from app.thinker.models import DRAFT, LIVE, PromptLabel, PromptVersion
from app.thinker.operations import AnyOperation
from app.thinker.prompts import SHIPPED

LABELS = (DRAFT, LIVE)


@dataclass(frozen=True, slots=True)
class LabelMove:
    """Where a label was and is, as ids of versions; None is the shipped default.

    `is_way_back`: it goes back to where it was before or to the shipped default, or does not move.
    """

    before: int | None
    after: int | None
    is_way_back: bool


def move_label(
    account_id: int, actor: Actor, operation: AnyOperation, label: str, version_id: int, seen: int
) -> LabelMove:
    """Put the label on this version, SHIPPED for the shipped default. Returns the move. Flushes.

    Moving to where the label came from counts as going back, except right after such a move: then it counts as going
    on. `seen` is the number of moves that the person saw. Raises Conflict when somebody else moved it since, and
    NotFound.
    """
    if label not in LABELS:
        raise DomainError(
            gettext("There is no such label."), code="LABEL_UNKNOWN", cure=gettext("Choose draft or live.")
        )
    target = prompts.get_version(account_id, operation, version_id).id if version_id else None
    row = prompts.lock_label(account_id, operation.key, label)
    before = row.version_id
    if row.moves != seen:
        raise _moved_meanwhile(row)
    if before == target:
        return LabelMove(before, target, True)
    moved = LabelMove(before, target, target is None or row.previous_id == target)
    row.previous_id, row.version_id = None if moved.is_way_back else before, target
    row.moves += 1
    row.moved_at, row.moved_by = utcnow(), actor.short_name[:260]
    db.session.flush()
    return moved


def _moved_meanwhile(row: PromptLabel) -> Conflict:
    number = db.session.scalar(select(PromptVersion.number).where(PromptVersion.id == (row.version_id or SHIPPED)))
    place = f"version {number}" if number else "the shipped default"
    return Conflict(
        gettext(
            "%(moved_by)s moved “%(label)s” to %(place)s after you opened this page. Nothing was changed.",
            moved_by=row.moved_by or "Somebody",
            label=row.label,
            place=place,
        ),
        code="LABEL_MOVED",
        cure=gettext("Look at what is there now, then move it again if you still want to."),
    )
