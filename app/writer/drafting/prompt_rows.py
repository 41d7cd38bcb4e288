"""Tasks as rows on which the prompts for outlines, drafts and sections can be tried."""

from pydantic import BaseModel
from sqlalchemy import select

from app.ai.tasks.draft import DRAFT
from app.ai.tasks.outline import OUTLINE
from app.ai.tasks.section import SECTION
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.listing.search import Search
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.thinker import rows
from app.writer.briefs import outlines
from app.writer.briefs.making import brief_values_of
from app.writer.briefs.sections import Section
from app.writer.briefs.services import draft_request_of, find_brief
from app.writer.drafting import draft_steps
from app.writer.models import Task

KIND = "task:"
OPERATIONS = frozenset({OUTLINE.key, DRAFT.key, SECTION.key})


def tasks(account_id: int, operation: str, words: str) -> list[rows.Row]:
    """The newest tasks whose title has these words."""
    if operation not in OPERATIONS:
        return []
    is_found = Search(Task.search, Task.title).where(words)
    stmt = select(Task.id, Task.title, Task.site_id).where(Task.account_id == account_id, *is_found)
    rows_found = db.session.execute(stmt.order_by(Task.id.desc()).limit(rows.AT_MOST))
    return [rows.Row(f"{KIND}{row.id}", row.title, row.site_id) for row in rows_found]


def task_case(account_id: int, operation: str, key: str) -> rows.Case | None:
    """The request about this task, even if it is written already. Stores nothing."""
    task_id = parse_id(key.removeprefix(KIND)) if operation in OPERATIONS and key.startswith(KIND) else None
    if task_id is None:
        return None
    try:
        task = owned(Task, task_id, account_id)
    except NotFound:
        return None
    request = _request(task, operation)
    return rows.Case(rows.Row(key, task.title, task.site_id), request) if request else None


def _request(task: Task, operation: str) -> BaseModel | None:
    """The operation's request; for sections that of the first one, None for a task without planned sections."""
    brief = find_brief(task.account_id, task.id) or brief_values_of(task)
    if operation == OUTLINE.key:
        return outlines.outline_request(task, brief)
    request = draft_request_of(task, brief)
    if operation == DRAFT.key:
        return request
    sections = [Section.of(row) for row in brief.outline]
    return draft_steps.section_request(request, sections, 0, "") if sections else None


def connect() -> None:
    """Register with Thinker's hooks."""
    rows.rows_for.add(tasks)
    rows.case_for.add(task_case)
