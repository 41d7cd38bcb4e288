"""Briefs: making one for a task, changing it, and what it asks of whoever writes. Services flush; callers commit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.ai.plans import LinkTarget, PlannedSection
from app.ai.tasks.draft import DraftRequest
from app.ai.wording import title_key
from app.content.listing import IS_LIVE
from app.content.models import Content
from app.core.clock import utcnow
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.search import Search
from app.core.tenancy import owned
from app.sites.models import Site
from app.thinker import personas
from app.thinker.strategy import note_for
from app.writer.briefs.making import brief_values_of
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section
from app.writer.drafting.section_models import DraftSection, StoredAnswer
from app.writer.models import Task

FIELDS = (
    "title",
    "description",
    "intent",
    "primary_keyword",
    "secondary_keywords",
    "outline",
    "questions",
    "link_ids",
    "length_words",
    "persona",
    "tone",
    "country",
    "language",
)
MOST_SUGGESTED, MOST_FOUND = 8, 20


class BriefConflict(Conflict):
    """Somebody saved this brief since the page was opened. `current` is what is stored now."""

    def __init__(self, current: Brief) -> None:
        super().__init__(
            gettext("Somebody else saved this brief while you were changing it."),
            code="BRIEF_CONFLICT",
            cure=gettext("What you wrote is still on this page. Compare, then save again to replace what they saved."),
        )
        self.current = current


def find_brief(account_id: int, task_id: int) -> Brief | None:
    """The brief of a task, even if the task is gone."""
    return db.session.scalar(select(Brief).where(Brief.account_id == account_id, Brief.task_id == task_id))


def brief_of(task: Task) -> Brief:
    """The task's brief, made and stored when it has none. Flushes; safe to race."""
    brief = find_brief(task.account_id, task.id)
    if brief is not None:
        return brief
    _make(task)
    return db.session.scalars(select(Brief).where(Brief.task_id == task.id)).one()


def _make(task: Task, **given: Any) -> bool:
    """Store a first brief, with the values `given`. Returns False when another request stored one first."""
    first_values, now = brief_values_of(task), utcnow()
    values = {name: getattr(first_values, name) for name in ("account_id", "site_id", "task_id", *FIELDS, "nearest")}
    stmt = insert(Brief).values(**(values | given), version=1, created_at=now, updated_at=now)
    stmt = stmt.on_conflict_do_nothing(index_elements=["task_id"])
    return db.session.scalar(stmt.returning(Brief.id)) is not None


def keep_outline(task: Task, outline: list[dict[str, Any]], questions: list[str]) -> bool:
    """Give the task's brief these sections, when it has none; False when it has. Flushes; safe to race."""
    brief = find_brief(task.account_id, task.id)
    if brief is None:
        return _make(task, outline=outline, questions=questions)
    changes: dict[str, Any] = {"outline": outline, "version": Brief.version + 1, "updated_at": utcnow()}
    if not brief.questions:
        changes["questions"] = questions
    stmt = update(Brief).where(Brief.id == brief.id, Brief.version == brief.version, Brief.outline == [])
    result = db.session.execute(stmt.values(**changes).execution_options(synchronize_session=False))
    db.session.refresh(brief)
    return bool(isinstance(result, CursorResult) and result.rowcount)


def save_brief(account_id: int, task_id: int, values: dict[str, Any], *, expected_version: int) -> Brief:
    """Store a changed brief; its title, keyword, tone and country are copied to the task. Flushes.

    Raises NotFound, and BriefConflict when the stored version is not `expected_version`.
    """
    mine = (Task.id == task_id, Task.account_id == account_id)
    locking = select(Task).where(*mine).with_for_update(of=Task).execution_options(populate_existing=True)
    task = db.session.scalar(locking)  # before its brief, as who saves the task does
    if task is None:
        raise NotFound()
    brief = brief_of(task)
    links = linkable(account_id, task.site_id, values["link_ids"])
    values = {name: values[name] for name in FIELDS} | {"link_ids": [content.id for content in links]}
    result = db.session.execute(
        update(Brief)
        .where(Brief.id == brief.id, Brief.version == expected_version)
        .values(**values, version=Brief.version + 1, updated_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(brief)
    if not (isinstance(result, CursorResult) and result.rowcount):
        raise BriefConflict(brief)  # zero rows: somebody else saved first
    task.title, task.primary_keyword = brief.title, brief.primary_keyword
    task.description, task.tone, task.country = brief.description, brief.tone, brief.country
    db.session.flush()
    return brief


def follow_task(task: Task) -> None:
    """Copy the fields of the task to its brief. A person who has the brief open sees them when they save. Flushes."""
    brief = find_brief(task.account_id, task.id)
    shared = {name: getattr(task, name) for name in ("title", "description", "primary_keyword", "tone", "country")}
    if brief is None or all(getattr(brief, name) == value for name, value in shared.items()):
        return
    stmt = update(Brief).where(Brief.id == brief.id).values(**shared, version=Brief.version + 1, updated_at=utcnow())
    db.session.execute(stmt.execution_options(synchronize_session=False))
    db.session.refresh(brief)


def follow_keywords(task: Task, before: Sequence[str]) -> None:
    """Let the secondary keywords of the task's brief follow those of the task, which were `before`. Flushes.

    Other keywords of the brief stay, and so does the order if a person has changed it.
    """
    brief = find_brief(task.account_id, task.id)
    if brief is None:
        return
    now = [
        text for text in (row.keyword for row in task.keywords) if title_key(text) != title_key(task.primary_keyword)
    ]
    had = list(brief.secondary_keywords)
    kept = [text for text in had if text in now or text not in before]
    texts = [*kept, *(text for text in now if text not in kept and text not in before)]
    if set(texts) == set(now):
        texts = now
    if texts != had:
        stmt = update(Brief).where(Brief.id == brief.id)
        stmt = stmt.values(secondary_keywords=texts, version=Brief.version + 1, updated_at=utcnow())
        db.session.execute(stmt.execution_options(synchronize_session=False))
        db.session.refresh(brief)


def find_draft(task: Task) -> Content | None:
    """The draft that was made of the task."""
    return db.session.scalar(
        select(Content).where(Content.account_id == task.account_id, Content.task_id == task.id).limit(1)
    )


def delete_unused(account_id: int, task_ids: Select[int]) -> None:
    """Delete the briefs, sections and answers of tasks that are about to be deleted and made no draft. Flushes."""
    drafted = select(Content.task_id).where(Content.account_id == account_id, Content.task_id.is_not(None))
    for model in (Brief, DraftSection, StoredAnswer):
        unused = (model.account_id == account_id, model.task_id.in_(task_ids), model.task_id.not_in(drafted))
        db.session.execute(delete(model).where(*unused).execution_options(synchronize_session=False))


def linkable(account_id: int, site_id: int, content_ids: Sequence[int]) -> list[Content]:
    """Those of these contents that are live on the site, in the order given."""
    stmt = _live(account_id, site_id).where(Content.id.in_(content_ids))
    contents = {content.id: content for content in db.session.scalars(stmt)}
    return [contents[content_id] for content_id in dict.fromkeys(content_ids) if content_id in contents]


def search_linkable(account_id: int, site_id: int, text: str) -> list[Content]:
    """Live contents of the site whose title has these words, the newest first."""
    stmt = _live(account_id, site_id).where(*Search(Content.search, Content.title).where(text))
    return list(db.session.scalars(stmt.order_by(Content.updated_at.desc(), Content.id).limit(MOST_FOUND)))


def _live(account_id: int, site_id: int) -> Any:
    return select(Content).where(
        Content.account_id == account_id,
        Content.site_id == site_id,
        IS_LIVE,
        Content.external_url.is_not(None),
        Content.trashed_at.is_(None),
    )


def rename_persona(account_id: int, before: str, after: str) -> int:
    """Update the name of a persona in the briefs that have it, or remove it. Returns how many. Flushes.

    Briefs of a site that has another persona of that name are left alone.
    """
    named = (Brief.account_id == account_id, func.lower(func.trim(Brief.persona)) == before.lower())
    sites = db.session.scalars(select(Brief.site_id).where(*named).distinct()).all()
    without = [site for site in sites if before.casefold() not in _persona_names(account_id, site)]
    changed = {"persona": after, "version": Brief.version + 1, "updated_at": utcnow()}
    stmt = update(Brief).where(*named, Brief.site_id.in_(without)).values(**changed).returning(Brief.id)
    return len(db.session.scalars(stmt.execution_options(synchronize_session=False)).all())


def _persona_names(account_id: int, site_id: int) -> set[str]:
    return {name.casefold() for name in personas.names_for(account_id, site_id)}


def persona_of(brief: Brief) -> str:
    """The persona who writes the piece, as prompts get it."""
    return personas.text_for(brief.account_id, brief.site_id, brief.persona)


def draft_request_of(task: Task, brief: Brief) -> DraftRequest:
    """The request to write the draft."""
    site = owned(Site, task.site_id, task.account_id)
    sections = [Section.of(row) for row in brief.outline]
    return DraftRequest(
        title=brief.title,
        description=brief.description,
        content_type=task.content_type,  # type: ignore[arg-type]
        content_structure=task.content_structure,
        primary_keyword=brief.primary_keyword,
        keywords=brief.secondary_keywords,
        cluster_name=task.cluster.name,
        tone=brief.tone,
        country=brief.country,
        site_name=site.name,
        intent=brief.intent,
        length_words=brief.length_words,
        persona=persona_of(brief),
        strategy=note_for(task.account_id, task.site_id),
        language=brief.language,
        outline=[
            PlannedSection(heading=section.heading, notes=section.notes, keywords=list(section.keywords))
            for section in sections
        ],
        questions=brief.questions,
        links=[
            LinkTarget(title=content.title, url=content.external_url or "")
            for content in linkable(task.account_id, task.site_id, brief.link_ids)
        ],
    )
