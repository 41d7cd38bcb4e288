"""The pictures that are planned for a content. Planning again leaves what a person changed or what is drawn as it is.

Services flush; callers commit.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update

from app.ai.tasks.image import check_prompt
from app.ai.wording import title_key
from app.content.models import Content, ContentImage
from app.content.trash.services import refuse_trashed
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.writer.pictures.models import PlannedImage
from app.writer.run_kinds import DRAW_PLANNED

MOST = 30
LENGTHS = {"heading": 300, "alt": 500}
_STAYS = or_(PlannedImage.is_edited, PlannedImage.image_id.is_not(None))


def planned_images(content: Content) -> Sequence[PlannedImage]:
    """The planned pictures of a content, in order."""
    mine = (PlannedImage.account_id == content.account_id, PlannedImage.content_id == content.id)
    return db.session.scalars(select(PlannedImage).where(*mine).order_by(PlannedImage.position, PlannedImage.id)).all()


def text_digest_of(html: str) -> bytes:
    """What tells one text from another."""
    return hashlib.blake2b(html.encode(errors="replace"), digest_size=16).digest()


def is_for_another_text(content: Content, planned: Iterable[PlannedImage]) -> bool:
    """Whether the text was changed since the pictures were planned for it."""
    digest = text_digest_of(content.content_html)
    return any(row.text_digest is not None and row.text_digest != digest for row in planned)


def drawing_key(content_id: int) -> str:
    """The exclusive key of the run that draws what is planned for a content."""
    return f"{DRAW_PLANNED.name}:{content_id}"


def ids_being_drawn(content: Content) -> list[int]:
    """Ids of the planned pictures that a drawing run, active or waiting, was started with."""
    run = find_active(drawing_key(content.id), content.account_id)
    return list(run.params["ids"]) if run is not None else []


def keep_plan(content: Content, briefs: Sequence[Mapping[str, Any]], text: str) -> int:
    """Plan these pictures (`heading`, `shows`, `alt`) for a content with this text; returns how many are new. Flushes.

    They replace the plans that nobody has changed or drawn and no run is drawing; none is planned for the same place or
    with the same words as a picture that stays.
    """
    mine = (PlannedImage.account_id == content.account_id, PlannedImage.content_id == content.id)
    goes = (*mine, ~_STAYS, PlannedImage.id.not_in(ids_being_drawn(content)))
    db.session.execute(delete(PlannedImage).where(*goes).execution_options(synchronize_session="fetch"))
    digest = text_digest_of(text)
    db.session.execute(update(PlannedImage).where(*mine).values(text_digest=digest, updated_at=PlannedImage.updated_at))
    staying = planned_images(content)
    places = {title_key(row.heading) for row in staying} - {""}
    words = {title_key(row.shows) for row in staying}
    new = [
        brief
        for brief in briefs
        if title_key(brief["heading"]) not in places and title_key(brief["shows"]) not in words
    ][: max(0, MOST - len(staying))]
    for position, brief in enumerate(new):
        db.session.add(
            PlannedImage(
                account_id=content.account_id,
                site_id=content.site_id,
                content_id=content.id,
                position=position,
                heading=brief["heading"],
                shows=brief["shows"],
                alt=brief["alt"],
                text_digest=digest,
            )
        )
    db.session.flush()
    return len(new)


def save_planned_image(
    account_id: int, planned_id: int, values: Mapping[str, str], *, expected_version: int
) -> PlannedImage:
    """Store a person's changes to a planned picture. Flushes.

    Raises NotFound, Conflict when somebody else saved it since, and DomainError for an invalid text.
    """
    planned = _locked(account_id, planned_id, expected_version)
    texts = {name: " ".join(values.get(name, "").split()) for name in LENGTHS}
    for name, text in texts.items():
        if len(text) > LENGTHS[name]:
            raise DomainError(
                gettext("It has at most %(most)s characters.", most=LENGTHS[name]),
                code="TEXT_TOO_LONG",
                field=name,
                cure=gettext("Make it shorter."),
            )
    planned.shows = check_prompt(values.get("prompt", ""))
    planned.heading, planned.alt = texts["heading"], texts["alt"]
    planned.is_edited, planned.version = True, planned.version + 1
    db.session.flush()
    return planned


def remove_planned_image(account_id: int, planned_id: int, *, expected_version: int) -> int:
    """Remove a planned picture; an image that was drawn stays with the content. Returns the content's id. Flushes.

    Raises NotFound, and Conflict when somebody else saved it since.
    """
    planned = _locked(account_id, planned_id, expected_version)
    db.session.delete(planned)
    db.session.flush()
    return planned.content_id


def _locked(account_id: int, planned_id: int, expected_version: int) -> PlannedImage:
    mine = (PlannedImage.id == planned_id, PlannedImage.account_id == account_id)
    stmt = select(PlannedImage).where(*mine).with_for_update()
    planned = db.session.scalar(stmt.execution_options(populate_existing=True))
    if planned is None:
        raise NotFound(gettext("This picture is not planned any more."))
    refuse_trashed(owned(Content, planned.content_id, account_id))
    if planned.version != expected_version:
        raise Conflict(
            gettext("Somebody else changed this picture meanwhile."),
            code="PICTURE_CONFLICT",
            cure=gettext("Copy what you wrote, and open it again."),
        )
    return planned


def undrawn(content: Content) -> list[PlannedImage]:
    """The planned pictures that were not drawn yet, in order."""
    return [row for row in planned_images(content) if row.image_id is None]


def mark_drawn(content: Content, prompt: str, image: ContentImage) -> str:
    """Link a drawn image to the picture that was planned with these words, unless another was drawn of it.

    Returns its alternative text, "" if none was planned. White space does not count: browsers send lines with line
    endings of their own. Flushes.
    """
    mine = (PlannedImage.account_id == content.account_id, PlannedImage.content_id == content.id)
    order = (PlannedImage.image_id.is_not(None), PlannedImage.position, PlannedImage.id)
    stmt = select(PlannedImage).where(*mine).order_by(*order).with_for_update()
    rows = db.session.scalars(stmt.execution_options(populate_existing=True))
    planned = next((row for row in rows if row.shows.split() == prompt.split()), None)
    if planned is None:  # or taken out at this very moment
        return ""
    planned.image_id = planned.image_id or image.id
    db.session.flush()
    return planned.alt_text
