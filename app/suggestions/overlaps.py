"""Topics and texts of a site that serve one intent: two clusters, or two of its ideas, tasks and contents.

Pairs are stored as they are found (`comparing`); those whose two sides still exist are shown and counted. A person may
say that a pair is not the same: that is recorded, and holds for the task and content made from it too. Functions flush;
callers commit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import CompoundSelect, String, and_, func, literal, or_, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.content.models import Content
from app.content.state import GONE, LABELS, LIVE, LIVE_CHANGED, WP_TRASH
from app.content.trash.services import LISTED
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import gettext
from app.core.tenancy import owned
from app.planner.models import Cluster, Idea
from app.suggestions.models import Overlap
from app.writer.models import Task

KINDS = ("cluster", "idea", "task", "content")
MOST_SHOWN = 1000
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class OverlapItem:
    """A topic or text. `kind` is one of KINDS; `state` and `url` are those of content."""

    kind: str
    id: int
    title: str
    state: str = ""
    url: str = ""

    @property
    def key(self) -> Key:
        """Its kind and id, unique among all kinds."""
        return self.kind, self.id

    @property
    def where(self) -> str:
        """What it is: ``Live, /address/``, another state of a content, or its kind."""
        if self.kind != "content":
            return gettext(self.kind.capitalize())
        if self.state not in (LIVE, LIVE_CHANGED):
            return gettext(LABELS[self.state])
        parts = urlsplit(self.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        state = gettext(LABELS[self.state])
        return f"{state}, {path}" if path else state


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that serve one intent; `score` is 0 to 100."""

    id: int
    first: OverlapItem
    second: OverlapItem
    score: int
    is_dismissed: bool = False

    def other(self, key: Key) -> OverlapItem:
        """The side that is not `key`."""
        return self.second if self.first.key == key else self.first


def items_query(account_id: int, site_id: int) -> CompoundSelect[Any]:
    """(kind, id, title, state, url) of what is compared: an idea or task that led to a text is that text."""
    draft = aliased(Content)
    drafted = select(draft.id).where(draft.task_id == Task.id).exists()
    sources: tuple[tuple[str, Any, Any, Any], ...] = (
        ("cluster", Cluster, Cluster.name, ()),
        ("idea", Idea, Idea.title, (Idea.task_id.is_(None),)),
        ("task", Task, Task.title, (~drafted,)),
        (
            "content",
            Content,
            Content.title,
            (Content.state.not_in((WP_TRASH, GONE)), LISTED),
        ),
    )
    selects = []
    for kind, model, title, conditions in sources:
        is_content = model is Content
        state: Any = Content.state if is_content else literal("", String)
        url: Any = func.coalesce(Content.external_url, "") if is_content else literal("", String)
        stmt = select(literal(kind, String).label("kind"), model.id.label("id"), title.label("title"))
        stmt = stmt.add_columns(state.label("state"), url.label("url"))
        selects.append(stmt.where(model.account_id == account_id, model.site_id == site_id, *conditions))
    return union_all(*selects)


def items_of(account_id: int, site_id: int, keys: Collection[Key]) -> dict[Key, OverlapItem]:
    """The named topics and texts of the site that still exist."""
    items = items_query(account_id, site_id).subquery()
    rows = db.session.execute(select(items).where(tuple_(items.c.kind, items.c.id).in_(list(keys))))
    return {(row.kind, row.id): OverlapItem(*row) for row in rows}


def _pairs_query(account_id: int, site_id: int, conditions: Sequence[Any]) -> Any:
    """Stored pairs whose two sides still exist, the most alike first."""
    items = items_query(account_id, site_id).cte("items")
    first, second = items.alias("first"), items.alias("second")
    return (
        select(Overlap.id, Overlap.score, Overlap.dismissed_at, first, second)
        .join(first, and_(first.c.kind == Overlap.first_kind, first.c.id == Overlap.first_id))
        .join(second, and_(second.c.kind == Overlap.second_kind, second.c.id == Overlap.second_id))
        .where(Overlap.account_id == account_id, Overlap.site_id == site_id, *conditions)
        .order_by(Overlap.score.desc(), Overlap.id)
    )


def _is_dismissed(wanted: bool) -> Any:
    return Overlap.dismissed_at.is_not(None) if wanted else Overlap.dismissed_at.is_(None)


def _pairs(query: Any) -> list[Pair]:
    rows = db.session.execute(query.limit(MOST_SHOWN)).all()
    return [Pair(row[0], OverlapItem(*row[3:8]), OverlapItem(*row[8:13]), row[1], row[2] is not None) for row in rows]


def pairs_of(account_id: int, site_id: int, *, dismissed: bool = False) -> list[Pair]:
    """The site's overlaps that were not dismissed, or those that were; at most MOST_SHOWN."""
    return _pairs(_pairs_query(account_id, site_id, [_is_dismissed(dismissed)]))


def count_pairs(account_id: int, site_id: int, *, dismissed: bool = False) -> int:
    """How many overlaps there are in all, as in `pairs_of`."""
    query = _pairs_query(account_id, site_id, [_is_dismissed(dismissed)]).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(query)) or 0


def pairs_with(account_id: int, site_id: int, kind: str, ids: Sequence[int]) -> dict[int, list[Pair]]:
    """The overlaps, not dismissed, of each of these, the most alike first."""
    if not ids:
        return {}
    mine = or_(
        and_(Overlap.first_kind == kind, Overlap.first_id.in_(ids)),
        and_(Overlap.second_kind == kind, Overlap.second_id.in_(ids)),
    )
    pairs: dict[int, list[Pair]] = {}
    for pair in _pairs(_pairs_query(account_id, site_id, [mine, _is_dismissed(False)])):
        for side in (pair.first, pair.second):
            if side.kind == kind and side.id in ids:
                pairs.setdefault(side.id, []).append(pair)
    return pairs


def pair_of(account_id: int, pair_id: int) -> Pair | None:
    """A stored pair as it is now; None when one of its sides no longer exists. Raises NotFound."""
    row = owned(Overlap, pair_id, account_id)
    pairs = _pairs(_pairs_query(account_id, row.site_id, [Overlap.id == pair_id]))
    return pairs[0] if pairs else None


def decide_pair(account_id: int, actor: Actor, pair_id: int, *, is_same: bool) -> Pair | None:
    """Record that a pair is not the same, or undo that; the pair as in `pair_of`. Raises NotFound."""
    row = owned(Overlap, pair_id, account_id)
    row.dismissed_at, row.dismissed_by = (None, None) if is_same else (utcnow(), actor.id)
    db.session.flush()
    return pair_of(account_id, pair_id)


def ordered(a: Key, b: Key) -> tuple[Key, Key]:
    """The two as a pair is stored: the smaller first, so that there is one row for both orders."""
    return (a, b) if a < b else (b, a)


def store(account_id: int, site_id: int, scores: Mapping[tuple[Key, Key], int]) -> None:
    """Add these pairs, or update their scores. Flushes.

    Dismissed pairs stay dismissed, and so do those of what was made from them.
    """
    if not scores:
        return
    dismissed = _dismissed_before(account_id, scores)
    now = utcnow()
    rows = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "first_kind": first[0],
            "first_id": first[1],
            "second_kind": second[0],
            "second_id": second[1],
            "score": score,
            "dismissed_at": now if (first, second) in dismissed else None,
            "created_at": now,
            "updated_at": now,
        }
        for (first, second), score in sorted(scores.items())
    ]
    stmt = insert(Overlap).values(rows)
    index = ["account_id", "first_kind", "first_id", "second_kind", "second_id"]
    renewed = {"score": stmt.excluded.score, "updated_at": now}
    db.session.execute(stmt.on_conflict_do_update(index_elements=index, set_=renewed))


def _dismissed_before(account_id: int, pairs: Collection[tuple[Key, Key]]) -> set[tuple[Key, Key]]:
    """The pairs whose sides were made from ideas or tasks that a person said are not the same."""
    before = _sources(account_id, {key for pair in pairs for key in pair})
    columns = (Overlap.first_kind, Overlap.first_id, Overlap.second_kind, Overlap.second_id)
    stmt = select(*columns).where(Overlap.account_id == account_id, Overlap.dismissed_at.is_not(None))
    dismissed = {((row[0], row[1]), (row[2], row[3])) for row in db.session.execute(stmt)}
    return {
        pair
        for pair in pairs
        if any(
            ordered(a, b) in dismissed for a in before.get(pair[0], [pair[0]]) for b in before.get(pair[1], [pair[1]])
        )
    }


def _sources(account_id: int, keys: Collection[Key]) -> dict[Key, list[Key]]:
    """Each of the keys with the task and the idea that it was made from."""
    contents = [key[1] for key in keys if key[0] == "content"]
    stmt = select(Content.id, Content.task_id).where(Content.account_id == account_id, Content.id.in_(contents))
    task_of: dict[int, int | None] = {row[0]: row[1] for row in db.session.execute(stmt)}
    tasks = [task for task in task_of.values() if task] + [key[1] for key in keys if key[0] == "task"]
    ideas = select(Task.id, Task.idea_id).where(Task.account_id == account_id, Task.id.in_(tasks))
    idea_of: dict[int, int | None] = {row[0]: row[1] for row in db.session.execute(ideas)}
    sources: dict[Key, list[Key]] = {}
    for kind, number in keys:
        task = number if kind == "task" else task_of.get(number) if kind == "content" else None
        line: list[Key] = [(kind, number)]
        if task and kind == "content":
            line.append(("task", task))
        if task and (idea := idea_of.get(task)):
            line.append(("idea", idea))
        sources[kind, number] = line
    return sources


def forget_others(
    account_id: int,
    site_id: int,
    compared: Collection[Key],
    kept: Collection[tuple[Key, Key]],
    *,
    about: Collection[Key] | None = None,
) -> None:
    """Delete undismissed pairs whose sides were compared just now and are not alike any more. Flushes.

    With `about`, only pairs that include one of these.
    """
    of_site = (Overlap.account_id == account_id, Overlap.site_id == site_id)
    for row in db.session.scalars(select(Overlap).where(*of_site, _is_dismissed(False))).all():
        pair = ((row.first_kind, row.first_id), (row.second_kind, row.second_id))
        is_meant = about is None or pair[0] in about or pair[1] in about
        if is_meant and pair not in kept and pair[0] in compared and pair[1] in compared:
            db.session.delete(row)
    db.session.flush()
