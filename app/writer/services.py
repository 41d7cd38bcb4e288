"""Writer tasks: making them, and completing each with one piece of content at most."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, Text, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload, load_only

from app.ai.tasks.draft import DraftResult
from app.content.bulk.services import attach_keywords
from app.content.models import Content
from app.content.services import create_content
from app.core import events
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import choice, reference
from app.core.listing.kinds import ListKind
from app.core.listing.pages import Count, Page, count_to_cap, fetch_page
from app.core.listing.search import Search
from app.core.listing.selection import Selection
from app.core.listing.spec import Column, ListSpec, Sort
from app.core.lock_order import ChangedMeanwhile
from app.core.permissions import Permission
from app.planner.clusters import figures
from app.planner.clusters.locks import keep_clusters
from app.planner.ideas import services as idea_services
from app.planner.keywords.values import normalise_keyword
from app.planner.models import CONTENT_TYPES, Cluster, Idea, Keyword
from app.writer.assignments import due_filter
from app.writer.briefs.models import Brief
from app.writer.briefs.services import delete_unused
from app.writer.events import DraftsWritten, TasksCreated
from app.writer.models import Task, task_keywords

TASK_KEYWORDS = 12
MAX_AT_ONCE = 500
TASK_LIST = ListSpec(
    id=Task.id,
    account=Task.account_id,
    site=Task.site_id,
    tables=(Task,),
    columns=(
        Column(N_("Task"), "title", value=lambda row: row.title),
        Column(N_("Cluster"), "cluster", value=lambda row: row.cluster.name),
        Column(N_("Type"), "type", value=lambda row: row.content_type),
        Column(N_("Structure"), "structure", optional=True, value=lambda row: row.content_structure),
        Column(N_("Primary keyword"), "keyword", value=lambda row: row.primary_keyword),
        Column(N_("Assignee"), value=lambda row: row.assignee.name if row.assignee else ""),
        Column(N_("Due"), "due", value=lambda row: row.due_on),
        Column(N_("Status"), "status", value=lambda row: row.status.capitalize()),
        Column(N_("Description"), optional=True, value=lambda row: row.description),
        Column(N_("Added"), "added", optional=True, value=lambda row: row.created_at),
        Column(N_("Actions"), hidden=True),
    ),
    filters=(
        choice("status", Task.status, ("queued", "completed")),
        reference("cluster", Task.cluster_id, Cluster.id),
        choice("type", Task.content_type, CONTENT_TYPES),
        reference("assignee", Task.assignee_id),
        due_filter(),
    ),
    sorts=(
        Sort("title", func.lower(Task.title, type_=Text())),
        Sort("cluster", func.lower(Cluster.name, type_=Text()), join=Task.cluster, joined_site=Cluster.site_id),
        Sort("type", Task.content_type),
        Sort("structure", Task.content_structure),
        Sort("keyword", Task.primary_keyword),
        Sort("status", Task.status),
        Sort("due", Task.due_on, nullable=True),
        Sort("added", Task.created_at),
    ),
    default_sort="-added",
    search=Search(Task.search, Task.title + " " + Task.primary_keyword),
)


def _task_rows() -> Select[Any]:
    return select(Task).options(joinedload(Task.cluster), joinedload(Task.assignee))


MAY = (Permission.WRITER_READ, Permission.WRITER_WRITE)
LISTS = (ListKind("tasks", "Tasks", "writer.tasks", TASK_LIST, _task_rows, *MAY),)


def list_tasks(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Task]:
    """One page of the site's tasks, as the parameters of an address say."""
    query = TASK_LIST.read(values)
    stmt = select(Task).where(*TASK_LIST.where(account_id, site_id, query))
    return fetch_page(TASK_LIST, query, stmt, options=[joinedload(Task.cluster), joinedload(Task.assignee)])


def tasks_of_ids(account_id: int, site_id: int, ids: Sequence[int]) -> list[Task]:
    """Those of these tasks that the site has, in the order of their ids."""
    stmt = select(Task).where(*selected_tasks(account_id, site_id, Selection(list(ids))))
    return list(db.session.scalars(stmt.order_by(Task.id)))


def selected_tasks(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions on Task for the chosen rows of this site."""
    return TASK_LIST.selected(account_id, site_id, selection)


def queued_ids(
    account_id: int, site_id: int, selection: Selection, *, without: Collection[int] = (), most: int = MAX_AT_ONCE
) -> list[int]:
    """Ids of the chosen tasks that still wait to be written, oldest first, `without` those under way.

    Returns one more than `most` when there are more.
    """
    stmt = (
        select(Task.id)
        .where(*selected_tasks(account_id, site_id, selection), Task.status == "queued")
        .order_by(Task.id)
    )
    return list(db.session.scalars(stmt.where(Task.id.not_in(without)).limit(most + 1)))


def count_tasks(account_id: int, site_id: int, selection: Selection) -> int:
    """How many tasks are chosen."""
    return (
        db.session.scalar(select(func.count()).select_from(Task).where(*selected_tasks(account_id, site_id, selection)))
        or 0
    )


def count_queued(account_id: int, site_id: int, filters: Mapping[str, str], shown: Page[Task]) -> Count:
    """How many tasks of the list under these filters wait to be written; `shown` is one of its pages."""
    query = TASK_LIST.read(filters)
    if not query.any:
        return figures.of_site(account_id, site_id).queued_tasks, True
    if query.filter_values.get("status", "queued") != "queued" or not shown.total:
        return 0, True
    if "status" in query.filter_values:
        return shown.total, shown.total_is_exact
    where = (*TASK_LIST.where(account_id, site_id, query), Task.status == "queued")
    return count_to_cap(select(Task.id).where(*where), searched=bool(query.q))


def contents_by_task(account_id: int, task_ids: Sequence[int]) -> dict[int, Content]:
    """The content that each of these tasks made; of its columns, only what rows of tasks show is read at once."""
    stmt = select(Content).where(Content.account_id == account_id, Content.task_id.in_(task_ids))
    contents = db.session.scalars(stmt.options(load_only(Content.task_id, Content.is_outline)))
    return {content.task_id: content for content in contents if content.task_id is not None}


def count_ideas(account_id: int, site_id: int, selection: Selection) -> int:
    """How many ideas are chosen."""
    where = idea_services.selected_ideas(account_id, site_id, selection)
    return db.session.scalar(select(func.count()).select_from(Idea).where(*where)) or 0


def create_from_ideas(account_id: int, site_id: int, selection: Selection) -> tuple[int, int]:
    """A task for each chosen idea that has none. Returns how many were made, and how many had one. Flushes.

    Safe to repeat and to race: an idea makes one task, by a unique index. Raises ChangedMeanwhile.
    """
    where = idea_services.selected_ideas(account_id, site_id, selection)
    cluster_ids = keep_clusters(db.session.scalars(select(Idea.cluster_id).where(*where).distinct()))
    stmt = select(Idea).where(*where).order_by(Idea.id).limit(5000).execution_options(populate_existing=True)
    ideas = db.session.scalars(stmt).all()
    if not ideas:
        return 0, 0
    if any(idea.cluster_id not in cluster_ids for idea in ideas):
        raise ChangedMeanwhile()
    of_clusters = select(Cluster.id, Cluster.sector_id).where(Cluster.id.in_(cluster_ids))
    sectors = {row.id: row.sector_id for row in db.session.execute(of_clusters)}
    now = utcnow()
    rows = [_task_values(idea, sectors.get(idea.cluster_id), now) for idea in ideas]
    inserting = insert(Task).on_conflict_do_nothing().returning(Task.id, Task.idea_id)
    task_by_idea = {
        row.idea_id: row.id for row in db.session.execute(inserting, rows)
    }  # in batches: 5,000 rows are too many values
    by_id = {idea.id: idea for idea in ideas}
    link_keywords([(task, by_id[idea].cluster_id, by_id[idea].primary_keyword) for idea, task in task_by_idea.items()])
    idea_services.mark_used(task_by_idea)
    events.publish(TasksCreated(account_id, site_id, tuple(task_by_idea.values())))
    return len(task_by_idea), len(ideas) - len(task_by_idea)


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


def link_keywords(tasks: list[tuple[int, int, str]]) -> None:
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
        key = normalise_keyword(primary)
        ordered = sorted(by_cluster[cluster_id], key=lambda row: row[1] != key)
        links += [
            {"task_id": task_id, "keyword_id": keyword_id, "position": position}
            for position, (keyword_id, _) in enumerate(ordered[:TASK_KEYWORDS])
        ]
    if links:
        db.session.execute(insert(task_keywords).on_conflict_do_nothing(), links)


def delete_tasks(account_id: int, site_id: int, selection: Selection) -> int:
    """Delete the chosen tasks; drafts made of them stay, their ideas can be used again. Flushes."""
    where = selected_tasks(account_id, site_id, selection)
    chosen_ids = select(Task.id).where(*where)
    idea_services.mark_unused(chosen_ids)
    db.session.execute(chosen_ids.order_by(Task.id).with_for_update(of=Task))  # before their briefs
    delete_unused(account_id, chosen_ids)
    result = db.session.execute(delete(Task).where(*where).execution_options(synchronize_session=False))
    return _row_count(result)


def complete_task(account_id: int, task_id: int, draft: DraftResult) -> Content | None:
    """Make the task's content and mark the task completed, in the caller's transaction. Flushes.

    None when the task is completed already or gone: another worker got there first, and this draft is dropped.
    """
    task = _claim_task(account_id, task_id, draft)
    if task is None:
        return None
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
        slug=draft.slug,
    )
    attach_keywords((content.id, keyword.id) for keyword in task.keywords)
    if draft.by_rule:
        made = {name: getattr(content, name, "") for name in draft.by_rule}
        of_task = (Brief.account_id == account_id, Brief.task_id == task_id)
        db.session.execute(update(Brief).where(*of_task).values(by_rule=made, updated_at=utcnow()))
    events.publish(DraftsWritten(account_id, task.site_id, (content.id,)))
    return content


def _claim_task(account_id: int, task_id: int, draft: DraftResult) -> Task | None:
    """Mark the task completed, with its cluster kept for the content; None when it is completed already or gone."""
    waiting = (Task.id == task_id, Task.account_id == account_id, Task.status == "queued")
    while (cluster_id := db.session.scalar(select(Task.cluster_id).where(*waiting))) is not None:
        keep_clusters([cluster_id])
        claimed = db.session.execute(
            update(Task)
            .where(*waiting, Task.cluster_id == cluster_id)
            .values(status="completed", updated_at=utcnow())
            .execution_options(synchronize_session=False)
        )
        if _row_count(claimed):
            return db.session.get_one(Task, task_id, populate_existing=True)
        # It was moved to another cluster just now, or completed: looked at again.
    return None


def _row_count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0


def has_clusters(account_id: int, site_id: int) -> bool:
    """Whether the site has a cluster that a task could belong to."""
    cluster_of_site = exists().where(Cluster.account_id == account_id, Cluster.site_id == site_id)
    return bool(db.session.scalar(select(cluster_of_site)))


def lock_tasks_of_sector(sector_id: int) -> None:
    """Lock the tasks of a sector that is about to be deleted. Answers `sector_deleting`."""
    stmt = select(Task.id).where(Task.sector_id == sector_id).order_by(Task.id)
    db.session.execute(stmt.with_for_update(key_share=True))
