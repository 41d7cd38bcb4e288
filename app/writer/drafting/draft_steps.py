"""The steps in which a model writes a draft: the outline if none is planned, the sections, then what frames them.

Each is stored by itself, and one that is stored is not asked for again, even if a worker dies. The outline of the
built-in writer is one step. Services flush; callers commit.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.ai.call_context import Answered
from app.ai.charging import count_words
from app.ai.markup import block_html
from app.ai.operations import Operation
from app.ai.tasks.draft import DRAFT, DraftRequest, DraftResult
from app.ai.tasks.finishing import FINISHING, FinishingRequest, FinishingResult, assembled
from app.ai.tasks.outline import OUTLINE
from app.ai.tasks.section import SECTION, SectionRequest
from app.ai.wording import title_key
from app.content.models import Content
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.tenancy import owned
from app.thinker import uses
from app.writer import services
from app.writer.briefs.making import brief_values_of
from app.writer.briefs.models import Brief
from app.writer.briefs.outlines import outline_request
from app.writer.briefs.sections import Section, new_id
from app.writer.briefs.services import brief_of, draft_request_of, find_brief, keep_outline
from app.writer.drafting import answers
from app.writer.drafting.section_models import FIRST, DraftSection
from app.writer.models import Task
from app.writer.pictures.services import keep_plan

BEFORE = 2_000  # letters of the text before a section that its writer is shown


@dataclass(frozen=True)
class Step:
    """One question of a draft. `section_id` is that of a section; `text` says which text of the task it is part of.

    `asked` is the digest of what a section is written from: a section stored with another digest is rewritten.
    `sections`, for a last question, are the ids of the sections it is about, each with its digest.
    """

    task_id: int
    title: str
    operation: Operation[Any, Any, Any]
    request: BaseModel
    says: str
    section_id: str = ""
    words_before: int = 0
    text: str = FIRST
    asked: bytes = b""
    sections: tuple[tuple[str, bytes], ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether the draft is complete after this step."""
        return self.operation in (DRAFT, FINISHING)


def next_step(account_id: int, task_id: int, *, has_model: bool) -> Step | None:
    """The next question to ask; None when the task is written. Makes the brief where there is none. Raises NotFound."""
    task = owned(Task, task_id, account_id)
    if task.status != "queued":
        return None
    return step_of(task, find_brief(account_id, task.id), FIRST) if has_model else whole_step(task, brief_of(task))


def whole_step(task: Task, brief: Brief) -> Step:
    """The one step of the built-in writer."""
    return Step(task.id, brief.title, DRAFT, draft_request_of(task, brief), brief.title)


def step_of(task: Task, brief: Brief | None, text: str) -> Step:
    """The next question to a model for a text of the task; without a brief, or sections in it, that is the outline."""
    if brief is None or not brief.outline:
        planned = brief or brief_values_of(task)
        return Step(task.id, planned.title, OUTLINE, outline_request(task, planned), "Planning the sections", text=text)
    request = draft_request_of(task, brief)
    sections = [Section.of(row) for row in brief.outline]
    stored = stored_sections(task.account_id, task.id, text)
    for place, section in enumerate(sections):
        row = stored.get(section.id)
        if row is None or row.asked not in (_digest(section, request), *_digests_of_earlier_releases(section, request)):
            return _section_step(request, task.id, sections, place, stored, text)
    return _finishing_step(request, task.id, sections, stored, text)


def stored_sections(account_id: int, task_id: int, text: str = FIRST) -> dict[str, DraftSection]:
    """The sections of a text of the task that are written, by id."""
    mine = (DraftSection.account_id == account_id, DraftSection.task_id == task_id, DraftSection.text == text)
    return {row.section_id: row for row in db.session.scalars(select(DraftSection).where(*mine))}


def store_outline(account_id: int, step: Step, answered: Answered[Any]) -> None:
    """Put the sections into the task's brief, unless somebody has planned it meanwhile. Flushes."""
    task = db.session.get(Task, step.task_id)
    if task is None or task.account_id != account_id:
        return
    plan = answered.result
    sections = [Section(new_id(), one.heading, one.notes, tuple(one.keywords)) for one in plan.sections]
    if keep_outline(task, [section.stored() for section in sections], plan.questions):
        _record(task, step, answered, "outline")


def _record(task: Task, step: Step, answered: Answered[Any], part: str) -> None:
    part = part if step.text == FIRST else f"{step.text}:{part}"
    uses.record_answer(task.account_id, task.site_id, step.operation, answered, task_id=task.id, part=part)


def _digest(section: Section, request: DraftRequest) -> bytes:
    """The digest of what a section is written from, apart from the sections around it."""
    purpose = (request.description, request.intent, sorted(_loose_keywords(request)))
    return _hashed([*_plan_and_manner(section, request), *purpose])


def _plan_and_manner(section: Section, request: DraftRequest) -> list[Any]:
    manner = (request.length_words, request.tone, request.country, request.language, request.persona, request.strategy)
    return [section.heading, section.notes, section.keywords, *manner]


def _digests_of_earlier_releases(section: Section, request: DraftRequest) -> tuple[bytes, bytes]:
    """The digests that earlier releases stored with a section: of the plan alone, or with the manner of writing.

    They keep what was written and paid for then from being asked again, and may be removed once no draft begun before
    December 2026 is unfinished.
    """
    return _hashed([section.heading, section.notes, section.keywords]), _hashed(_plan_and_manner(section, request))


def _hashed(values: list[Any]) -> bytes:
    asked = json.dumps(values, ensure_ascii=False)
    return hashlib.blake2b(asked.encode(errors="replace"), digest_size=16).digest()


def _words_of(sections: list[Section], stored: Mapping[str, DraftSection]) -> int:
    """How many words the sections have that are written and still planned; other sections were charged separately."""
    return sum(stored[section.id].words for section in sections if section.id in stored)


def _loose_keywords(request: DraftRequest) -> list[str]:
    """The secondary keywords that no section holds."""
    held = {title_key(keyword) for section in request.outline for keyword in section.keywords}
    return [keyword for keyword in request.keywords if title_key(keyword) not in held]


def section_request(request: DraftRequest, sections: list[Section], place: int, text_before: str) -> SectionRequest:
    """The request to write one section."""
    return SectionRequest(
        title=request.title,
        section=request.outline[place],
        headings=[section.heading for section in sections],
        text_before=text_before[-BEFORE:],
        words=max(60, round(request.length_words * 0.85 / len(sections))),  # the rest opens and closes
        primary_keyword=request.primary_keyword,
        keywords=_loose_keywords(request),
        description=request.description,
        intent=request.intent,
        content_structure=request.content_structure,
        links=request.links,
        tone=request.tone,
        country=request.country,
        language=request.language,
        site_name=request.site_name,
        persona=request.persona,
        strategy=request.strategy,
    )


def _section_step(
    request: DraftRequest,
    task_id: int,
    sections: list[Section],
    place: int,
    stored: Mapping[str, DraftSection],
    text: str,
) -> Step:
    written = [stored[section.id] for section in sections[:place] if section.id in stored]
    before = block_html.plain_text(written[-1].content_html) if written else ""
    return Step(
        task_id,
        request.title,
        SECTION,
        section_request(request, sections, place, before),
        f"Section {place + 1} of {len(sections)}, “{sections[place].heading}”",
        sections[place].id,
        _words_of(sections, stored),
        text,
        _digest(sections[place], request),
    )


def _finishing_step(
    request: DraftRequest, task_id: int, sections: list[Section], stored: Mapping[str, DraftSection], text: str
) -> Step:
    texts = [block_html.plain_text(stored[section.id].content_html) for section in sections]
    finishing = FinishingRequest(
        title=request.title,
        text="\n\n".join(texts),
        headings=[section.heading for section in sections],
        questions=request.questions,
        primary_keyword=request.primary_keyword,
        keywords=request.keywords,
        description=request.description,
        intent=request.intent,
        tone=request.tone,
        country=request.country,
        language=request.language,
        site_name=request.site_name,
        persona=request.persona,
        strategy=request.strategy,
    )
    return Step(
        task_id,
        request.title,
        FINISHING,
        finishing,
        "Title, excerpt and questions",
        words_before=_words_of(sections, stored),
        text=text,
        sections=tuple((section.id, stored[section.id].asked) for section in sections),
    )


def is_finish_current(account_id: int, step: Step) -> bool:
    """Whether a last answer fits the sections as they are planned and stored now, minutes later.

    True also when brief or task is gone: there is nothing more to do then.
    """
    if step.operation is not FINISHING:
        return True
    task, brief = db.session.get(Task, step.task_id), find_brief(account_id, step.task_id)
    if task is None or brief is None:
        return True
    db.session.refresh(brief)
    now = step_of(task, brief, step.text)
    return now.operation is FINISHING and now.sections == step.sections


def store_section(account_id: int, step: Step, answered: Answered[Any]) -> bool:
    """Store a section, in place of one whose plan was changed. Flushes.

    False when the task is gone, or another worker has stored this section already: then that one counts, and is
    charged.
    """
    task = db.session.get(Task, step.task_id)
    if task is None or task.account_id != account_id:
        return False
    html, now = answered.result.content_html, utcnow()
    values = {
        "asked": step.asked,
        "content_html": html,
        "words": count_words(html),
        "updated_at": now,
    }
    stmt = insert(DraftSection).values(
        account_id=account_id,
        site_id=task.site_id,
        task_id=task.id,
        text=step.text,
        section_id=step.section_id,
        created_at=now,
        **values,
    )
    is_new = DraftSection.asked != stmt.excluded.asked
    upsert = stmt.on_conflict_do_update(index_elements=["task_id", "text", "section_id"], set_=values, where=is_new)
    if db.session.scalar(upsert.returning(DraftSection.id)) is None:
        return False
    heading = step.request.section.heading if isinstance(step.request, SectionRequest) else ""
    answers.keep_answer(task, step.text, step.section_id, heading, answered.raw)
    _record(task, step, answered, step.section_id)
    return True


def forget(account_id: int, task_id: int, text: str) -> None:
    """Drop the sections of a text that is stored elsewhere now. Flushes."""
    mine = (DraftSection.account_id == account_id, DraftSection.task_id == task_id, DraftSection.text == text)
    db.session.execute(delete(DraftSection).where(*mine).execution_options(synchronize_session=False))


def complete(account_id: int, step: Step, answered: Answered[Any]) -> Content | None:
    """Make the content from the last answer, for which `is_finish_current` holds.

    None when the task is written or gone. Flushes. Raises NotFound when its sections are gone.
    """
    if step.operation is DRAFT:  # the built-in writer's
        return services.complete_task(account_id, step.task_id, answered.result)
    finishing: FinishingResult = answered.result
    brief = find_brief(account_id, step.task_id)
    if brief is None:
        return None
    content = services.complete_task(account_id, step.task_id, joined(brief, step, answered))
    if content is not None:
        keep_last_answer(step, answered, FIRST)
        keep_plan(content, [image.model_dump() for image in finishing.images], content.content_html)
    return content


def joined(brief: Brief, step: Step, answered: Answered[Any]) -> DraftResult:
    """The draft, joined from its last answer and the sections that this was about. Raises NotFound when one is gone."""
    stored = stored_sections(brief.account_id, brief.task_id, step.text)
    if any(section_id not in stored for section_id, _ in step.sections):
        raise NotFound()
    sections = [stored[section_id].content_html for section_id, _ in step.sections]
    return assembled(answered.result, sections)


def keep_last_answer(step: Step, answered: Answered[Any], name: str) -> None:
    """Store the last answer of a text; all of its answers are stored under `name` from now on. Flushes."""
    task = db.session.get_one(Task, step.task_id)
    answers.keep_answer(task, step.text, answers.LAST, "", answered.raw)
    answers.end_text(task.account_id, task.id, step.text, [section_id for section_id, _ in step.sections], name)
