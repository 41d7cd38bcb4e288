"""What a site already has that is like a piece to be written, as the work of a run: embedding models take seconds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from app.content.models import Content
from app.content.trash.services import LISTED
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.core.wording import many
from app.writer.briefs import services
from app.writer.briefs.models import Brief
from app.writer.drafting import bodies
from app.writer.models import Task
from app.writer.run_kinds import BRIEF_NEAREST

if TYPE_CHECKING:
    from app.meaning.points import Points

WHOLE, MOST_NEAREST, MOST_LOOKED_AT = 20_000, 8, 40  # more than WHOLE contents are compared by a shortlist
LEAST = 0.42
VERY_LIKE = 80
"""From here on two pieces may serve one search, of 100."""


def start_nearest_search(account_id: int, actor: Actor, task_id: int) -> Run:
    """Start a search for what the site has that is like this task; a search under way is returned. Flushes."""
    task = owned(Task, task_id, account_id)
    services.brief_of(task)
    return start_run(
        account_id=account_id,
        kind=BRIEF_NEAREST,
        title="Looking for what the site has already",
        actor=actor,
        site_id=task.site_id,
        params={"task_id": task.id},
        exclusive_key=_search_key(task.id),
        subject_type="brief",
        subject_id=task.id,
    )


def _search_key(task_id: int) -> str:
    return f"{BRIEF_NEAREST.name}:{task_id}"


def active_nearest_search(account_id: int, task_id: int) -> Run | None:
    """The search that is under way."""
    return find_active(_search_key(task_id), account_id)


def nearest_of(brief: Brief) -> list[dict[str, Any]]:
    """What was found near, if it still exists, under its present title."""
    ids = [row["id"] for row in brief.nearest]
    stmt = select(Content.id, Content.title).where(Content.account_id == brief.account_id, Content.id.in_(ids))
    titles = {row.id: row.title for row in db.session.execute(stmt)}
    return [{**row, "title": titles[row["id"]]} for row in brief.nearest if row["id"] in titles]


def find_nearest(context: RunContext) -> Outcome:
    """Store the contents of the site that are most like the brief. Commits. Safe to repeat."""
    from app.meaning.services import points_of  # heavy: only who compares pays for it

    run = context.run
    brief = services.find_brief(run.account_id, run.params["task_id"])
    if brief is None:
        raise NotFound(gettext("This brief is not there any more."))
    brief_id, site_id, task_id, asked = brief.id, brief.site_id, brief.task_id, _compared_texts(brief)
    stmt = select(Content.id, Content.title, Content.task_id).where(
        Content.account_id == run.account_id,
        Content.site_id == site_id,
        Content.remote_status.not_in(("trash", "deleted")),
        LISTED,
        Content.trashed_at.is_(None),
    )
    contents = [row for row in db.session.execute(stmt) if row.title.strip()]
    db.session.commit()
    rows = [(row.id, row.title) for row in contents if row.task_id != task_id]
    compared = len(rows)
    if compared > WHOLE:
        ids = _shortlist(run, site_id, asked, [(row.id, row.title) for row in contents])
        rows = [row for row in rows if row[0] in ids]
    points = points_of(run.account_id, [*asked, *(title for _id, title in rows)], run_id=run.id)
    nearest = _nearest(rows, len(asked), points)
    db.session.execute(
        update(Brief)
        .where(Brief.id == brief_id)
        .values(nearest=nearest, nearest_at=utcnow(), updated_at=Brief.updated_at)
    )
    db.session.commit()
    bodies.start_reading(run.account_id, site_id)
    db.session.commit()
    return Outcome(f"Compared with {many(compared, 'piece')} of the site.", data={"compared": compared})


def _shortlist(run: Run, site_id: int, asked: Sequence[str], contents: Sequence[tuple[int, str]]) -> set[int]:
    """Of very many contents, those near the `asked` texts, and a sample of the others. Commits."""
    from app.meaning.services import embedding_model_for
    from app.meaning.shortlists import SearchScope, Title, backdrop, near_pairs

    titles = [Title(("asked", 0), text) for text in asked]
    titles += [Title(("content", number), title) for number, title in contents]
    rows, site = range(len(asked)), SearchScope(run.account_id, site_id, ["content"])
    pairs = near_pairs(site, titles, rows, embedding_model_for(run.account_id, run.id), MOST_LOOKED_AT, most_read=0)
    places = {*(place for pair in pairs for place in pair), *backdrop(len(titles))}
    return {titles[place].key[1] for place in places}


def _compared_texts(brief: Brief) -> list[str]:
    """What is compared: the brief's title and keyword, and the title that the draft has now."""
    stmt = select(Content.title).where(Content.account_id == brief.account_id, Content.task_id == brief.task_id)
    titles = [brief.title, brief.primary_keyword, *db.session.scalars(stmt)]
    return list(dict.fromkeys(title for title in titles if title.strip()))


def _nearest(rows: list[tuple[int, str]], asked: int, points: "Points") -> list[dict[str, Any]]:
    """The most alike of `rows`, whose points come after those of the `asked` texts.

    Likeness is reduced where the wants differ.
    """
    import numpy as np

    if not rows:
        return []
    roughly = points.likeness(np.arange(asked), np.arange(asked, len(points))).max(axis=0)
    best: list[tuple[int, int]] = []
    for place in np.argsort(-roughly, kind="stable")[:MOST_LOOKED_AT]:
        pairs = [np.array([text, asked + place]) for text in range(asked)]
        likeness = max(float(points.one_page(pair)[0, 1]) for pair in pairs)
        if likeness >= LEAST:
            best.append((min(100, round(100 * likeness)), int(place)))
    best.sort(key=lambda pair: (-pair[0], pair[1]))
    return [{"id": rows[place][0], "title": rows[place][1], "likeness": score} for score, place in best[:MOST_NEAREST]]
