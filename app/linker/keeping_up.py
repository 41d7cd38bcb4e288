"""The index follows what happens to contents: events start the reading of what has changed."""

from sqlalchemy import select

from app.content.events import ContentChanged, ContentDeleted, ContentRestored, ContentTrashed
from app.core.actor import THE_APP
from app.core.events import Event, Subscriber
from app.core.extensions import db
from app.core.runs import Run
from app.linker.actions import start_reading_pages
from app.linker.run_kinds import READ_PAGES
from app.linker.waiting import count_waiting_around
from app.mirror.events import RemoteChanged
from app.publishing.events import Published
from app.sync.events import ImportFinished
from app.writer.events import DraftsWritten

MOST_NAMED = 2000


def _read_changed(event: Event) -> None:
    """Read these contents; of very many, whatever has changed on the site. Count the links proposed to them anew."""
    few = len(event.subjects) <= MOST_NAMED
    count_waiting_around(event.subjects, event.site_id)
    start_reading_pages(event.account_id, THE_APP, event.site_id, sorted(event.subjects) if few else None)


def _read_site(event: Event) -> None:
    """Read whatever has changed on the site, unless a run waits to do so."""
    waits = select(Run.id).where(
        Run.account_id == event.account_id,
        Run.site_id == event.site_id,
        Run.kind == READ_PAGES.name,
        Run.state == "queued",
        Run.params["ids"].astext.is_(None),
    )
    if db.session.scalar(waits.limit(1)) is None:
        start_reading_pages(event.account_id, THE_APP, event.site_id)


def _read_without(event: Event) -> None:
    """Contents went: count the links proposed to them anew, and read whatever has changed on the site."""
    count_waiting_around(event.subjects, event.site_id)
    _read_site(event)


SUBSCRIBERS = (
    Subscriber("linker.changed", ContentChanged, _read_changed),
    Subscriber("linker.drafted", DraftsWritten, _read_changed),
    Subscriber("linker.published", Published, _read_changed),
    Subscriber("linker.remote", RemoteChanged, _read_changed),
    Subscriber("linker.restored", ContentRestored, _read_changed),
    Subscriber("linker.trashed", ContentTrashed, _read_without),
    Subscriber("linker.deleted", ContentDeleted, _read_site),
    Subscriber("linker.imported", ImportFinished, _read_site),
)
