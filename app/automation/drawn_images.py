"""Taking away the images that an execution drew, where nobody has changed or used them since. Flushes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.automation.models import RuleExecution
from app.content.images import actions as images
from app.content.models import Content, ContentImage
from app.content.state import DRAFT, SCHEDULED
from app.content.trash.services import LISTED
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.wording import many
from app.writer.pictures import services as pictures
from app.writer.pictures.models import PlannedImage


def undo_images(_actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Take away what was drawn, with its plans. Returns in English what was taken away, and what stays."""
    images_by_content = _drawn_by(execution, step)
    taken = kept = 0
    for content, drawn in images_by_content:
        for image in drawn:
            plan = db.session.scalar(select(PlannedImage).where(PlannedImage.image_id == image.id))
            is_taken = not _is_used(content, image, plan) and _take_away(content, image, plan)
            taken, kept = taken + is_taken, kept + (not is_taken)
    plans = _remove_undrawn_plans(execution, step)
    words = f"{many(taken, 'image')} taken away, {many(plans, 'plan')} of pictures deleted"
    return f"{words}, {kept:,} kept that somebody has changed or used since" if kept else words


def _drawn_by(execution: RuleExecution, step: Mapping[str, Any]) -> list[tuple[Content, list[ContentImage]]]:
    """The images that the runs of the action drew, by content: their names end with the run and the plan."""
    mine = (Content.account_id == execution.account_id, Content.site_id == execution.site_id, LISTED)
    stmt = select(Content).where(*mine, Content.id.in_(step["subjects"])).order_by(Content.id)
    runs = [one for other in execution.steps if other["action"] == step["action"] for one in other["run_ids"]]
    named = or_(*(ContentImage.filename.contains(f"-{UUID(run_id).hex[:8]}-") for run_id in runs))
    if not runs:
        return []
    return [(content, _images_of(content, named)) for content in db.session.scalars(stmt)]


def _images_of(content: Content, named: Any) -> list[ContentImage]:
    stmt = select(ContentImage).where(ContentImage.content_id == content.id, named).order_by(ContentImage.id)
    return list(db.session.scalars(stmt))


def _is_used(content: Content, image: ContentImage, plan: PlannedImage | None) -> bool:
    """Whether it is in the text or live, or somebody has said anything of it or of its plan."""
    is_described = bool(image.caption or image.title) or plan is None or plan.is_edited or image.alt != plan.alt_text
    return is_described or image.sha256 in content.content_html or content.state not in (DRAFT, SCHEDULED)


def _take_away(content: Content, image: ContentImage, plan: PlannedImage | None) -> bool:
    try:
        with db.session.begin_nested():
            images.remove_image(content.account_id, content.id, image.id)
            if plan is not None:
                db.session.refresh(plan)
                pictures.remove_planned_image(content.account_id, plan.id, expected_version=plan.version)
    except DomainError:
        return False  # somebody works on it at this moment
    return True


def _remove_undrawn_plans(execution: RuleExecution, step: Mapping[str, Any]) -> int:
    """Delete the plans of the execution that nobody has changed and nothing was drawn from. Returns how many."""
    mine = (
        PlannedImage.account_id == execution.account_id,
        PlannedImage.content_id.in_(step["subjects"]),
        PlannedImage.created_at.between(execution.started_at, execution.ended_at),
        PlannedImage.is_edited.is_(False),
        PlannedImage.image_id.is_(None),
    )
    plans: Sequence[PlannedImage] = db.session.scalars(select(PlannedImage).where(*mine)).all()
    for plan in plans:
        pictures.remove_planned_image(execution.account_id, plan.id, expected_version=plan.version)
    return len(plans)
