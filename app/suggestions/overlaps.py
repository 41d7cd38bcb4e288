"""Topics and texts of a site that serve one intent: two clusters, or two of its ideas, tasks and contents.

A run compares them by meaning and keeps the pairs with itself; the page shows those of the last run whose both sides
are still there. `find` commits as it goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, literal, select
from sqlalchemy.orm import aliased

from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.core.wording import many
from app.planner.models import Cluster, Idea
from app.sites.models import Site
from app.suggestions.run_kinds import OVERLAPS
from app.writer.models import Task

if TYPE_CHECKING:
    from app.meaning.points import Points

LEAST = 0.82
MOST_ITEMS, MOST_PAIRS, AT_ONCE = 20_000, 300, 500
KINDS = ("cluster", "idea", "task", "content")


@dataclass(frozen=True, slots=True)
class Item:
    """A topic or text. `kind` is one of KINDS."""

    kind: str
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that serve one intent; `score` is 0 to 100."""

    first: Item
    second: Item
    score: int


def start_search(account_id: int, site_id: int, actor_id: int | None) -> Run:
    """Look for overlaps; the search under way is given back. Flushes."""
    site = owned(Site, site_id, account_id)
    return start_run(
        account_id=account_id,
        kind=OVERLAPS,
        title=f"Looking for overlaps in {site.name}",
        actor_id=actor_id,
        site_id=site_id,
        exclusive_key=_key(site_id),
    )


def _key(site_id: int) -> str:
    return f"{OVERLAPS.name}:{site_id}"


def active_run(account_id: int, site_id: int) -> Run | None:
    """The search that is under way."""
    return find_active(_key(site_id), account_id)


def last_run(account_id: int, site_id: int) -> Run | None:
    """The last search that succeeded."""
    conditions = (Run.account_id == account_id, Run.site_id == site_id, Run.kind == OVERLAPS.name)
    stmt = select(Run).where(*conditions, Run.state == "succeeded").order_by(Run.created_at.desc()).limit(1)
    run: Run | None = db.session.scalar(stmt)
    return run


def pairs_of(run: Run) -> list[Pair]:
    """What the run found, as far as both sides are still there, under their present titles."""
    rows = run.data.get("pairs", [])
    ids_by_kind = {kind: {pair[side] for pair in rows for side in (1, 3) if pair[side - 1] == kind} for kind in KINDS}
    titles: dict[tuple[str, int], str] = {}
    for kind, model in (("cluster", Cluster), ("idea", Idea), ("task", Task), ("content", Content)):
        title: Any = model.name if model is Cluster else getattr(model, "title")  # noqa: B009
        stmt = select(model.id, title).where(model.account_id == run.account_id, model.id.in_(ids_by_kind[kind]))
        titles |= {(kind, row[0]): row[1] for row in db.session.execute(stmt)}

    def item(kind: str, item_id: int) -> Item:
        return Item(kind, item_id, titles[kind, item_id])

    return [
        Pair(item(kind_a, id_a), item(kind_b, id_b), score)
        for kind_a, id_a, kind_b, id_b, score in rows
        if (kind_a, id_a) in titles and (kind_b, id_b) in titles
    ]


def _items(account_id: int, site_id: int) -> list[Item]:
    """What is compared: an idea or task that led to a text is that text, and is left out."""
    draft = aliased(Content)
    drafted = select(draft.id).where(draft.task_id == Task.id).exists()
    sources: tuple[Any, ...] = (
        select(literal("cluster", String), Cluster.id, Cluster.name).where(
            Cluster.account_id == account_id, Cluster.site_id == site_id
        ),
        select(literal("idea", String), Idea.id, Idea.title).where(
            Idea.account_id == account_id, Idea.site_id == site_id, Idea.task_id.is_(None)
        ),
        select(literal("task", String), Task.id, Task.title).where(
            Task.account_id == account_id, Task.site_id == site_id, ~drafted
        ),
        select(literal("content", String), Content.id, Content.title).where(
            Content.account_id == account_id,
            Content.site_id == site_id,
            Content.remote_status.not_in(("trash", "deleted")),
        ),
    )
    rows = [row for stmt in sources for row in db.session.execute(stmt.limit(MOST_ITEMS))]
    return [Item(*row) for row in rows if row[2].strip()][:MOST_ITEMS]


def find_overlaps(context: RunContext) -> Outcome:
    """Compare clusters with clusters, and texts with texts, each with all others. Commits."""
    from app.meaning.services import points_of  # heavy: only who compares pays for it

    run = context.run
    assert run.site_id is not None
    context.progress(step="Reading titles")
    items = _items(run.account_id, run.site_id)
    db.session.commit()
    matches: list[tuple[float, Item, Item]] = []
    for part in (
        [item for item in items if item.kind == "cluster"],
        [item for item in items if item.kind != "cluster"],
    ):
        if len(part) > 1:
            matches += matching_pairs(part, points_of(run.account_id, [item.title for item in part]))
            context.progress(step="Comparing titles")
    matches.sort(key=lambda pair: -pair[0])
    pairs = [[a.kind, a.id, b.kind, b.id, round(100 * score)] for score, a, b in matches[:MOST_PAIRS]]
    message = f"Found {many(len(pairs), 'overlap')} among {len(items):,} topics and texts."
    return Outcome(message, link="/content/suggestions/overlaps/", data={"pairs": pairs, "looked_at": len(items)})


def matching_pairs(items: Sequence[Item], points: "Points") -> list[tuple[float, Item, Item]]:
    """Pairs of items that mean the same and want the same kind of page. Pure."""
    import numpy as np

    matches = []
    for start in range(0, len(items), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(items)))
        likeness = points.likeness(rows, np.arange(start, len(items)))
        for row, column in zip(*np.nonzero(likeness >= LEAST), strict=True):
            if column > row:
                pair = np.array([start + row, start + column])
                score = float(points.one_page(pair)[0, 1])
                if score >= LEAST:
                    matches.append((min(score, 1.0), items[pair[0]], items[pair[1]]))
    return matches
