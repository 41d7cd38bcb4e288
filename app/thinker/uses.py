"""Which content was written with which version of a prompt. Services flush; callers commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.ai.call_context import Answered
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.hooks import Question
from app.core.languages import N_
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListSpec, Sort
from app.thinker import prompts
from app.thinker.models import PromptUse, PromptVersion
from app.thinker.operations import AnyOperation

USE_LIST = ListSpec(
    id=PromptUse.id,
    account=PromptUse.account_id,
    columns=(Column(N_("Content"), "used"),),
    sorts=(Sort("used", PromptUse.id),),
    default_sort="-used",
    per_page=50,
)
# (account_id, content ids) The titles of those that are there.
titles_of: Question[[int, Sequence[int]], dict[int, str]] = Question()


@dataclass(frozen=True, slots=True)
class Origin:
    """What a content was written with. Without a `version` it was the shipped default, named by its fingerprint."""

    operation: str
    version: PromptVersion | None
    fingerprint: str
    model: str


def record_use(
    account_id: int,
    site_id: int,
    operation: str,
    *,
    content_id: int | None = None,
    task_id: int | None = None,
    part: str = "",
    version_id: int,
    fingerprint: str,
    model: str,
    call_id: int | None,
) -> None:
    """Record what a content, or a part of a task, was written with; a part's earlier record is replaced."""
    values = {
        "site_id": site_id,
        "content_id": content_id,
        "operation": operation,
        "version_id": version_id or None,
        "fingerprint": fingerprint,
        "model": model[:200],
        "call_id": call_id,
        "updated_at": utcnow(),
    }
    stmt = insert(PromptUse).values(
        account_id=account_id, task_id=task_id, part=part, created_at=values["updated_at"], **values
    )
    where = text("part <> ''")  # as the index says it: with a parameter PostgreSQL does not know it again
    db.session.execute(stmt.on_conflict_do_update(index_elements=["task_id", "part"], index_where=where, set_=values))


def record_answer(
    account_id: int,
    site_id: int,
    operation: AnyOperation,
    answered: Answered[Any],
    *,
    content_id: int | None = None,
    task_id: int | None = None,
    part: str = "",
) -> None:
    """Remember what a content, or a part of a task, was written with, as the gateway reports it."""
    version = db.session.get(PromptVersion, answered.prompt_version) if answered.prompt_version else None
    if version is None:
        prompts.keep_shipped(account_id, operation)
    record_use(
        account_id,
        site_id,
        operation.key,
        content_id=content_id,
        task_id=task_id,
        part=part,
        version_id=answered.prompt_version,
        fingerprint=version.fingerprint if version else operation.template.fingerprint,
        model=answered.model,
        call_id=answered.call_id,
    )


def take_over(account_id: int, task_id: int, content_id: int) -> None:
    """Give the records of a task's parts to the content that was made of them."""
    mine = (PromptUse.account_id == account_id, PromptUse.task_id == task_id, PromptUse.content_id.is_(None))
    stmt = update(PromptUse).where(*mine).values(content_id=content_id, updated_at=utcnow())
    db.session.execute(stmt.execution_options(synchronize_session=False))


def rename_parts(account_id: int, task_id: int, start: str, part: str) -> None:
    """Move the records of the task's parts that begin with `start` to this part, which belongs to no task."""
    mine = (PromptUse.account_id == account_id, PromptUse.task_id == task_id, PromptUse.part.startswith(start))
    stmt = update(PromptUse).where(*mine).values(task_id=None, part=part, updated_at=utcnow())
    db.session.execute(stmt.execution_options(synchronize_session=False))


def take_part(account_id: int, part: str, content_id: int) -> None:
    """Give the content the records of this part, which had no task: its proposed text was accepted."""
    mine = (PromptUse.account_id == account_id, PromptUse.part == part, PromptUse.task_id.is_(None))
    stmt = update(PromptUse).where(*mine).values(content_id=content_id, updated_at=utcnow())
    db.session.execute(stmt.execution_options(synchronize_session=False))


def origins_of(account_id: int, content_id: int) -> list[Origin]:
    """What the content was written with, each version and model once, the last first; empty when no model wrote it."""
    stmt = select(PromptUse).where(PromptUse.account_id == account_id, PromptUse.content_id == content_id)
    origins: dict[tuple[str, str, str], Origin] = {}
    for use in db.session.scalars(stmt.order_by(PromptUse.id.desc())):
        version = db.session.get(PromptVersion, use.version_id) if use.version_id else None
        origin = Origin(use.operation, version, use.fingerprint, use.model)
        origins.setdefault((use.operation, use.fingerprint, use.model), origin)
    return list(origins.values())


def _of(account_id: int, operation: str, version_id: int) -> list[ColumnElement[bool]]:
    """Conditions on the uses of a version, or with SHIPPED of every shipped default."""
    version = PromptUse.version_id == version_id if version_id else PromptUse.version_id.is_(None)
    has_content = PromptUse.content_id.is_not(None)
    return [PromptUse.account_id == account_id, PromptUse.operation == operation, version, has_content]


def list_contents(
    account_id: int, operation: str, version_id: int, values: Mapping[str, str]
) -> Page[tuple[int | None, str]]:
    """One page of (id, title) of the contents written with this version, the newest first.

    They are those that the person may see, each once, by its last use.
    """
    later = aliased(PromptUse)
    version = later.version_id == version_id if version_id else later.version_id.is_(None)
    is_later = (later.account_id == account_id, later.operation == operation, version, later.id > PromptUse.id)
    has_later = exists().where(later.content_id == PromptUse.content_id, *is_later)
    query = USE_LIST.read(values)
    page = fetch_page(USE_LIST, query, select(PromptUse).where(*_of(account_id, operation, version_id), ~has_later))
    ids = [use.content_id for use in page.items]
    titles: dict[int, str] = {}
    for answer in titles_of(account_id, ids):
        titles |= answer
    return replace(page, items=[(content_id, titles.get(content_id, "")) for content_id in ids])
