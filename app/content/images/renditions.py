"""The smaller files of images: asked for when an image comes in or is looked at, made by a worker, kept once.

Services flush; callers commit, except where it is said.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.content.images.metadata import Broken
from app.content.images.pixels import Rendition, is_animation, plain_rendition, web_renditions
from app.content.images.rendition_models import ImageRenditions
from app.content.images.shelves import IMAGES, RENDITIONS
from app.content.models import ContentImage
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.queue import enqueue_after_commit, new_job_id

WEB = "web-1"  # WebP in several widths; another recipe gets another number
PLAIN = "plain-1"  # one JPEG or PNG, for sites that do not take WebP
JOB = "jobs.content.make_image_renditions"
PENDING, MADE, FAILED = "pending", "made", "failed"
ASK_AGAIN_AFTER = timedelta(minutes=2)
MOST_ATTEMPTS = 5
NOT_MADE = "No smaller files could be made of it. It is shown and sent as it is."
DAMAGED = "The image is damaged: it cannot be read to its end. Upload it again."


@dataclass(frozen=True)
class Renditions:
    """The smaller files of an image: `files` as in `ImageRenditions`, only those that can be sent."""

    state: str
    files: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether a worker has yet to make them."""
        return self.state == PENDING

    @property
    def full(self) -> dict[str, Any] | None:
        """The file that is the whole image, as large as WordPress keeps one; None when it would not be smaller."""
        return next((file for file in self.files if file["is_full"]), None)

    def file_for(self, width: int) -> dict[str, Any] | None:
        """The narrowest file of at least this width; None when the image itself is what is left."""
        return next((file for file in self.files if file["width"] >= width), None)


NOTHING_YET = Renditions(PENDING)


def renditions_of(account_id: int, sources: Collection[str], recipe: str = WEB) -> dict[str, Renditions]:
    """The smaller files of these images, by hash; images that nobody asked for are pending."""
    stmt = select(ImageRenditions).where(
        ImageRenditions.account_id == account_id,
        ImageRenditions.source.in_(set(sources)),
        ImageRenditions.recipe == recipe,
    )
    rows = db.session.scalars(stmt) if sources else ()
    made = {row.source: Renditions(row.state, list(row.files), row.problem) for row in rows}
    return {source: made.get(source, NOTHING_YET) for source in sources}


def ask_for(account_id: int, sources: Collection[str], recipe: str = WEB) -> None:
    """Have a worker make the smaller files of these images, unless it did or was asked a short time ago. Flushes."""
    if not sources:
        return
    now = utcnow()
    _give_up(account_id, sources)
    rows = [_row(account_id, source, recipe, PENDING) for source in sorted(set(sources))]
    stmt = insert(ImageRenditions).values(rows)
    asked = stmt.on_conflict_do_update(
        index_elements=["account_id", "source", "recipe"],
        set_={"asked_at": now, "attempts": ImageRenditions.attempts + 1},
        where=(ImageRenditions.state == PENDING)
        & (ImageRenditions.asked_at < now - ASK_AGAIN_AFTER)
        & (ImageRenditions.attempts < MOST_ATTEMPTS),
    ).returning(ImageRenditions.source)
    for source in db.session.scalars(asked).all():
        enqueue_after_commit("default", JOB, new_job_id(), account_id, source, recipe)


def ask_anew(account_id: int, source: str, state: str) -> None:
    """Have the smaller files of an image, by whatever recipe, made once more that failed or are lost. Flushes."""
    _ask_for_rows(account_id, source, ImageRenditions.state == state, attempts=1)


def ask_once_more(account_id: int, source: str) -> None:
    """Let a worker try once more what was given up for this image: it counts as one more attempt. Flushes."""
    counted = func.greatest(ImageRenditions.attempts, MOST_ATTEMPTS) + 1
    _ask_for_rows(account_id, source, ImageRenditions.problem == NOT_MADE, attempts=counted)


def _ask_for_rows(account_id: int, source: str, condition: ColumnElement[bool], attempts: Any) -> None:
    stmt = update(ImageRenditions).where(
        ImageRenditions.account_id == account_id, ImageRenditions.source == source, condition
    )
    values = {"state": PENDING, "attempts": attempts, "asked_at": utcnow(), "problem": ""}
    asked = stmt.values(**values).returning(ImageRenditions.recipe)
    for recipe in db.session.scalars(asked, execution_options={"synchronize_session": False}).all():
        enqueue_after_commit("default", JOB, new_job_id(), account_id, source, recipe)


def count_awaited(account_id: int, sources: Collection[str], recipe: str) -> int:
    """Have a worker make what is missing or lost of these images. Returns how many it has yet to make. Commits.

    The number reaches 0 in the end: what no worker makes is given up, and images whose own file is gone are not
    counted.
    """
    there = {source for source in sources if IMAGES.has(account_id, source)}
    for source, made in renditions_of(account_id, there, recipe).items():
        if made.state == MADE and not _all_stored(account_id, made):
            ask_anew(account_id, source, MADE)
    waiting = {source for source, made in renditions_of(account_id, there, recipe).items() if made.is_pending}
    ask_for(account_id, waiting, recipe)
    awaited = sum(made.is_pending for made in renditions_of(account_id, waiting, recipe).values())
    db.session.commit()
    return awaited


def is_left_alone(image: ContentImage) -> bool:
    """Whether nothing will be made of this image: it moves, is damaged, or its file is gone. Reads the file."""
    try:
        return is_animation(IMAGES.load(image.account_id, image.sha256), image.mime)
    except (Broken, NotFound):
        return True


def _give_up(account_id: int, sources: Collection[str]) -> None:
    """Give up what no worker has finished in so many attempts: the images are shown as they are."""
    stmt = update(ImageRenditions).where(
        ImageRenditions.account_id == account_id,
        ImageRenditions.source.in_(set(sources)),
        ImageRenditions.state == PENDING,
        ImageRenditions.asked_at < utcnow() - ASK_AGAIN_AFTER,
        ImageRenditions.attempts >= MOST_ATTEMPTS,
    )
    values = {"state": FAILED, "problem": NOT_MADE}
    db.session.execute(stmt.values(**values), execution_options={"synchronize_session": False})


def make_renditions(account_id: int, source: str, recipe: str = WEB) -> Renditions:
    """Make the smaller files of an image, unless they are there. Safe to repeat, and when two do it at once. Commits.

    A damaged image makes none: `state` is failed. One whose file is gone stays pending. A worker that comes late still
    makes what was given up.
    """
    present = renditions_of(account_id, [source], recipe)[source]
    mime = db.session.scalar(
        select(ContentImage.mime).where(ContentImage.account_id == account_id, ContentImage.sha256 == source).limit(1)
    )
    db.session.commit()
    is_done = present.state == MADE and _all_stored(account_id, present)
    is_damaged = present.state == FAILED and present.problem != NOT_MADE
    if mime is None or is_done or is_damaged:
        return present
    try:
        values = _made(account_id, source, recipe, mime)
    except NotFound:
        return present
    _store(account_id, source, recipe, values, present)
    db.session.commit()
    return renditions_of(account_id, [source], recipe)[source]


def used_bytes(account_id: int) -> int:
    """Bytes of the smaller files of the images that contents of the account have."""
    used = select(ContentImage.sha256).where(ContentImage.account_id == account_id)
    stmt = select(func.sum(ImageRenditions.size)).where(
        ImageRenditions.account_id == account_id, ImageRenditions.source.in_(used)
    )
    return int(db.session.scalar(stmt) or 0)


def remove(account_id: int, sources: Collection[str]) -> None:
    """Delete the smaller files of these images, which no content has any more. Safe to repeat. Commits.

    The rows go last: without them nobody would know the files.
    """
    rows = ImageRenditions.account_id == account_id, ImageRenditions.source.in_(sources)
    made = db.session.scalars(select(ImageRenditions.files).where(*rows)).all()
    db.session.commit()
    for files in made:
        for file in files:
            RENDITIONS.remove(account_id, file["file"])
    db.session.execute(delete(ImageRenditions).where(*rows), execution_options={"synchronize_session": False})
    db.session.commit()


def _all_stored(account_id: int, renditions: Renditions) -> bool:
    return all(RENDITIONS.has(account_id, file["file"]) for file in renditions.files)


def _made(account_id: int, source: str, recipe: str, mime: str) -> dict[str, Any]:
    """The values of the row. Raises NotFound when the image is not in the media storage."""
    try:
        renditions = _by(recipe, IMAGES.load(account_id, source), mime)
    except Broken:
        return {"state": FAILED, "problem": DAMAGED}
    files = [_save_file(account_id, source, recipe, rendition) for rendition in renditions]
    return {"state": MADE, "files": files, "size": sum(file["size"] for file in files), "problem": ""}


def _by(recipe: str, data: bytes, mime: str) -> list[Rendition]:
    if recipe == WEB:
        return web_renditions(data, mime)
    plain = plain_rendition(data, mime)
    return [plain] if plain else []


def _save_file(account_id: int, source: str, recipe: str, rendition: Rendition) -> dict[str, Any]:
    sha256 = hashlib.sha256(rendition.data).hexdigest()
    name = hashlib.sha256(f"{source}:{recipe}:{sha256}".encode()).hexdigest()  # no other image has this file
    RENDITIONS.save_as(account_id, name, rendition.data)
    return {
        "file": name,
        "sha256": sha256,
        "mime": rendition.mime,
        "size": len(rendition.data),
        "width": rendition.width,
        "height": rendition.height,
        "is_full": rendition.is_full,
    }


def _store(account_id: int, source: str, recipe: str, values: dict[str, Any], present: Renditions) -> None:
    """Store the files; if another worker was first, it has made the same ones.

    Files that were lost and made again replace those in the row.
    """
    db.session.execute(
        insert(ImageRenditions).values(_row(account_id, source, recipe, PENDING)).on_conflict_do_nothing()
    )
    stmt = update(ImageRenditions).where(
        ImageRenditions.account_id == account_id,
        ImageRenditions.source == source,
        ImageRenditions.recipe == recipe,
        or_(ImageRenditions.state == present.state, ImageRenditions.problem == NOT_MADE),
    )
    db.session.execute(stmt.values(**values), execution_options={"synchronize_session": False})


def _row(account_id: int, source: str, recipe: str, state: str) -> dict[str, Any]:
    now = utcnow()
    return {
        "account_id": account_id,
        "source": source,
        "recipe": recipe,
        "state": state,
        "asked_at": now,
        "attempts": 1,
        "files": [],
        "size": 0,
        "problem": "",
        "created_at": now,
        "updated_at": now,
    }
