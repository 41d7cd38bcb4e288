"""Writing drafts, as the work of a run. May start again from the beginning: completed tasks are passed over."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import current_app

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.ai.calls.spending import concurrency_of
from app.ai.charging import Charges, count_words
from app.ai.limits.gate import BUSY, PASSING, PAUSED
from app.ai.partial_answers import words_so_far
from app.ai.threads import end_calls
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.row_security import within
from app.core.runs import Outcome, RunContext
from app.core.runs.context import Cancelled, TryAgain
from app.core.runs.live_texts import TextWriter
from app.core.runs.turns import Turn
from app.core.wording import many
from app.thinker import uses
from app.writer.drafting import draft_steps
from app.writer.drafting.draft_steps import Step

MAX_SECONDS = 2400
# Faults of one piece of text; all others would meet the next task too and end the run.
OF_ONE_TASK = frozenset(
    {"AI_REFUSED", "AI_ANSWER_INVALID", "AI_ANSWER_TOO_LONG", "AI_ANSWER_EMPTY", "AI_REQUEST_TOO_LARGE"}
)
SPENDING_CAP = "AI_SPENDING_CAP"
# What may pass: many drafts wait for it, longer each time, until nothing has come of any wait.
MAY_PASS = PASSING | {BUSY, PAUSED}
WAITS = tuple(timedelta(seconds=seconds) for seconds in (20, 60, 180, 600))


@dataclass
class _DraftingWork:
    """The waiting tasks, the questions under way, and their results.

    `trouble` may pass, a `fault` ends the run; either way nothing more is asked, and what is under way is saved first.
    `refused` are tasks held back by a spending cap, and `settled` counts the calls that have ended since they were last
    tried. `begun` are tasks of which something was stored.
    """

    waiting: list[int]
    total: int
    charges: Charges
    write: Callable[[Step], Answered[Any]]
    at_once: int
    has_model: bool
    asked: dict[Future[Answered[Any]], Step] = field(default_factory=dict)
    written: list[int] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: int = 0
    deleted: int = 0
    waits: int = 0
    trouble: DomainError | None = None
    fault: DomainError | None = None
    refused: dict[int, DomainError] = field(default_factory=dict)
    settled: int = 0
    begun: set[int] = field(default_factory=set)
    until: float = field(default_factory=lambda: time.monotonic() + MAX_SECONDS)

    def take_up(self, so_far: dict[str, Any]) -> None:
        """Go on from what an earlier turn has done."""
        self.waiting = list(so_far.get("waiting", self.waiting))
        self.written, self.failed = list(so_far.get("written", [])), dict(so_far.get("failed", {}))
        self.skipped, self.deleted = int(so_far.get("skipped", 0)), int(so_far.get("deleted", 0))
        self.waits = int(so_far.get("waits", 0))
        self.charges.used = int(so_far.get("credits", 0))

    def so_far(self) -> dict[str, Any]:
        """What the next turn has to know, while nothing is under way."""
        return {
            "waiting": self.waiting,
            "written": self.written,
            "failed": self.failed,
            "skipped": self.skipped,
            "deleted": self.deleted,
            "waits": self.waits,
            "credits": self.charges.used,
        }

    def may_wait(self, error: DomainError) -> bool:
        """Whether to try again later after this error.

        A run of a single draft fails at once, and the person may retry it.
        """
        return self.total > 1 and error.code in MAY_PASS and self.waits < len(WAITS)

    def keep_failed(self, task_id: int, error: DomainError) -> None:
        """Record what follows from a failed call: another try, a draft that cannot be written, or the run's end."""
        if error.code == SPENDING_CAP:
            self.refused[task_id] = error
            return
        self.settled += 1
        if self.may_wait(error):
            self.trouble = self.trouble or error
            self.waiting.insert(0, task_id)
        elif error.code in OF_ONE_TASK:
            self.failed[str(task_id)] = f"{error.message} {error.cure}".strip()
        else:
            self.fault = self.fault or error

    def rest(self, why: str) -> TryAgain:
        """The exception that ends this turn, with nothing under way: others wait, or there is trouble that may pass."""
        if self.trouble is None:
            return TryAgain(timedelta(0), why or "Going on in a moment", counts=False, so_far=self.so_far())
        self.waits += 1
        step = f"Going on later. {self.trouble.message}"[:200]
        return TryAgain(WAITS[self.waits - 1], step, counts=False, so_far=self.so_far())

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left to ask for, to save, or to raise."""
        return not (self.waiting or self.asked or self.refused or self.fault)

    @property
    def is_held(self) -> bool:
        """Whether to ask for nothing more before what is under way has ended."""
        return bool(self.trouble or self.fault or self.refused)

    def try_refused(self) -> None:
        """With nothing under way, try again what a spending cap refused, fewer at once.

        Each call reserves the most that it can cost until it has ended, so calls may fit under a cap one after the
        other that do not fit at once. If no call has ended since they were last tried, nothing more fits: that is the
        fault.
        """
        if not self.refused or self.asked:
            return
        if not self.settled:
            self.fault = self.fault or next(iter(self.refused.values()))
        self.at_once, self.settled = max(1, self.at_once // 2), 0
        self.waiting = sorted([*self.waiting, *self.refused], key=lambda task_id: (task_id not in self.begun, task_id))
        self.refused = {}

    def is_late(self) -> bool:
        """Whether it is too late to begin anything more, so that the job stays within the queue's time limit."""
        return time.monotonic() > self.until

    @property
    def done(self) -> int:
        return len(self.written) + len(self.failed) + self.skipped + self.deleted


def generate_drafts(context: RunContext) -> Outcome:
    """Write the run's tasks, with a model as many at a time as the account allows, each saved at once. Commits."""
    ids: list[int] = context.run.params["task_ids"]
    account_id = context.run.account_id
    charges = Charges(context.run, "content", len(ids))
    has_model = gateway.has_model(account_id)
    at_once = concurrency_of(account_id) if has_model else 1
    db.session.commit()
    stopped = threading.Event()
    work = _DraftingWork(list(ids), len(ids), charges, in_threads(context, stopped), at_once, has_model)
    work.take_up(context.so_far)
    turn = Turn(context)
    pool = ThreadPoolExecutor(max_workers=at_once)
    try:
        while not work.is_at_end:
            work.try_refused()
            _show(context, work)
            if not (work.is_held or turn.is_over() or work.is_late()):
                _submit_steps(pool, account_id, work)
            elif not work.asked:  # what is under way is paid for, and saved first
                raise work.fault or work.rest(turn.why)
            _save_finished(account_id, work)
        _show(context, work)
    except Cancelled:
        raise Cancelled(
            f"Cancelled. {len(work.written):,} of {work.total:,} drafts were written before that."
        ) from None
    except DomainError as error:
        if work.written:
            error.message += f" {len(work.written):,} of {work.total:,} drafts were written before that."
        raise
    finally:
        end_calls(pool, work.asked, stopped)
    return _drafts_outcome(work)


def _show(context: RunContext, work: _DraftingWork) -> None:
    """Say how far it is, and of a single draft which part is being written."""
    says = [step.says for step in work.asked.values() if not (step.is_last and step.says == step.title)]
    step = says[0][:200] if work.total == 1 and says else "Writing drafts"
    context.progress(step=step, done=work.done, total=work.total)


def in_threads(context: RunContext, stopped: threading.Event) -> Callable[[Step], Answered[Any]]:
    """A function that does one step in a thread, with an application context of its own in the run's account."""
    app_context = current_app.app_context
    account_id, run_id = context.run.account_id, context.run_id

    def write(step: Step) -> Answered[Any]:
        with app_context(), within(account_id):
            title = step.title if step.says == step.title else f"{step.title} · {step.says}"
            live_text = TextWriter(run_id, step.title, title)
            call = CallContext(
                run_id,
                subject=title,
                on_text=lambda answer: live_text.write(words_so_far(answer)),
                cancelled=stopped.is_set,
            )
            try:
                return gateway.run(account_id, step.operation, step.request, call=call)
            finally:
                live_text.end()

    return write


def _submit_steps(pool: ThreadPoolExecutor, account_id: int, work: _DraftingWork) -> None:
    """Keep as many questions under way as allowed; the transaction that reads them ends before a call goes out."""
    while work.waiting and len(work.asked) < work.at_once:
        task_id = work.waiting.pop(0)
        try:
            step = draft_steps.next_step(account_id, task_id, has_model=work.has_model)
        except NotFound:  # since the run was started
            db.session.commit()
            work.deleted += 1
            continue
        db.session.commit()
        if step is None:
            work.skipped += 1
        else:
            work.asked[pool.submit(work.write, step)] = step


def _save_finished(account_id: int, work: _DraftingWork) -> None:
    """Store the steps that are done; returns soon even if none is, so that Cancel is noticed."""
    finished, _ = wait(work.asked, timeout=2, return_when=FIRST_COMPLETED)
    for future in sorted(finished, key=lambda future: future.exception() is not None):  # what is there is kept first
        step = work.asked.pop(future)
        try:
            answered = future.result()
        except DomainError as error:
            work.keep_failed(step.task_id, error)
        else:
            work.waits = 0
            work.settled += 1
            work.begun.add(step.task_id)
            save = _save_draft if step.is_last else _save_section if step.section_id else _save_outline
            save(account_id, step, answered, work)


def _save_outline(account_id: int, step: Step, answered: Answered[Any], work: _DraftingWork) -> None:
    """Store the outline, and go on with its sections. It is not charged: a draft is charged by its words."""
    draft_steps.store_outline(account_id, step, answered)
    db.session.commit()
    work.waiting.insert(0, step.task_id)


def _save_section(account_id: int, step: Step, answered: Answered[Any], work: _DraftingWork) -> None:
    """Store a section, and go on with its draft before another is begun."""
    if draft_steps.store_section(account_id, step, answered):
        work.charges.charge(
            f"task:{step.task_id}:{step.section_id}:{step.asked.hex()[:12]}",  # a rewritten one is charged again
            units=step.words_before + count_words(answered.result.content_html),
            before=step.words_before,
            object_type="task",
            object_id=step.task_id,
            title=step.title,
            answered=answered,
        )
    db.session.commit()
    work.waiting.insert(0, step.task_id)


def _save_draft(account_id: int, step: Step, answered: Answered[Any], work: _DraftingWork) -> None:
    """Store a draft that is written, unless its sections were planned anew meanwhile: then those are written first."""
    if not draft_steps.is_finish_current(account_id, step):
        db.session.commit()
        work.waiting.insert(0, step.task_id)
        return
    try:
        draft = draft_steps.complete(account_id, step, answered)
    except NotFound:  # a person deleted a section at this very moment
        db.session.rollback()
        work.waiting.insert(0, step.task_id)
        return
    written = draft.id if draft else None
    if draft is not None:
        if not answered.is_builtin:
            uses.take_over(account_id, step.task_id, draft.id)
            uses.record_answer(account_id, draft.site_id, step.operation, answered, content_id=draft.id)
        work.charges.charge(
            f"task:{step.task_id}",
            units=count_words(draft.content_html),
            before=step.words_before,
            object_type="content",
            object_id=draft.id,
            title=draft.title,
            answered=answered,
        )
    db.session.commit()
    if written is None:
        work.skipped += 1
    else:
        work.written.append(written)


def _drafts_outcome(work: _DraftingWork) -> Outcome:
    drafts = len(work.written)
    message = f"Wrote {drafts:,} {'draft' if drafts == 1 else 'drafts'}."
    if work.skipped:
        message += f" {work.skipped:,} {'was' if work.skipped == 1 else 'were'} there already."
    if work.deleted:
        message += f" {many(work.deleted, 'task')} {'was' if work.deleted == 1 else 'were'} deleted meanwhile."
    if work.failed:
        first = next(iter(work.failed.values()))
        if not drafts and not work.skipped:
            raise DomainError(
                f"None of {len(work.failed):,} drafts could be written. {first}" if len(work.failed) > 1 else first,
                code="DRAFTS_FAILED",
                details={"failed": work.failed},
                retryable=True,
            )
        message += f" {len(work.failed):,} could not be written: {first}"
    link = f"/content/{work.written[0]}/edit/" if drafts == 1 else "/content/?state=draft"
    return Outcome(message, link, {"failed": work.failed, "contents": work.written[:500], "credits": work.charges.used})
