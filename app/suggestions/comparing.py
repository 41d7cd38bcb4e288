"""Runs that find pages for one intent: among all of a site, for what is new, or for a title that is being typed.

Clusters are compared with clusters, texts with texts. Work commits as it goes; models take seconds.
"""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, or_, select

from app.content.events import ContentChanged
from app.content.models import Content
from app.core import events
from app.core.actor import THE_APP, Actor
from app.core.events.models import EventDelivery
from app.core.events.subscribers import Subscriber
from app.core.extensions import db
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.services import find_active, get_run
from app.core.tenancy import owned
from app.core.wording import many
from app.planner.events import ClustersCreated, IdeasCreated
from app.sites.error_codes import error_for
from app.sites.models import Site
from app.suggestions.overlaps import Key, OverlapItem, forget_others, items_of, items_query, ordered, store
from app.suggestions.run_kinds import ALIKE_NEW, ALIKE_TITLE, OVERLAPS
from app.writer.events import DraftsWritten, TasksCreated

if TYPE_CHECKING:
    from app.meaning.points import Points

LEAST = 0.82
WHOLE, MOST_PAIRS, AT_ONCE = 20_000, 300, 500  # more than WHOLE are compared by a shortlist
MOST_NEW, MOST_SAVED, MOST_LIKE_A_TITLE = 500, 20, 5
MOST_LETTERS = 500
LINK = "/content/suggestions/overlaps/"
Match = tuple[float, OverlapItem, OverlapItem]


def start_overlap_search(account_id: int, site_id: int, actor: Actor) -> Run:
    """Start a search for overlaps; a search under way is returned. Flushes."""
    site = owned(Site, site_id, account_id)
    return start_run(
        account_id=account_id,
        kind=OVERLAPS,
        title=f"Looking for overlaps in {site.name}",
        actor=actor,
        site_id=site_id,
        exclusive_key=_overlap_search_key(site_id),
    )


def _overlap_search_key(site_id: int) -> str:
    return f"{OVERLAPS.name}:{site_id}"


def active_overlap_search(account_id: int, site_id: int) -> Run | None:
    """The search that is under way."""
    return find_active(_overlap_search_key(site_id), account_id)


def has_looked(account_id: int, site_id: int) -> bool:
    """Whether a search of the site has succeeded."""
    conditions = (Run.account_id == account_id, Run.site_id == site_id, Run.kind == OVERLAPS.name)
    return bool(db.session.scalar(select(exists().where(*conditions, Run.state == "succeeded"))))


def start_title(account_id: int, actor: Actor, site_id: int, title: str, own: Key | None) -> Run:
    """Start looking for what the site has, besides `own`, that is like this title. Flushes.

    A search for the same that is under way is returned. Raises DomainError when there is no title.
    """
    title = " ".join(title.split())[:MOST_LETTERS]
    if not title:
        raise error_for("NO_TITLE", field="title")
    return start_run(
        account_id=account_id,
        kind=ALIKE_TITLE,
        title=f"Looking for what is like “{title[:200]}”",
        actor=actor,
        site_id=owned(Site, site_id, account_id).id,
        params={"title": title, "own": list(own) if own else None},
        exclusive_key=_title_search_key(site_id, title, own),
    )


def _title_search_key(site_id: int, title: str, own: Key | None) -> str:
    digest = sha256(json.dumps([title, own]).encode()).hexdigest()[:32]
    return f"{ALIKE_TITLE.name}:{site_id}:{digest}"


def found_for_title(account_id: int, run_id: UUID) -> tuple[Run, list[OverlapItem]]:
    """The run of `start_title` and what it found, if that still exists. Raises NotFound."""
    run = get_run(run_id, account_id)
    keys: list[Key] = [(kind, number) for kind, number in run.data.get("found", [])]
    items = items_of(account_id, run.site_id, keys) if run.site_id else {}
    return run, [items[key] for key in keys if key in items]


def is_looking(account_id: int, site_id: int) -> bool:
    """Whether something new on the site is being compared, or waits to be."""
    of_site = (Run.account_id == account_id, Run.site_id == site_id, Run.kind == ALIKE_NEW.name)
    under_way = exists().where(*of_site, Run.state.in_(("queued", "running")))
    conditions = (EventDelivery.account_id == account_id, EventDelivery.site_id == site_id)
    names = [subscriber.name for subscriber in SUBSCRIBERS]
    waits = exists().where(*conditions, EventDelivery.subscriber.in_(names), EventDelivery.attempts == 0)
    return bool(db.session.scalar(select(or_(under_way, waits))))


def find_overlaps(context: RunContext) -> Outcome:
    """Compare clusters with clusters, and texts with texts, each with all others. Commits."""
    run = context.run
    assert run.site_id is not None
    items = _items(context)
    matches: list[Match] = []
    for part in _parts(items):
        if len(part) > 1:
            matches += _matches(context, part)
            context.progress(step="Comparing titles")
    scores = _nearest_matches(matches)
    store(run.account_id, run.site_id, scores)
    forget_others(run.account_id, run.site_id, {item.key for item in items}, scores.keys())
    db.session.commit()
    message = f"Found {many(len(scores), 'overlap')} among {len(items):,} topics and texts."
    return Outcome(message, link=LINK, data={"pairs": len(scores), "looked_at": len(items)})


def find_alike(context: RunContext) -> Outcome:
    """Compare what is new with all that the site has. Commits."""
    run = context.run
    assert run.site_id is not None
    new: set[Key] = {(kind, number) for kind, number in run.params["items"]}
    items = _items(context)
    matches: list[Match] = []
    for part in _parts(items):
        rows = [row for row, item in enumerate(part) if item.key in new]
        if rows and len(part) > 1:
            matches += _matches(context, part, rows)
    scores = _nearest_matches(matches)
    store(run.account_id, run.site_id, scores)
    forget_others(run.account_id, run.site_id, {item.key for item in items}, scores.keys(), about=new)
    db.session.commit()
    return Outcome(f"Found {many(len(scores), 'overlap')} of what is new.", link=LINK, data={"pairs": len(scores)})


def find_like_title(context: RunContext) -> Outcome:
    """Find the texts that serve the same intent as a title being typed; stored with the run."""
    run = context.run
    own = tuple(run.params["own"]) if run.params["own"] else None
    typed = OverlapItem("typed", 0, run.params["title"])
    others = [item for item in _items(context) if item.kind != "cluster" and item.key != own]
    matches: list[Match] = []
    if others:
        part = [typed, *others]
        matches = _matches(context, part, [0])
    matches.sort(key=lambda match: -match[0])
    matches_found = [[other.kind, other.id] for _score, _typed, other in matches[:MOST_LIKE_A_TITLE]]
    return Outcome(f"Compared with {many(len(others), 'text')}.", data={"found": matches_found})


def _items(context: RunContext) -> list[OverlapItem]:
    """All that is compared. Ends the transaction: models work without one."""
    run = context.run
    assert run.site_id is not None
    context.progress(step="Reading titles")
    rows = db.session.execute(items_query(run.account_id, run.site_id)).all()
    db.session.commit()
    return [OverlapItem(*row) for row in rows if row[2].strip()]


def _parts(items: Sequence[OverlapItem]) -> tuple[list[OverlapItem], list[OverlapItem]]:
    return [item for item in items if item.kind == "cluster"], [item for item in items if item.kind != "cluster"]


def _matches(context: RunContext, items: Sequence[OverlapItem], rows: Sequence[int] | None = None) -> list[Match]:
    """`matching_pairs` of these titles, or of those that a shortlist finds among very many. Commits."""
    from app.meaning.services import points_of  # heavy: only who compares pays for it
    from app.suggestions.shortlists import shortlists

    if len(items) <= WHOLE:
        points = points_of(context.run.account_id, [item.title for item in items], run_id=context.run.id)
        return matching_pairs(items, points, rows)
    matches: list[Match] = []
    for chosen, pairs in shortlists(context, items, rows):
        points = points_of(context.run.account_id, [item.title for item in chosen], run_id=context.run.id)
        matches += [match for match in matching_pairs(chosen, points) if (match[1].key, match[2].key) in pairs]
        context.progress(step="Comparing titles")
    return matches


def _nearest_matches(matches: Sequence[Match]) -> dict[tuple[Key, Key], int]:
    best = sorted(matches, key=lambda match: -match[0])[:MOST_PAIRS]
    return {ordered(a.key, b.key): round(100 * score) for score, a, b in best}


def matching_pairs(items: Sequence[OverlapItem], points: "Points", rows: Sequence[int] | None = None) -> list[Match]:
    """Pairs that mean the same and want the same kind of page: among all items, or between those at `rows` and all.

    Pure.
    """
    import numpy as np

    asked = np.arange(len(items)) if rows is None else np.asarray(rows)
    chosen, matches = set(asked.tolist()), []
    for start in range(0, len(asked), AT_ONCE):
        part = asked[start : start + AT_ONCE]
        likeness = points.likeness(part, np.arange(len(items)))
        for place, column in zip(*np.nonzero(likeness >= LEAST), strict=True):
            row = int(part[place])
            if column == row or (column < row and column in chosen):
                continue
            score = float(points.one_page(np.array([row, column]))[0, 1])
            if score >= LEAST:
                matches.append((min(score, 1.0), items[row], items[column]))
    return matches


NOUNS = {"cluster": "topic", "idea": "idea", "task": "task", "content": "text"}


def _start_new(kind: str, event: events.Event, ids: Sequence[int], title: str = "") -> None:
    """Start comparing these with what the site has; `title` is that of a single one. Flushes. Raises Refused.

    The subject type is this kind's own: as the newest run about the content it would hide how the publish went.
    """
    is_one = len(ids) == 1
    start_run(
        account_id=event.account_id,
        kind=ALIKE_NEW,
        title=f"Looking whether {many(len(ids), 'new ' + NOUNS[kind])} {'is' if is_one else 'are'} there already",
        actor=THE_APP,
        site_id=event.site_id,
        subject_type=f"new_{kind}" if is_one else None,
        subject_id=ids[0] if is_one else None,
        params={"items": [[kind, number] for number in ids], "title": title},
        lane=f"alike:{event.account_id}",
    )


def _made(kind: str) -> Callable[[events.Event], None]:
    def compare(event: events.Event) -> None:
        """Compare what was created; of very many, the first MOST_NEW."""
        _start_new(kind, event, sorted(event.subjects)[:MOST_NEW])

    return compare


def _saved(event: events.Event) -> None:
    """Compare contents that people saved, when their titles have changed."""
    if len(event.subjects) > MOST_SAVED:
        return  # changed by the hundred: Overlaps looks at all
    for content in db.session.scalars(select(Content).where(Content.id.in_(event.subjects))):
        if content.title.strip() and content.title != _title_before(content):
            _start_new("content", event, [content.id], content.title)


def _title_before(content: Content) -> str | None:
    of_content = (Run.account_id == content.account_id, Run.subject_type == "new_content", Run.subject_id == content.id)
    stmt = select(Run.params).where(*of_content, Run.kind == ALIKE_NEW.name, Run.state != "failed")
    params = db.session.scalar(stmt.order_by(Run.created_at.desc()).limit(1))
    return params.get("title") if params else None


SUBSCRIBERS = (
    Subscriber("suggestions.clusters", ClustersCreated, _made("cluster")),
    Subscriber("suggestions.ideas", IdeasCreated, _made("idea")),
    Subscriber("suggestions.tasks", TasksCreated, _made("task")),
    Subscriber("suggestions.drafts", DraftsWritten, _made("content")),
    Subscriber("suggestions.contents", ContentChanged, _saved),
)
