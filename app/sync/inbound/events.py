"""Events from a plugin: each is validated and applied once, in order for each object, and by itself if need be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError
from sqlalchemy.orm import aliased
from sqlalchemy.orm.exc import StaleDataError

from app.core.extensions import db
from app.core.logs import get_logger
from app.core.runs import Run
from app.core.runs.states import ACTIVE
from app.mirror.apply import apply_post_items, apply_term_pages
from app.mirror.relations import forget_relations
from app.mirror.removals import mark_gone
from app.mirror.sequences import Key, claim_sequences
from app.mirror.terms import apply_term_items, forget_terms
from app.mirror.wire import MAX_ID, Instant, OurId, PostItem, RemoteId, TermItem, Text, Wire
from app.publishing.models import PublishRun
from app.sync.models import SiteSync

MOST = 100
log = get_logger(__name__)


class WordPressPerson(Wire):
    """Who made a change in WordPress."""

    id: int = 0
    name: Text = ""


class InboundEvent(Wire):
    """The state of a post or term at the time of sending."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    object: Literal["post", "term"]
    object_id: RemoteId
    taxonomy: Annotated[Text, Field(max_length=32), BeforeValidator(lambda value: value or "")] = ""
    kind: Literal["changed", "trashed", "deleted"]
    sequence: int = Field(ge=0, le=MAX_ID)
    changed_at: Instant | None = None
    changed_by: WordPressPerson | None = None
    content_id: OurId = None
    post: PostItem | None = None
    term: TermItem | None = None
    terms: list[TermItem] = Field(default=[], max_length=2000)

    @model_validator(mode="after")
    def _is_whole(self) -> "InboundEvent":
        if (self.object == "term") != bool(self.taxonomy):
            raise ValueError("a term has a taxonomy, a post has none")
        if self.kind == "changed" and self.key != self._key_of_state():
            raise ValueError("the object's state is missing, or is of another object")
        return self

    def _key_of_state(self) -> Key | None:
        if self.object == "post":
            return ("post", "", self.post.id) if self.post else None
        return ("term", *self.term.key) if self.term else None

    @property
    def key(self) -> Key:
        """The object that the event's sequence belongs to."""
        return self.object, self.taxonomy, self.object_id

    @property
    def by(self) -> str:
        """The person's name, when known."""
        return self.changed_by.name if self.changed_by else ""


@dataclass
class Delivery:
    """What became of the events: the plugin may delete those in both lists; the others come again."""

    acknowledged: list[str] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)


def read_inbound_events(raw: Sequence[Any]) -> tuple[list[InboundEvent], list[dict[str, str]]]:
    """The events that can be read, and a refusal for each that cannot but has an id (pure).

    Raises ValidationError for one that has none: the plugin could not match a refusal to it.
    """
    events, refused = [], []
    for entry in raw:
        try:
            events.append(InboundEvent.model_validate(entry))
        except ValidationError as error:
            name = entry.get("id") if isinstance(entry, dict) else None
            if not isinstance(name, str) or not 0 < len(name) <= 64:
                raise
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or first["msg"]
            refused.append({"id": name, "code": "BAD_EVENT", "message": f"Cannot be read: {where}."[:300]})
    return events, refused


def apply_events(account_id: int, site_id: int, events: Sequence[InboundEvent]) -> Delivery:
    """Apply these events. Flushes.

    All in one savepoint; when that fails, each in its own, so that one that the database refuses does not stop the
    others.
    """
    delivery = Delivery()
    unrecorded, overtaken = _out_of_step(site_id, events)
    ready = [event for event in events if event.id not in unrecorded | overtaken]
    try:
        with db.session.begin_nested():
            _apply(account_id, site_id, ready)
        delivery.acknowledged = [event.id for event in ready]
    except (DataError, IntegrityError, ProgrammingError, StaleDataError):
        log.info("events_applied_one_by_one", site_id=site_id, count=len(ready))
        for event in sorted(ready, key=lambda event: event.sequence):
            _apply_alone(account_id, site_id, event, delivery)
    delivery.acknowledged += sorted(overtaken)
    return delivery


def _apply_alone(account_id: int, site_id: int, event: InboundEvent, delivery: Delivery) -> None:
    try:
        with db.session.begin_nested():
            _apply(account_id, site_id, [event])
        delivery.acknowledged.append(event.id)
    except (DataError, ProgrammingError) as error:
        log.warning("event_refused", site_id=site_id, event_id=event.id, error=str(error.orig).splitlines()[0])
        message = "The database cannot keep a value of it."
        delivery.refused.append({"id": event.id, "code": "VALUE_REFUSED", "message": message})
    except (IntegrityError, StaleDataError):
        log.warning("event_raced", site_id=site_id, event_id=event.id)  # not acknowledged: it comes again


def _apply(account_id: int, site_id: int, events: Iterable[InboundEvent]) -> None:
    newest: dict[Key, InboundEvent] = {}
    for event in events:
        if event.key not in newest or newest[event.key].sequence < event.sequence:
            newest[event.key] = event
    claimed = claim_sequences(site_id, {key: (event.sequence, event.id) for key, event in newest.items()})
    fresh = [event for key, event in sorted(newest.items()) if key in claimed]
    posts = [event for event in fresh if event.object == "post"]
    terms = [event for event in fresh if event.object == "term"]
    _apply_terms(account_id, site_id, terms, [item for event in posts for item in event.terms])
    _apply_posts(account_id, site_id, posts)


def _apply_terms(account_id: int, site_id: int, events: list[InboundEvent], along: list[TermItem]) -> None:
    """Apply events about terms. `along` are terms that came with posts; a term's own event takes precedence."""
    items = [event.term for event in events if event.term is not None and event.kind == "changed"]
    removed = {(event.taxonomy, event.object_id): event for event in events if event.kind != "changed"}
    apply_term_items(account_id, site_id, [*(item for item in along if item.key not in removed), *items])
    if items:
        by = {(event.taxonomy, event.object_id): event.by for event in events}
        apply_term_pages(account_id, site_id, items, cause="event", changed_by=by)
    if removed:
        forget_terms(site_id, removed)
        forget_relations(site_id, removed)
        names = {key: event.by for key, event in removed.items()}
        mark_gone(account_id, site_id, dict.fromkeys(removed, "deleted"), cause="event", by=names)


def _apply_posts(account_id: int, site_id: int, events: list[InboundEvent]) -> None:
    items = [event.post for event in events if event.post is not None and event.kind == "changed"]
    by = {event.object_id: event.by for event in events}
    if items:
        create = has_imported(site_id)
        apply_post_items(account_id, site_id, items, create=create, cause="event", changed_by=by)
    removed = {
        ("", event.object_id): "trash" if event.kind == "trashed" else "deleted"
        for event in events
        if event.kind != "changed"
    }
    mark_gone(account_id, site_id, removed, cause="event", by={("", post_id): name for post_id, name in by.items()})


def has_imported(site_id: int) -> bool:
    """True once the site's content was imported: from then on new posts come in by themselves."""
    stmt = select(SiteSync.site_id).where(SiteSync.site_id == site_id, SiteSync.imported_at.is_not(None))
    return db.session.scalar(stmt) is not None


def _out_of_step(site_id: int, events: Sequence[InboundEvent]) -> tuple[set[str], set[str]]:
    """Two sets of events that report the state made by one of our publishes (`PostItem.run_id`).

    First those whose publish is at work and not recorded yet (they come again after it), then those that a later
    publish has overtaken: the state that they report is out of date.
    """
    runs = {event.post.run_id: event.id for event in events if event.post and event.post.run_id}
    if not runs:
        return set(), set()
    later = aliased(PublishRun)
    overtaken = select(later.id).where(
        later.content_id == PublishRun.content_id, later.id > PublishRun.id, later.result.is_not(None)
    )
    stmt = (
        select(PublishRun.run_id, PublishRun.result.is_not(None), Run.state, overtaken.exists())
        .join(Run, Run.id == PublishRun.run_id)
        .where(PublishRun.site_id == site_id, PublishRun.run_id.in_(runs))
    )
    unrecorded, passed = set[str](), set[str]()
    rows: Iterable[Any] = db.session.execute(stmt)
    for run_id, is_recorded, state, is_overtaken in rows:
        if is_recorded and is_overtaken:
            passed.add(runs[run_id])
        elif not is_recorded and state in ACTIVE:
            unrecorded.add(runs[run_id])
    return unrecorded, passed
