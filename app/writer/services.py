"""Writer tasks: making them, and completing each with one piece of content at most."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Text, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer, joinedload

from app.ai.provider import DraftRequest, DraftResult
from app.content.bulk import attach_keywords
from app.content.models import Content
from app.content.services import create_content
from app.core import events
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.listing.filters import choice, reference
from app.core.listing.pages import Page, fetch
from app.core.listing.search import Search
from app.core.listing.selection import Selection
from app.core.listing.spec import Column, ListSpec, Sort
from app.core.request_ids import id_of
from app.core.tenancy import owned
from app.planner import ideas as idea_services
from app.planner.ideas import checked_plan
from app.planner.keyword_values import normalise
from app.planner.models import CONTENT_TYPES, Cluster, Idea, Keyword
from app.sites.models import Site
from app.writer.models import Task, task_keywords

TASK_KEYWORDS = 12
MAX_AT_ONCE = 500
TASK_LIST = ListSpec(
    id=Task.id,
    account=Task.account_id,
    site=Task.site_id,
    columns=(
        Column("Task", "title"),
        Column("Cluster", "cluster"),
        Column("Type", "type"),
        Column("Structure", "structure"),
        Column("Primary keyword", "keyword"),
        Column("Status", "status"),
        Column("Actions", hidden=True),
    ),
    filters=(
        choice("status", Task.status, ("queued", "completed")),
        reference("cluster", Task.cluster_id),
        choice("type", Task.content_type, CONTENT_TYPES),
    ),
    sorts=(
        Sort("title", func.lower(Task.title, type_=Text())),
        Sort("cluster", func.lower(Cluster.name, type_=Text()), join=Task.cluster),
        Sort("type", Task.content_type),
        Sort("structure", Task.content_structure),
        Sort("keyword", Task.primary_keyword),
        Sort("status", Task.status),
        Sort("added", Task.created_at),
    ),
    default_sort="-added",
    search=Search(Task.search, Task.title + " " + Task.primary_keyword),
)


def list_tasks(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Task]:
    """One page of the site's tasks, as the parameters of an address say."""
    query = TASK_LIST.read(values)
    stmt = select(Task).where(*TASK_LIST.where(account_id, site_id, query))
    return fetch(TASK_LIST, query, stmt, options=[joinedload(Task.cluster)])


def chosen(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions on Task for the chosen rows of this site."""
    return TASK_LIST.selected(account_id, site_id, selection)


def queued_ids(account_id: int, site_id: int, selection: Selection, *, without: Collection[int] = ()) -> list[int]:
    """Ids of the chosen tasks that still wait to be written, oldest first, `without` those under way."""
    stmt = select(Task.id).where(*chosen(account_id, site_id, selection), Task.status == "queued").order_by(Task.id)
    return list(db.session.scalars(stmt.where(Task.id.not_in(without)).limit(MAX_AT_ONCE + 1)))


def count_tasks(account_id: int, site_id: int, selection: Selection) -> int:
    """How many tasks are chosen."""
    return db.session.scalar(select(func.count()).select_from(Task).where(*chosen(account_id, site_id, selection))) or 0


def count_queued(account_id: int, site_id: int, filters: Mapping[str, str]) -> int:
    """How many tasks of the list under these filters wait to be written."""
    where = chosen(account_id, site_id, Selection(all_matching=True, filters=filters))
    stmt = select(func.count()).select_from(Task).where(*where, Task.status == "queued")
    return db.session.scalar(stmt) or 0


def contents_of(account_id: int, task_ids: Sequence[int]) -> dict[int, Content]:
    """The content that each of these tasks made."""
    stmt = select(Content).where(Content.account_id == account_id, Content.task_id.in_(task_ids))
    found = db.session.scalars(stmt.options(defer(Content.content_html)))
    return {content.task_id: content for content in found if content.task_id is not None}


def create_task(account_id: int, site_id: int, values: Mapping[str, str]) -> Task:
    """A task from form values. Flushes; raises DomainError with the field that is wrong."""
    plan = checked_plan(values)
    cluster_id = id_of(values.get("cluster"))
    if cluster_id is None:
        raise DomainError("Choose the cluster that this belongs to.", code="NO_CLUSTER", field="cluster")
    cluster = owned(Cluster, cluster_id, account_id)
    if cluster.site_id != site_id:
        raise DomainError("This cluster belongs to another site.", code="OTHER_SITE", field="cluster")
    task = Task(account_id=account_id, site_id=site_id, sector_id=cluster.sector_id, cluster_id=cluster.id, **plan)
    db.session.add(task)
    db.session.flush()
    _link_keywords([(task.id, cluster.id, task.primary_keyword)])
    events.publish(events.TasksCreated(account_id, site_id, (task.id,)))
    return task


def count_ideas(account_id: int, site_id: int, selection: Selection) -> int:
    """How many ideas are chosen."""
    where = idea_services.chosen(account_id, site_id, selection)
    return db.session.scalar(select(func.count()).select_from(Idea).where(*where)) or 0


def create_from_ideas(account_id: int, site_id: int, selection: Selection) -> tuple[int, int]:
    """A task for each chosen idea that has none; how many were made, and how many had one. Flushes.

    Safe to repeat and to race: an idea makes one task, by a unique index.
    """
    where = idea_services.chosen(account_id, site_id, selection)
    ideas = db.session.scalars(select(Idea).where(*where).order_by(Idea.id).limit(5000)).all()
    if not ideas:
        return 0, 0
    sectors = {
        row.id: row.sector_id
        for row in db.session.execute(
            select(Cluster.id, Cluster.sector_id).where(Cluster.id.in_({idea.cluster_id for idea in ideas}))
        )
    }
    now = utcnow()
    rows = [_task_values(idea, sectors.get(idea.cluster_id), now) for idea in ideas]
    stmt = insert(Task).on_conflict_do_nothing().returning(Task.id, Task.idea_id)
    made = {row.idea_id: row.id for row in db.session.execute(stmt, rows)}  # in batches: 5,000 rows are too many values
    by_id = {idea.id: idea for idea in ideas}
    _link_keywords([(task, by_id[idea].cluster_id, by_id[idea].primary_keyword) for idea, task in made.items()])
    idea_services.mark_used(made)
    events.publish(events.TasksCreated(account_id, site_id, tuple(made.values())))
    return len(made), len(ideas) - len(made)


def _task_values(idea: Idea, sector_id: int | None, now: datetime) -> dict[str, Any]:
    return {
        "account_id": idea.account_id,
        "site_id": idea.site_id,
        "sector_id": sector_id,
        "cluster_id": idea.cluster_id,
        "idea_id": idea.id,
        "title": idea.title,
        "description": idea.description,
        "content_type": idea.content_type,
        "content_structure": idea.content_structure,
        "primary_keyword": idea.primary_keyword,
        "tone": idea.tone,
        "country": idea.country,
        "status": "queued",
        "created_at": now,
        "updated_at": now,
    }


def _link_keywords(tasks: list[tuple[int, int, str]]) -> None:
    """Give each (task, cluster, primary keyword) its primary keyword and the cluster's most searched ones."""
    if not tasks:
        return
    by_cluster: dict[int, list[tuple[int, str]]] = {}
    for cluster_id in {cluster_id for _, cluster_id, _ in tasks}:
        stmt = select(Keyword.id, Keyword.normalised).where(Keyword.cluster_id == cluster_id)
        rows = db.session.execute(stmt.order_by(Keyword.volume.desc().nulls_last(), Keyword.id).limit(500))
        by_cluster[cluster_id] = [(row.id, row.normalised) for row in rows]
    links = []
    for task_id, cluster_id, primary in tasks:
        key = normalise(primary)
        ordered = sorted(by_cluster[cluster_id], key=lambda row: row[1] != key)
        links += [{"task_id": task_id, "keyword_id": keyword_id} for keyword_id, _ in ordered[:TASK_KEYWORDS]]
    if links:
        db.session.execute(insert(task_keywords).on_conflict_do_nothing(), links)


def delete_tasks(account_id: int, site_id: int, selection: Selection) -> int:
    """Delete the chosen tasks; drafts made of them stay, their ideas can be used again. Flushes."""
    where = chosen(account_id, site_id, selection)
    idea_services.mark_unused(select(Task.id).where(*where))
    result = db.session.execute(delete(Task).where(*where).execution_options(synchronize_session=False))
    return _rows(result)


def draft_request(account_id: int, task_id: int) -> DraftRequest | None:
    """What a provider needs to write the task; None when it is written already. Raises NotFound."""
    task = owned(Task, task_id, account_id)
    if task.status != "queued":
        return None
    site = owned(Site, task.site_id, account_id)
    return DraftRequest(
        title=task.title,
        description=task.description,
        content_type=task.content_type,  # type: ignore[arg-type]
        content_structure=task.content_structure,
        primary_keyword=task.primary_keyword,
        keywords=[keyword.keyword for keyword in task.keywords],
        cluster_name=task.cluster.name,
        tone=task.tone,
        country=task.country,
        site_name=site.name,
    )


def complete_task(account_id: int, task_id: int, draft: DraftResult) -> Content | None:
    """Make the task's content and mark it completed, in the caller's transaction. Flushes.

    None when the task is completed already or gone: another worker got there first, and this draft is dropped.
    """
    claimed = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.account_id == account_id, Task.status == "queued")
        .values(status="completed", raw_response=draft.raw_response, updated_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    if not _rows(claimed):
        return None
    task = db.session.get_one(Task, task_id, populate_existing=True)
    content = create_content(
        account_id,
        task.site_id,
        title=draft.title,
        content_html=draft.content_html,
        excerpt=draft.excerpt,
        seo_title=draft.seo_title,
        seo_description=draft.seo_description,
        focus_keywords=draft.focus_keywords,
        content_type=task.content_type,
        content_structure=task.content_structure,
        cluster_id=task.cluster_id,
        sector_id=task.sector_id,
        task_id=task.id,
        is_outline=draft.is_outline,
    )
    attach_keywords((content.id, keyword.id) for keyword in task.keywords)
    events.publish(events.DraftsWritten(account_id, task.site_id, (content.id,)))
    return content


def _rows(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def has_clusters(account_id: int, site_id: int) -> bool:
    """Whether the site has a cluster that a task could belong to."""
    mine = exists().where(Cluster.account_id == account_id, Cluster.site_id == site_id)
    return bool(db.session.scalar(select(mine)))
