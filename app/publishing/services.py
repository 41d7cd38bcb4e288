"""Starting publishes and recording how they went."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.content.bulk.services import hold_contents
from app.content.models import Content
from app.content.trash.services import refuse_trashed
from app.core import events
from app.core.actor import Actor
from app.core.clock import iso, utcnow
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.core.runs.lanes import feed
from app.core.runs.services import find_active
from app.core.tenancy import owned_many
from app.mirror.payload import ContentSnapshot
from app.mirror.published import remember_published
from app.publishing import steps
from app.publishing.conflicts import refuse_away
from app.publishing.counters import amounts_of, count_operation
from app.publishing.events import Published
from app.publishing.models import PublishRun
from app.publishing.passages import passages_of
from app.publishing.run_kinds import PUBLISH
from app.sites.error_codes import error_for
from app.taxonomy.services import store_external_ids

SETTLE = timedelta(minutes=2)  # then a page is looked at whose visit was lost
MARKER = 16


def start_publishes(account_id: int, content_ids: list[int], actor: Actor) -> list[Run]:
    """One run per piece of content, in the given order; a running one is given back. Flushes.

    Raises NotFound when a piece is not this account's. For many pieces, see `batches`.
    """
    contents = {row.id: row for row in owned_many(Content, content_ids, account_id)}
    return [_start_now(contents[content_id], actor) for content_id in dict.fromkeys(content_ids)]


def _start_now(content: Content, actor: Actor, reviewed: dict[str, Any] | None = None) -> Run:
    """Publish now: this overrides a schedule, and goes before the waiting runs of a batch."""
    _lock_content(content)
    key = publish_key(content.id, content.site_id)
    override_schedules([key])
    run = start_publish(content, actor, reviewed=reviewed)
    db.session.execute(update(Run).where(Run.id == run.id, Run.state == "queued", Run.place > 0).values(place=0))
    feed(lane_of(content.site_id))
    return run


def _lock_content(content: Content) -> None:
    """Lock the content before its runs, and read its present state. Raises NotFound when it was deleted just now."""
    if not hold_contents([content.id]):
        raise NotFound()
    db.session.refresh(content, ["state", "trashed_at"])


def override_schedules(keys: Sequence[str]) -> None:
    """Take publishes that wait for a later time off the schedule. Flushes. Call it with the contents locked."""
    db.session.execute(
        update(Run)
        .where(Run.exclusive_key.in_(keys), Run.state == "queued", Run.due_at > utcnow())
        .values(state="cancelled", ended_at=utcnow(), message="Published by hand instead.")
        .execution_options(synchronize_session=False)
    )


def publish_over(content: Content, actor: Actor, reviewed: dict[str, Any]) -> Run:
    """Publish over WordPress's version, as a person chose, unless that is no longer the one they saw. Flushes.

    `reviewed`: kind, taxonomy, external_id and state (`conflicts.state_digest`). Raises Conflict while a publish is
    under way: nobody knows what it leaves.
    """
    _lock_content(content)
    override_schedules([publish_key(content.id, content.site_id)])
    if find_active(publish_key(content.id, content.site_id), content.account_id):
        raise error_for("BEING_PUBLISHED", Conflict)
    return _start_now(content, actor, reviewed)


def start_publish(
    content: Content, actor: Actor, due_at: datetime | None = None, reviewed: dict[str, Any] | None = None
) -> Run:
    """Start one publish, at once or (scheduled mode) at `due_at`; an active one is returned. Flushes.

    Raises Conflict for content in the trash, and for what is in WordPress's trash or was deleted there, unless a person
    `reviewed` both versions.
    """
    _lock_content(content)
    refuse_trashed(content)
    if not reviewed:
        refuse_away(content.state, content.id)
    values = run_values(content.account_id, content.id, content.site_id, content.title, due_at)
    if reviewed:
        values["params"]["seen"] = reviewed
    run = start_run(actor=actor, **values)
    attempt = insert(PublishRun).values(
        account_id=content.account_id,
        content_id=content.id,
        site_id=content.site_id,
        run_id=run.id,
        mode=run.params["mode"],
    )
    db.session.execute(attempt.on_conflict_do_nothing(index_elements=[PublishRun.run_id]))
    return run


def run_values(account_id: int, content_id: int, site_id: int, title: str, due_at: datetime | None) -> dict[str, Any]:
    """The values for the run of a publish, except who asked for it."""
    mode = "scheduled" if due_at else "manual"
    return {
        "account_id": account_id,
        "kind": PUBLISH,
        "title": f"Publish “{title[:200]}”",
        "site_id": site_id,
        "subject_type": "content",
        "subject_id": content_id,
        "params": {"content_id": content_id, "mode": mode, **({"due_at": iso(due_at)} if due_at else {})},
        "queue": "interactive" if due_at is None else "default",
        "steps": steps.states_of("preflight"),
        "due_at": due_at or utcnow(),
        "exclusive_key": publish_key(content_id, site_id),
        "lane": lane_of(site_id),
    }


def publish_key(content_id: int, site_id: int) -> str:
    """The exclusive key that allows one active publish of a content to a site."""
    return f"publish:{content_id}:{site_id}"


def lane_of(site_id: int) -> str:
    """The lane in which a site's publishes go one after the other."""
    return f"publish:{site_id}"


def record_published(run_id: UUID, snapshot: ContentSnapshot, result: dict[str, Any]) -> dict[str, Any]:
    """Store what WordPress answered, for the content, the run and the counters; with what was sent it is given back.

    From then on the content may be published again. Flushes; safe to repeat.
    """
    now = utcnow()
    remember_published(snapshot, result, now, look_at=now + SETTLE)
    assigned = {name: entry.get("assigned") or [] for name, entry in (result.get("terms") or {}).items()}
    store_external_ids(snapshot.account_id, snapshot.site_id, assigned)
    count_operation(snapshot.account_id, snapshot.site_id, str(run_id), amounts_of(result), now)
    if events.has_subscribers(Published) and result_of(run_id) is None:  # not when this is repeated
        events.publish(Published(snapshot.account_id, snapshot.site_id, (snapshot.content_id,)))
    stored = {**result, "sent": sent_of(snapshot.payload, result)}
    db.session.execute(update(PublishRun).where(PublishRun.run_id == run_id).values(result=stored))
    content_type = select(Content.content_type).where(Content.id == snapshot.content_id).scalar_subquery()
    db.session.execute(update(Run).where(Run.id == run_id).values(exclusive_key=None, subject_kind=content_type))
    return stored


def sent_of(payload: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """What a visitor should be served after a publish (pure). Old plugins, whose markers have no version, send none."""
    names = ("content_id", "seo")
    return {name: payload[name] for name in names} | {
        "marker": marker_of(payload) if result.get("marker") else None,
        "passages": passages_of(payload["post"]["content"]),
        "has_text": bool(payload["post"]["content"].strip()),
    }


def marker_of(payload: dict[str, Any]) -> str:
    """The version in the head of the page: the start of the hash of what was sent (pure)."""
    return str(payload["payload_hash"])[:MARKER]


def last_publish_id(content: Content) -> UUID | None:
    """The run of the content's newest attempt to go live."""
    stmt = select(PublishRun.run_id).where(
        PublishRun.account_id == content.account_id, PublishRun.content_id == content.id
    )
    return db.session.scalar(stmt.order_by(PublishRun.id.desc()).limit(1))


def result_of(run_id: UUID) -> dict[str, Any] | None:
    """What WordPress answered to this run; None while nothing went live."""
    result: dict[str, Any] | None = db.session.scalar(select(PublishRun.result).where(PublishRun.run_id == run_id))
    return result
