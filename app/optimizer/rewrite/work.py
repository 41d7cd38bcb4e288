"""Optimizing contents as the work of a run. Each answer is stored with its charge: a run that is started again asks
only for what is missing. Commits as it goes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.ai.charging import Charges, count_words
from app.content.models import Content
from app.content.trash.services import refuse_trashed
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.tenancy import owned
from app.core.wording import many, sentences
from app.optimizer.analysis import AnalysisReport, Group, Rating
from app.optimizer.rewrite import tasks
from app.optimizer.rewrite.changes import HTML, read_changes
from app.optimizer.rewrite.improve import (
    ALL_REFUSED,
    FIELDS,
    IMPROVE,
    OPERATION,
    AskedPassage,
    ImproveRequest,
    ImproveResult,
)
from app.optimizer.rewrite.passages import OpenPassage, bare_text, open_passages
from app.optimizer.rewrite.task_models import COMPLETED, FAILED, OptimizationTask
from app.thinker import personas, uses
from app.thinker.strategy import note_for
from app.writer.drafting.drafts import MAY_PASS, OF_ONE_TASK, WAITS

WORDS_AT_ONCE, PASSAGES_AT_ONCE = 900, 30
MOST_PROBLEMS = 12
FIELD_ASSESSMENTS = {
    "seo_title": ("title_width", "keyphrase_in_title"),
    "seo_description": ("description_length", "keyphrase_in_description"),
}


@dataclass
class Optimizing:
    """A run and what it has met so far. `failed` are tasks that nothing came of, `waits` how often the model was waited
    for, `fault` why it is not asked any more: it would fail for any text."""

    context: RunContext
    charges: Charges
    turn: Turn
    total: int
    failed: list[int] = field(default_factory=list)
    waits: int = 0
    fault: DomainError | None = None

    def give_way(self, delay: timedelta = timedelta(0), step: str = "") -> TryAgain:
        """The exception that ends this turn."""
        so_far = {"failed": self.failed, "waits": self.waits}
        return TryAgain(delay, step or self.turn.why, counts=False, so_far=so_far)

    def after(self, error: DomainError) -> DomainError:
        """What a text is told whose model failed so. Raises TryAgain where the same may pass, and others wait too."""
        if error.code in MAY_PASS and self.total > 1 and self.waits < len(WAITS):
            self.waits += 1
            raise self.give_way(WAITS[self.waits - 1], f"Going on later. {error.message}"[:200])
        if error.code not in OF_ONE_TASK:
            self.fault = error
        return error


def optimize_content(context: RunContext) -> Outcome:
    """Propose changes for each content of the run's tasks. What goes wrong with one does not stop the others.

    Where the model fails, what it said before and what rules can mend is proposed all the same, and the task says why.
    """
    run, so_far = context.run, context.so_far
    ids: list[int] = run.params["task_ids"]
    charges = Charges(run, OPERATION, run.params["pieces"])
    work = Optimizing(context, charges, Turn(context), len(ids), so_far.get("failed", []), so_far.get("waits", 0))
    db.session.commit()
    last: DomainError | None = None
    open_ids = [task_id for task_id in tasks.unfinished(run.account_id, ids) if task_id not in set(work.failed)]
    for number, task_id in enumerate(open_ids, len(ids) - len(open_ids)):
        context.progress(step="Optimizing", done=number, total=len(ids))
        try:
            _optimize(work, task_id)
        except DomainError as error:
            db.session.rollback()
            tasks.fail(run.account_id, task_id, error)
            work.failed.append(task_id)
            last = error
        db.session.commit()
        if work.turn.is_over() and task_id != open_ids[-1]:
            raise work.give_way()
    return _outcome(run.account_id, ids, last)


def _outcome(account_id: int, ids: Sequence[int], last: DomainError | None) -> Outcome:
    """What came of the tasks; raises the last error when nothing came of any of them."""
    rows = tasks.ends_of(account_id, ids)
    done = [row for row in rows if row.status == COMPLETED]
    failed = len([row for row in rows if row.status == FAILED])
    if last is not None and not done:
        raise last
    waiting = sum(row.waiting for row in done)
    says = f"{many(waiting, 'change')} proposed for {many(len(done), 'text')}."
    unworded = [row for row in done if row.error]
    link = f"/optimizer/tasks/{done[0].id}/" if len(ids) == 1 and done else "/optimizer/tasks/"
    data = {"changes": waiting, "contents": len(done), "left_out": failed, "without_model": len(unworded)}
    why = f"The model did not finish {many(len(unworded), 'text')}: {unworded[0].error}" if unworded else ""
    return Outcome(sentences(says, why, f"{many(failed, 'text')} failed." if failed else ""), link, data)


def _optimize(work: Optimizing, task_id: int) -> None:
    run = work.context.run
    task = tasks.claim_task(run.account_id, task_id, run.id)
    if task is None:
        return
    content = owned(Content, task.content_id, run.account_id)
    refuse_trashed(content)
    report = tasks.report_of(content, {})
    tasks.begin(task, content, report)
    db.session.commit()
    failure = _asked(work, task_id)
    task = owned(OptimizationTask, task_id, run.account_id)
    suggested = [change for part in _parts_of(task).values() for change in read_changes(part["changes"])]
    change_count = tasks.finish(task, owned(Content, task.content_id, run.account_id), suggested)
    if failure is not None:
        if not change_count:
            raise failure
        tasks.note_failure(task, failure)


def _asked(work: Optimizing, task_id: int) -> DomainError | None:
    """Ask the account's model, if there is one; why it failed, if it did. Commits."""
    if work.fault is not None or not gateway.has_model(work.context.run.account_id, IMPROVE.key):
        return work.fault
    try:
        _ask_for_all(work, task_id)
    except DomainError as error:
        db.session.rollback()
        return work.after(error)
    work.waits = 0
    return None


def _parts_of(task: OptimizationTask) -> dict[str, Any]:
    parts: dict[str, Any] = task.details.get("parts", {})
    return parts


def _ask_for_all(work: Optimizing, task_id: int) -> None:
    """Ask about each part of the text that has no answer yet. Commits after each."""
    context, account_id = work.context, work.context.run.account_id
    task = owned(OptimizationTask, task_id, account_id)
    parts, words_before = parts_to_ask(open_passages(task.html_before)), 0
    for number, passages in enumerate(parts):
        words = sum(passage.words for passage in passages)
        task = owned(OptimizationTask, task_id, account_id)
        if str(number) not in _parts_of(task):
            context.progress(message=f"Part {number + 1} of {len(parts)}" if len(parts) > 1 else "")
            content = owned(Content, task.content_id, account_id)
            request = improve_request(content, task.html_before, passages, with_fields=number == 0)
            _ask(context, task_id, number, request, (words_before, words), work.charges)
            if work.turn.is_over() and number + 1 < len(parts):
                raise work.give_way()
        words_before += words


def parts_to_ask(passages: Sequence[OpenPassage]) -> list[list[OpenPassage]]:
    """The passages in parts of which a model can hold all in view; none for a text without any."""
    parts: list[list[OpenPassage]] = []
    words = 0
    for passage in passages:
        if not parts or words + passage.words > WORDS_AT_ONCE or len(parts[-1]) >= PASSAGES_AT_ONCE:
            parts.append([])
            words = 0
        parts[-1].append(passage)
        words += passage.words
    return parts


def _ask(
    context: RunContext, task_id: int, number: int, request: ImproveRequest, words: tuple[int, int], charges: Charges
) -> None:
    """Ask about one part, and store the answer with its charge. Commits."""
    run, answered = context.run, None
    call = CallContext(run.id, f"optimization:{task_id}", cancelled=context.should_stop)
    try:
        answered = gateway.run(run.account_id, IMPROVE, request, call=call)
    except DomainError as error:
        if error.code != ALL_REFUSED:
            raise
        db.session.rollback()
        refused, changes = int(error.details.get("refused", 1)), []
    else:
        refused, changes = answered.result.refused, list(answered.result.changes)
    task = owned(OptimizationTask, task_id, run.account_id)
    part = {"changes": [change.stored() for change in changes], "refused": refused}
    task.details = {**task.details, "parts": {**_parts_of(task), str(number): part}}
    if answered is not None:
        _charge(task, number, answered, words, charges)
    db.session.commit()


def _charge(
    task: OptimizationTask, number: int, answered: Answered[ImproveResult], words: tuple[int, int], charges: Charges
) -> None:
    before, of_part = words
    used = charges.used
    content = owned(Content, task.content_id, task.account_id)
    charges.charge(
        f"improve:{task.id}:{number}",
        units=before + of_part,
        before=before,
        object_type="content",
        object_id=content.id,
        title=content.title,
        answered=answered,
    )
    task.credits_used += charges.used - used
    uses.record_answer(task.account_id, task.site_id, IMPROVE, answered, part=tasks.part_name(task, number))


def improve_request(
    content: Content, html: str, passages: Sequence[OpenPassage], *, with_fields: bool
) -> ImproveRequest:
    """The question about passages of `html`, a text of the content; `with_fields`: and about its SEO fields."""
    report = tasks.report_of(content, {HTML: html})
    return ImproveRequest(
        title=content.title,
        passages=[AskedPassage(start=one.start, html=one.html, heading=one.heading) for one in passages],
        problems=problems_in(report),
        text=" ".join(bare_text(html).split()),
        fields=_fields_to_write(content, report) if with_fields else {},
        keyphrase=next((str(word) for word in content.focus_keywords), ""),
        language=report.language,
        site_name=content.site.name,
        persona=personas.text_for(content.account_id, content.site_id),
        strategy=note_for(content.account_id, content.site_id),
    )


def problems_in(report: AnalysisReport) -> list[str]:
    """What other wording can make better, in the words of the analysis."""
    rated = [*report.rated(Rating.BAD), *report.rated(Rating.OK)]
    to_solve = [one for one in rated if one.group is Group.READABILITY and one.field == "content"]
    return [f"{one.name}: {one.says} {one.cure}".strip() for one in to_solve[:MOST_PROBLEMS]]


def _fields_to_write(content: Content, report: AnalysisReport) -> dict[str, str]:
    """The SEO fields that an assessment is not content with, as they are."""
    keys = {one.key for one in report.assessments if one.rating in (Rating.BAD, Rating.OK)}
    return {name: getattr(content, name) for name in FIELDS if keys & set(FIELD_ASSESSMENTS[name])}


def pieces_of(html: str) -> int:
    """How many pieces of 200 words a text has at most: what is reserved for it."""
    return -(-count_words(html) // 200)


def refused_in(task: OptimizationTask) -> int:
    """How many suggestions of the model were refused."""
    return sum(part["refused"] for part in _parts_of(task).values())
