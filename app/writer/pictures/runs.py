"""Planning the pictures of a content, and drawing all that are planned, as the work of runs."""

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.ai import charging, gateway
from app.ai.builtin.languages import language_of
from app.ai.call_context import CallContext
from app.ai.charging import Charges
from app.ai.tasks.image import IMAGE
from app.ai.tasks.image_briefs import IMAGE_BRIEFS, ImageBriefsRequest
from app.content.images import services as images
from app.content.models import Content
from app.content.trash.services import refuse_trashed
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.core.wording import many
from app.thinker import strategy
from app.writer import drawing
from app.writer.briefs.services import find_brief
from app.writer.drafting.draft_text import DraftText, read_text
from app.writer.pictures import services
from app.writer.pictures.models import PlannedImage
from app.writer.run_kinds import DRAW_PLANNED, PLAN_IMAGES, pictures_lane

SUBJECT = "planned_images"
PLAN = "plan"
REFUSED = "AI_REFUSED"  # this picture will not be drawn, others may
MAX_SECONDS = 2400  # of a worker for one run at a time: well below those of a job, as a picture takes minutes


def start_plan(account_id: int, actor: Actor, content_id: int) -> Run:
    """Start planning pictures for a content's saved text; a run under way is returned. Flushes.

    Raises NotFound, Conflict for content in the trash and while pictures are drawn, NotEnoughCredits, Refused,
    DomainError for an empty text.
    """
    content = owned(Content, content_id, account_id)
    refuse_trashed(content)
    if services.ids_being_drawn(content):
        raise Conflict(
            gettext("The pictures of this text are being drawn."),
            code="PICTURES_BEING_DRAWN",
            cure=gettext("Plan again when they are there, or cancel the drawing first."),
        )
    if not read_text(content.content_html).blocks:
        raise DomainError(
            gettext("There is no text to plan pictures for."),
            code="NO_TEXT",
            cure=gettext("Write it and save, then plan its pictures."),
        )
    run = start_run(
        account_id=account_id,
        kind=PLAN_IMAGES,
        title=f"Planning pictures for “{content.title[:80]}”",
        actor=actor,
        site_id=content.site_id,
        subject_type=SUBJECT,
        subject_id=content.id,
        params={"content_id": content.id},
        exclusive_key=f"{PLAN_IMAGES.name}:{content.id}",
    )
    charging.reserve_credits(run, IMAGE_BRIEFS.credit_operation, 1)
    return run


def start_drawings(account_id: int, actor: Actor, content_id: int, role: str) -> Run:
    """Start drawing all planned pictures of a content that were not drawn yet; a run under way is returned. Flushes.

    Only as many as the content has room for. Raises NotFound, Conflict for content in the trash, NotEnoughCredits,
    Refused, DomainError where there is nothing to draw, no room for an image or no model that draws.
    """
    content = owned(Content, content_id, account_id)
    refuse_trashed(content)
    planned = services.undrawn(content)
    if not planned:
        raise DomainError(
            gettext("All pictures that are planned are drawn."),
            code="NOTHING_TO_DRAW",
            cure=gettext("Plan pictures first, or describe one."),
        )
    if not drawing.can_draw(content):
        raise IMAGE.missing()
    images.check_room(content)
    planned = planned[: images.room_for(content)]
    run = start_run(
        account_id=account_id,
        kind=DRAW_PLANNED,
        title=f"{many(len(planned), 'picture')} for “{content.title[:80]}”",
        actor=actor,
        site_id=content.site_id,
        subject_type=SUBJECT,
        subject_id=content.id,
        params={"content_id": content.id, "ids": [row.id for row in planned], "role": role},
        total=len(planned),
        lane=pictures_lane(account_id),
        exclusive_key=services.drawing_key(content.id),
    )
    charging.reserve_credits(run, IMAGE.credit_operation, len(run.params["ids"]))
    return run


def newest_picture_run(account_id: int, content_id: int) -> Run | None:
    """The run that was started last for the planned pictures of a content."""
    stmt = select(Run).where(Run.account_id == account_id, Run.subject_type == SUBJECT, Run.subject_id == content_id)
    return db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))


def plan_images(context: RunContext) -> Outcome:
    """Plan pictures for the saved text. Commits.

    A restarted run asks again, unless its plan was stored: people may have changed that by now.
    """
    account_id, content_id = context.run.account_id, context.run.params["content_id"]
    content = owned(Content, content_id, account_id)
    text, title = content.content_html, content.title
    request = _briefs_request(content, read_text(text))
    charges = Charges(context.run, IMAGE_BRIEFS.credit_operation, 1)
    if charges.is_noted(PLAN):
        return Outcome("The pictures are planned.", link=_link(content_id))
    db.session.commit()
    context.progress(step="Planning the pictures")
    call = CallContext(context.run_id, subject=title, cancelled=context.should_stop)
    answered = gateway.run(account_id, IMAGE_BRIEFS, request, call=call)
    content = images.lock_content(content_id, account_id)
    planned = services.keep_plan(content, [image.model_dump() for image in answered.result.images], text)
    charges.charge(PLAN, units=1, object_type="content", object_id=content_id, title=title, answered=answered)
    db.session.commit()
    return Outcome(f"Planned {many(planned, 'picture')}.", link=_link(content_id))


def _briefs_request(content: Content, text: DraftText) -> ImageBriefsRequest:
    brief = find_brief(content.account_id, content.task_id) if content.task_id is not None else None
    plain = "\n".join(block.text for block in text.blocks)
    return ImageBriefsRequest(
        title=content.title,
        headings=[block.text for block in text.headings if block.level == 2],
        text=plain,
        language=brief.language if brief else language_of([content.title, plain[:2000]]),
        site_name=content.site.name,
        strategy=strategy.note_for(content.account_id, content.site_id),
    )


def draw_planned(context: RunContext) -> Outcome:
    """Draw the pictures that the run was started with, each stored by itself: none is drawn twice. Commits.

    A picture that the model declines does not hold up the others. Other runs get their turn between two pictures.
    """
    account_id, content_id = context.run.account_id, context.run.params["content_id"]
    planned_ids: list[int] = context.run.params["ids"]
    charges = Charges(context.run, IMAGE.credit_operation, len(planned_ids))
    declined: dict[str, Any] = dict(context.so_far.get("declined", {}))  # why, by id
    turn, until = Turn(context), time.monotonic() + MAX_SECONDS
    is_drawn = _drawn_by_id(account_id, planned_ids)
    waiting = [row_id for row_id in planned_ids if is_drawn.get(row_id) is False and str(row_id) not in declined]
    for planned_id in waiting:
        if planned_id != waiting[0] and (turn.is_over() or time.monotonic() > until):
            why = turn.why or "Going on in a moment"
            raise TryAgain(timedelta(0), why, counts=False, so_far={"declined": declined})
        context.progress(step="Drawing", done=planned_ids.index(planned_id), total=len(planned_ids))
        try:
            _draw_one(context, content_id, planned_id, charges)
        except DomainError as error:
            if error.code != REFUSED:
                raise
            db.session.rollback()
            declined[str(planned_id)] = error.as_dict()
    drawn = sum(_drawn_by_id(account_id, planned_ids).values())
    if declined and not drawn:
        raise DomainError(**list(declined.values())[-1])
    left = len(services.undrawn(owned(Content, content_id, account_id)))
    says = f"Drew {many(drawn, 'picture')}." + (f" {left:,} left." if left else "")
    return Outcome(says, link=_link(content_id))


def _drawn_by_id(account_id: int, planned_ids: list[int]) -> dict[int, bool]:
    """Whether each of these is drawn, in whatever turn or way, by id; without those that are no longer planned."""
    mine = (PlannedImage.account_id == account_id, PlannedImage.id.in_(planned_ids))
    rows = db.session.execute(select(PlannedImage.id, PlannedImage.image_id).where(*mine))
    return {planned_id: image_id is not None for planned_id, image_id in rows}


def _draw_one(context: RunContext, content_id: int, planned_id: int, charges: Charges) -> None:
    """Draw a planned picture and add it to the content, unless it is drawn or no longer planned. Commits.

    When somebody changes its words meanwhile, the image stays with the content under the words that it was drawn from,
    and the picture still has to be drawn.
    """
    account_id = context.run.account_id
    planned = db.session.get(PlannedImage, planned_id, populate_existing=True)
    if planned is None or planned.account_id != account_id or planned.image_id is not None:
        db.session.commit()
        return
    prompt, alt, content = planned.shows, planned.alt_text, owned(Content, content_id, account_id)
    images.check_room(content)
    answered = drawing.ask_for_image(context, content, prompt)
    content = images.lock_content(content_id, account_id)
    stmt = select(PlannedImage).where(PlannedImage.id == planned_id, PlannedImage.image_id.is_(None)).with_for_update()
    planned = db.session.scalar(stmt.execution_options(populate_existing=True))
    if planned is None:  # taken out, or drawn by itself meanwhile
        db.session.commit()
        return
    name = f"{drawing.filename_for(prompt)}-{context.run_id.hex[:8]}-{planned_id}"
    image = images.add_image(content, answered.result, name, _role(context, content))
    if planned.shows == prompt:
        image.alt, planned.image_id = planned.alt_text, image.id
    else:
        image.alt = alt
    charge: dict[str, Any] = {"object_type": "content", "object_id": content.id, "title": content.title}
    charges.charge(f"image:{planned_id}", units=1, answered=answered, **charge)
    db.session.commit()


def _role(context: RunContext, content: Content) -> str:
    """Where the next image of the run goes: there is one featured image, so only the first of a run becomes it."""
    is_first = not any(context.run_id.hex[:8] in image.filename for image in content.images)
    role = str(context.run.params["role"])
    return role if is_first or role != "featured" else "gallery"


def _link(content_id: int) -> str:
    return f"/content/{content_id}/edit/#images"
