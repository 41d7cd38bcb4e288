"""Strategy notes and image settings: one for all sites, one for each that differs. Services flush; callers commit."""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext, local_number
from app.thinker.models import ImageSettings, StrategyNote

NOTE_LENGTH = 10_000
STYLE_LENGTH = 2_000
SIZES = ("", "1024x1024", "1536x1024", "1024x1536", "1792x1024", "1024x1792")
QUALITIES = ("", "low", "medium", "high", "standard", "hd")
QUALITY_WORDS = (N_("Low"), N_("Medium"), N_("High"), N_("Standard"))  # of those that are words
T = TypeVar("T", StrategyNote, ImageSettings)


def stored(model: type[T], account_id: int, site_id: int | None) -> T | None:
    """The row of this site, or that of all sites."""
    place = model.site_id == site_id if site_id else model.site_id.is_(None)
    return db.session.scalar(select(model).where(model.account_id == account_id, place))


def save_note(account_id: int, site_id: int | None, note: str, *, author: str, seen: int) -> StrategyNote:
    """Keep the note. Flushes. `seen` is the version that the person began with, 0 for none. Raises Conflict."""
    note = note.replace("\r\n", "\n").strip()
    _check_length(note, NOTE_LENGTH, "note", N_("The note"))
    row = _locked(StrategyNote, account_id, site_id, seen, {"note": "", "author": ""})
    row.note, row.author = note, author[:260]
    return _saved(row)


def save_images(account_id: int, site_id: int | None, values: Mapping[str, str], *, seen: int) -> ImageSettings:
    """Keep the image settings. Flushes. Raises DomainError and Conflict."""
    style = values.get("style", "").replace("\r\n", "\n").strip()
    _check_length(style, STYLE_LENGTH, "style", N_("The style"))
    model = values.get("model", "").strip()
    _check_length(model, 200, "model", N_("The model"))
    for name, choices in (("size", SIZES), ("quality", QUALITIES)):
        if values.get(name, "") not in choices:
            raise DomainError(
                gettext("There is no such size.") if name == "size" else gettext("There is no such quality."),
                code="CHOICE_UNKNOWN",
                cure=gettext("Choose one."),
                field=name,
            )
    blank = {"model": "", "size": "", "quality": "", "style": ""}
    row = _locked(ImageSettings, account_id, site_id, seen, blank)
    row.model, row.style = model, style
    row.size, row.quality = values.get("size", ""), values.get("quality", "")
    return _saved(row)


def _check_length(text: str, most: int, field: str, words: str) -> None:
    if len(text) > most:
        raise DomainError(
            gettext(
                "%(words)s has %(text)s characters; %(most)s are the most.",
                words=gettext(words),
                text=local_number(len(text)),
                most=local_number(most),
            ),
            code="TEXT_TOO_LONG",
            cure=gettext("Shorten it."),
            field=field,
        )


def _locked(model: type[T], account_id: int, site_id: int | None, seen: int, blank: Mapping[str, str]) -> T:
    """The row, locked until the transaction ends; made when there is none. Raises Conflict."""
    base = {"account_id": account_id, "site_id": site_id, "version": 0, "created_at": utcnow(), "updated_at": utcnow()}
    db.session.execute(insert(model).values(**base, **blank).on_conflict_do_nothing())
    place = model.site_id == site_id if site_id else model.site_id.is_(None)
    stmt = select(model).where(model.account_id == account_id, place).with_for_update()
    row = db.session.scalars(stmt.execution_options(populate_existing=True)).one()
    if row.version != seen:
        raise Conflict(
            gettext("Somebody saved this after you opened the page. Your words are still here."),
            code="SETTINGS_CHANGED",
            cure=gettext("Compare with what is saved now, and save again to keep yours."),
            details={"version": row.version},
        )
    return row


def _saved(row: T) -> T:
    row.version += 1
    db.session.flush()
    return row


def note_for(account_id: int, site_id: int) -> str:
    """What texts for this site have to keep in mind: the note for all sites, then the site's own."""
    rows = (stored(StrategyNote, account_id, place) for place in (None, site_id))
    return "\n\n".join(row.note for row in rows if row is not None and row.note)


def images_for(account_id: int, site_id: int | None) -> ImageSettings:
    """How images are drawn for a site: each setting is the site's own, else that for all sites.

    Empty leaves it to the model.
    """
    rows = [row for place in {site_id, None} if (row := stored(ImageSettings, account_id, place)) is not None]
    rows.sort(key=lambda row: row.site_id is None)
    merged = {name: next((value for row in rows if (value := getattr(row, name))), "") for name in _IMAGE_FIELDS}
    return ImageSettings(account_id=account_id, site_id=site_id, **merged)


_IMAGE_FIELDS = ("model", "size", "quality", "style")
