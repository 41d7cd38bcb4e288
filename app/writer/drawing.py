"""Images drawn by the account's model for a piece of content, as the work of a run."""

from typing import Any

from sqlalchemy import select

from app.ai import charging, gateway
from app.ai.call_context import Answered, CallContext
from app.ai.charging import Charges
from app.ai.tasks.image import IMAGE, ImageRequest, check_prompt
from app.content.images import services as images
from app.content.models import Content
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.tenancy import owned
from app.taxonomy.slugs import normalise_slug
from app.thinker import strategy
from app.writer.pictures import services as pictures
from app.writer.run_kinds import DRAW_IMAGE

SUBJECT = "drawing"


def can_draw(content: Content) -> bool:
    """Whether the account has chosen a model for images."""
    try:
        return gateway.has_model(content.account_id, IMAGE.key)
    except DomainError:
        return True  # the panel says why it does not work


def start_drawing(account_id: int, actor: Actor, content_id: int, prompt: str, role: str) -> Run:
    """Start drawing an image for a content; one at a time for each description. Flushes.

    Raises NotFound, Conflict for content in the trash, NotEnoughCredits, Refused, and DomainError for an invalid
    description, when there is no room for an image, or no model that draws.
    """
    content = owned(Content, content_id, account_id)
    images.check_room(content)
    prompt = check_prompt(prompt)
    if not can_draw(content):
        raise IMAGE.missing()
    run = start_run(
        account_id=account_id,
        kind=DRAW_IMAGE,
        title=f"Image for “{content.title[:80]}”",
        actor=actor,
        site_id=content.site_id,
        subject_type=SUBJECT,
        subject_id=content.id,
        params={"content_id": content.id, "prompt": prompt, "role": role},
        exclusive_key=f"draw_image:{content.id}",
    )
    charging.reserve_credits(run, IMAGE.key, 1)
    return run


def newest_drawing(account_id: int, content_id: int) -> Run | None:
    """The drawing run that was started last for a content."""
    stmt = select(Run).where(Run.account_id == account_id, Run.subject_type == SUBJECT, Run.subject_id == content_id)
    return db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))


def next_prompt(content: Content) -> str:
    """The description of the first planned image that was not drawn yet; empty when there is none."""
    return next((row.shows for row in pictures.undrawn(content)), "")


def draw_image(context: RunContext) -> Outcome:
    """Draw the run's image and add it to the content. May be restarted: no image is drawn twice. Commits."""
    params: dict[str, Any] = context.run.params
    account_id, content_id = context.run.account_id, params["content_id"]
    content = owned(Content, content_id, account_id)
    filename = f"{filename_for(params['prompt'])}-{context.run_id.hex[:8]}"
    link = f"/content/{content_id}/edit/#images"
    if any(context.run_id.hex[:8] in image.filename for image in content.images):
        return Outcome("The image is there.", link=link)
    images.check_room(content)
    charges = Charges(context.run, IMAGE.key, 1)
    context.progress(step="Drawing")
    drawn = ask_for_image(context, content, params["prompt"])
    content = images.lock_content(content_id, account_id)
    image = images.add_image(content, drawn.result, filename, params["role"])
    image.alt = pictures.mark_drawn(content, params["prompt"], image) or params["prompt"][:500]
    charges.charge("image", units=1, object_type="content", title=content.title, object_id=content.id, answered=drawn)
    db.session.commit()
    return Outcome("The image is drawn. Look whether its alt text says what it shows.", link=link)


def ask_for_image(context: RunContext, content: Content, prompt: str) -> Answered[bytes]:
    """Have an image of this description drawn in the site's style.

    Commits first: no transaction is open while a model draws.
    """
    settings = strategy.images_for(content.account_id, content.site_id)
    request = ImageRequest(
        prompt=_in_style(prompt, settings.style), model=settings.model, size=settings.size, quality=settings.quality
    )
    account_id, title = content.account_id, content.title
    db.session.commit()
    call = CallContext(context.run_id, subject=title, cancelled=context.should_stop)
    return gateway.run(account_id, IMAGE, request, call=call)


def filename_for(prompt: str) -> str:
    """What the file of a drawn image is called, before its number."""
    return normalise_slug(prompt)[:50].strip("-") or "image"


def _in_style(prompt: str, style: str) -> str:
    return f"{prompt}\n\nStyle: {style}" if style else prompt
