"""Writing drafts, as the work of a run. May start again from the beginning: completed tasks are passed over."""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

from flask import current_app

from app.ai.charging import Charges, count_words
from app.ai.gateway import provider_for
from app.ai.metering import Tokens, call_metered
from app.ai.provider import DraftResult, Provider
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.writer import services
from app.writer.progress import AT_ONCE

MAX_SECONDS = 2400
# Faults of one piece of text; all others would meet the next task too and end the run.
OF_ONE_TASK = frozenset({"AI_REFUSED", "AI_ANSWER_INVALID", "AI_ANSWER_TOO_LONG", "AI_ANSWER_EMPTY"})


@dataclass
class _Work:
    """Tasks that wait to be asked for, questions under way, and what came of them."""

    waiting: list[int]
    total: int
    charges: Charges
    asked: dict[Future[tuple[DraftResult, Tokens]], int] = field(default_factory=dict)
    written: list[int] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: int = 0

    @property
    def done(self) -> int:
        return len(self.written) + len(self.failed) + self.skipped


def generate_drafts(context: RunContext) -> Outcome:
    """Write the run's tasks, a few at a time with a model, each saved as soon as it is there. Commits."""
    ids: list[int] = context.run.params["task_ids"]
    account_id = context.run.account_id
    provider = provider_for(current_app.config)
    charges = Charges(context.run, "content", provider, len(ids))
    db.session.commit()
    work = _Work(list(ids), len(ids), charges)
    until = time.monotonic() + MAX_SECONDS
    pool = ThreadPoolExecutor(max_workers=1 if provider.is_builtin else AT_ONCE)
    try:
        while work.waiting or work.asked:
            _show(context, work)
            if time.monotonic() > until:
                raise TryAgain(timedelta(0), "Going on in a moment")  # stays below the queue's time limit
            _ask(pool, provider, account_id, work)
            _save_finished(account_id, work)
        _show(context, work)
    except DomainError as error:
        if work.written:
            error.message += f" {len(work.written):,} of {work.total:,} drafts were written before that."
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return _outcome(work)


def _show(context: RunContext, work: _Work) -> None:
    context.progress(step="Writing drafts", done=work.done, total=work.total)


def _ask(pool: ThreadPoolExecutor, provider: Provider, account_id: int, work: _Work) -> None:
    """Keep as many questions under way as may be; reading ends its transaction before a call goes out."""
    while work.waiting and len(work.asked) < (1 if provider.is_builtin else AT_ONCE):
        task_id = work.waiting.pop(0)
        try:
            request = services.draft_request(account_id, task_id)
        except NotFound:
            request = None  # deleted since the run was started
        db.session.commit()
        if request is None:
            work.skipped += 1
        else:
            work.asked[pool.submit(call_metered, provider.draft, request)] = task_id


def _save_finished(account_id: int, work: _Work) -> None:
    """Store the drafts that are there; returns soon also when none is, so that Cancel is noticed."""
    finished, _ = wait(work.asked, timeout=2, return_when=FIRST_COMPLETED)
    for future in sorted(finished, key=lambda future: future.exception() is not None):  # what is there is kept first
        task_id = work.asked.pop(future)
        try:
            draft, tokens = future.result()
        except DomainError as error:
            if error.code not in OF_ONE_TASK:
                raise
            work.failed[str(task_id)] = f"{error.message} {error.cure}".strip()
        else:
            _save(account_id, task_id, draft, tokens, work)


def _save(account_id: int, task_id: int, draft: DraftResult, tokens: Tokens, work: _Work) -> None:
    made = services.complete_task(account_id, task_id, draft)
    written = made.id if made else None
    if made is not None:
        work.charges.charge(
            f"task:{task_id}",
            units=count_words(made.content_html),
            object_type="content",
            object_id=made.id,
            title=made.title,
            tokens=tokens,
        )
    db.session.commit()
    if written is None:
        work.skipped += 1
    else:
        work.written.append(written)


def _outcome(work: _Work) -> Outcome:
    drafts = len(work.written)
    message = f"Wrote {drafts:,} {'draft' if drafts == 1 else 'drafts'}."
    if work.skipped:
        message += f" {work.skipped:,} {'was' if work.skipped == 1 else 'were'} there already."
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
    link = f"/content/{work.written[0]}/edit/" if drafts == 1 else "/content/?status=draft"
    return Outcome(message, link, {"failed": work.failed, "contents": work.written[:500], "credits": work.charges.used})
