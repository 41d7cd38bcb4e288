"""Rewriting a draft, or one section of it, as the work of a run: the result is proposed next to the text.

The present text stays as it is, whatever people do with it meanwhile. A model writes the whole section by section, like
a first draft; a run that is restarted, or started once more after a failure, asks only for what was not stored.
"""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, select

from app.ai import charging, gateway
from app.ai.call_context import Answered
from app.ai.charging import Charges, count_words
from app.ai.markup import block_html
from app.ai.plans import PlannedSection
from app.ai.tasks.draft import DraftRequest
from app.ai.tasks.finishing import FINISHING
from app.ai.tasks.reparse import REPARSE, AnsweredSection, ReparseRequest
from app.ai.tasks.section import SECTION, SectionRequest
from app.ai.threads import end_calls
from app.ai.wording import title_key
from app.content.models import Content
from app.content.trash.services import refuse_trashed
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.thinker import uses
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import Section
from app.writer.briefs.services import draft_request_of, find_brief
from app.writer.drafting import answers, draft_steps, drafts, proposals
from app.writer.drafting.draft_steps import Step, section_request
from app.writer.drafting.section_models import ANEW, FIRST, Proposal
from app.writer.drafting.section_places import headings_of, section_of, text_before
from app.writer.models import Task
from app.writer.run_kinds import REWRITE, drafts_lane


def start_rewrite(account_id: int, actor: Actor, content_id: int, section: str = "") -> Run:
    """Start rewriting a content, or the section under this heading. Flushes.

    Raises Conflict for content in the trash, DomainError for one without a task and for a heading that is not in the
    text, NotEnoughCredits.
    """
    content = owned(Content, content_id, account_id)
    refuse_trashed(content)
    task, _brief = _task_and_brief(content)
    if section and section_of(content.content_html, section) is None:
        raise DomainError(
            gettext("There is no section “%(section)s” in the saved text.", section=section),
            code="SECTION_GONE",
            cure=gettext("Save, then choose again."),
        )
    if section and not gateway.has_model(account_id):
        raise DomainError(
            gettext("One section can only be written anew by a model, and none is set up."),
            code="AI_NO_MODEL",
            cure=gettext("Add an AI provider under Settings, or write the whole outline anew."),
        )
    what = f"“{section}” of “{task.title}”" if section else f"“{task.title}”"
    run = start_run(
        account_id=account_id,
        kind=REWRITE,
        title=f"Writing {what} anew"[:300],
        actor=actor,
        site_id=content.site_id,
        params={"content_id": content.id, "section": section},
        lane=None if section else drafts_lane(account_id),
        exclusive_key=f"{REWRITE.name}:{content.id}:{title_key(section)[:60]}",
        subject_type="content",
        subject_id=content.id,
    )
    charging.reserve_credits(run, "content", 1)
    return run


def _task_and_brief(content: Content) -> tuple[Task, Brief]:
    """The task and the brief that a content was written from."""
    task = db.session.get(Task, content.task_id) if content.task_id is not None else None
    brief = find_brief(content.account_id, task.id) if task is not None else None
    if task is None or task.account_id != content.account_id or brief is None:
        raise DomainError(
            gettext("The task and brief that this was written by are not there any more."),
            code="NO_BRIEF",
            cure=gettext("Make a new task for it, with a brief of its own."),
        )
    return task, brief


def rewrite(context: RunContext) -> Outcome:
    """Ask the model, and propose the result. Commits."""
    account_id = context.run.account_id
    content = owned(Content, context.run.params["content_id"], account_id)
    if _is_offered(context.run):
        return _rewrite_outcome(content.id)
    charges = Charges(context.run, "content", 1)
    charges.used = int(context.so_far.get("credits", 0))
    step, answered = _last_answer(context, charges)
    content = owned(Content, content.id, account_id)
    _offer(context.run, content, step, answered)
    _charge(charges, step, answered, content)
    db.session.commit()
    return _rewrite_outcome(content.id)


def _last_answer(context: RunContext, charges: Charges) -> tuple[Step, Answered[Any]]:
    """Ask for one part after the other and store each. Returns the last step with its answer.

    Other runs get their turn between two parts. If sections were planned again meanwhile, the last answer is dropped,
    and asked for again after those.
    """
    account_id, turn = context.run.account_id, Turn(context)
    while True:
        step = _next_step(context.run)
        context.progress(step=step.says[:200], done=0, total=1)
        db.session.commit()
        answered = _answer_in_thread(context, step)
        if step.text != ANEW:
            return step, answered
        if not step.is_last:
            _store_part(account_id, step, answered, charges)
        elif draft_steps.is_finish_current(account_id, step):
            return step, answered
        if turn.is_over():
            raise TryAgain(timedelta(0), turn.why, counts=False, so_far={"credits": charges.used})


def _next_step(run: Run) -> Step:
    """The next question: about the section under its heading or, for the whole text, about what is not stored yet."""
    content = owned(Content, run.params["content_id"], run.account_id)
    heading = str(run.params["section"])
    task, brief = _task_and_brief(content)
    if heading:
        request = draft_request_of(task, brief)
        asked = _section_request(content, brief, request, heading)
        return Step(task.id, request.title, SECTION, asked, f"“{heading}”"[:200])
    if not gateway.has_model(run.account_id):
        return draft_steps.whole_step(task, brief)
    return draft_steps.step_of(task, brief, ANEW)


def _store_part(account_id: int, step: Step, answered: Answered[Any], charges: Charges) -> None:
    """Store the outline, or one section. Commits."""
    if not step.section_id:
        draft_steps.store_outline(account_id, step, answered)
    elif draft_steps.store_section(account_id, step, answered):
        charges.charge(
            f"rewrite:{step.section_id}:{step.asked.hex()[:12]}",  # a rewritten one is charged again
            units=step.words_before + count_words(answered.result.content_html),
            before=step.words_before,
            object_type="task",
            object_id=step.task_id,
            title=step.title,
            answered=answered,
        )
    db.session.commit()


def _charge(charges: Charges, step: Step, answered: Answered[Any], content: Content) -> None:
    """Charge what the last answer added to the words of the text."""
    result = answered.result
    around = f"{result.introduction}{result.questions}" if step.operation is FINISHING else result.content_html
    charges.charge(
        "rewrite",
        units=step.words_before + count_words(around),
        before=step.words_before,
        object_type="content",
        object_id=content.id,
        title=content.title,
        answered=answered,
    )


def _offer(run: Run, content: Content, step: Step, answered: Answered[Any]) -> None:
    """Propose what was written. Flushes."""
    result: Any = answered.result
    heading, images = str(run.params["section"]), []
    if step.operation is FINISHING:
        images = [image.model_dump() for image in result.images]
        result = draft_steps.joined(_task_and_brief(content)[1], step, answered)
    fields = {} if heading else {name: getattr(result, name) for name in proposals.FIELDS}
    offered = proposals.add_proposal(
        content,
        result.content_html,
        origin=str(run.id)[:20],
        actor_id=run.actor_id,
        section=heading,
        title="" if heading else result.title,
        fields=fields | ({proposals.IMAGES: images} if images else {}),
    )
    part = proposals.part_of(offered)
    if step.text != ANEW:
        answers.keep_answer(db.session.get_one(Task, step.task_id), part, answers.LAST, "", answered.raw)
    else:
        draft_steps.keep_last_answer(step, answered, part)
        draft_steps.forget(content.account_id, step.task_id, ANEW)
        uses.rename_parts(content.account_id, step.task_id, f"{ANEW}:", part)
    if not answered.is_builtin:
        uses.record_answer(content.account_id, content.site_id, step.operation, answered, part=part)


def _is_offered(run: Run) -> bool:
    """Whether this run stored its text before its worker died."""
    key = str(run.id)[:20]
    return bool(
        db.session.scalar(select(exists().where(Proposal.account_id == run.account_id, Proposal.origin == key)))
    )


def _rewrite_outcome(content_id: int) -> Outcome:
    return Outcome(
        "Written anew. Your text is as it was: compare both and choose.", f"/writer/contents/{content_id}/versions/"
    )


def _section_request(content: Content, brief: Brief, request: DraftRequest, heading: str) -> SectionRequest:
    """The request to write a section: as the brief plans it, if it does."""
    sections = [Section.of(row) for row in brief.outline]
    place = next(
        (position for position, section in enumerate(sections) if title_key(section.heading) == title_key(heading)),
        None,
    )
    before = block_html.plain_text(text_before(content.content_html, heading))
    if place is not None:
        return section_request(request, sections, place, before)
    planned = PlannedSection(heading=heading)
    whole = request.model_copy(update={"outline": [*request.outline, planned]})
    own_request = section_request(whole, [*sections, Section("", heading)], len(sections), before)
    return own_request.model_copy(update={"headings": headings_of(content.content_html)})


def _answer_in_thread(context: RunContext, step: Step) -> Answered[Any]:
    """Ask in a thread, and notice meanwhile when a person cancels."""
    stopped = threading.Event()
    pool = ThreadPoolExecutor(max_workers=1)
    asked = pool.submit(drafts.in_threads(context, stopped), step)
    try:
        while not wait([asked], timeout=2).done:
            context.progress(step=step.says[:200], done=0, total=1)
        return asked.result()
    finally:
        end_calls(pool, [asked], stopped)


def read_again(account_id: int, actor: Actor, content_id: int, proposal_id: int | None = None) -> Proposal:
    """Read the stored answers of a text again by today's rules, and propose the result; no call. Commits first.

    The text is the draft, or one that was rewritten. Raises DomainError where no answer is stored.
    """
    content = owned(Content, content_id, account_id)
    task, brief = _task_and_brief(content)
    source = owned(Proposal, proposal_id, account_id) if proposal_id is not None else None
    if source is not None and source.content_id != content.id:
        raise NotFound()
    request = _reparse_request(task, brief, source)
    section = source.section if source is not None else ""
    result = gateway.run(account_id, REPARSE, request).result
    return proposals.add_proposal(
        content,
        result.content_html,
        origin="read again",
        actor_id=actor.id,
        section=section,
        title="" if section else result.title,
        fields={} if section else {name: getattr(result, name) for name in proposals.FIELDS},
    )


def _reparse_request(task: Task, brief: Brief, source: Proposal | None) -> ReparseRequest:
    """The stored answers of the draft or of the proposal. Raises DomainError where there are none."""
    rows = answers.stored_answers(task.account_id, task.id, FIRST if source is None else proposals.part_of(source))
    sections = [AnsweredSection(heading=row.heading, raw=raw) for row, raw in rows if row.section_id != answers.LAST]
    last = next((raw for row, raw in rows if row.section_id == answers.LAST), "")
    if not last or [row.place for row, _raw in rows] != list(range(len(rows))):  # some are older than 30 days
        raise DomainError(
            gettext("No answer of a model is stored for this."),
            code="NO_STORED_ANSWER",
            cure=gettext(
                "Texts by a model have one for 30 days, where the account keeps prompts and answers. Write it anew."
            ),
        )
    draft = draft_request_of(task, brief)
    if source is not None and source.section:
        return ReparseRequest(draft=draft, sections=[AnsweredSection(heading=source.section, raw=last)])
    return ReparseRequest(draft=draft, sections=sections, last=last)
