"""The run that writes the texts of a site's pages: several at once, each stored with its content and its charge.

May start again from the beginning: what is charged is passed over. What a model cannot write of one page holds up no
other; anything else ends the run, once the pages under way are stored.
"""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import current_app

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.ai.calls.spending import concurrency_of
from app.ai.charging import Charges
from app.ai.threads import end_calls
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.row_security import within
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import Turn
from app.core.wording import many, sentences
from app.sitebuilder.contents import keep_content
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.structure.ai_texts import SITE_PAGE, PageTextRequest, may_write
from app.sitebuilder.structure.runs import canvas_address, run_actor
from app.sitebuilder.versions import begin_change, blueprint_of, end_change, pages_of

MOST_AT_ONCE = 5
SECONDS = 2.0  # after which Cancel is noticed while models write
# Faults of one page; all others would meet the next page too.
OF_ONE_PAGE = frozenset(
    {
        "AI_REFUSED",
        "AI_ANSWER_INVALID",
        "AI_ANSWER_TOO_LONG",
        "AI_ANSWER_EMPTY",
        "AI_REQUEST_TOO_LARGE",
        "SITE_TEXTS_INVALID",
    }
)
Texts = dict[str, dict[str, Any]]
Written = Answered[Texts]


@dataclass(frozen=True, slots=True)
class _PageQuestion:
    page_id: int
    title: str
    request: PageTextRequest


@dataclass
class _WritingPages:
    """The pages that wait, those that are being written, and what became of the others.

    `edited` are titles of pages whose content was changed in the editor, `failed` is why by page; a `fault` ends the
    run.
    """

    waiting: list[int]
    total: int
    ask: Callable[[_PageQuestion], Written]
    at_once: int
    asked: dict[Future[Written], _PageQuestion] = field(default_factory=dict)
    written: int = 0
    edited: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    gone: int = 0
    fault: DomainError | None = None

    def take_up(self, so_far: dict[str, Any]) -> None:
        """Go on from what an earlier turn has done; those that are written are found by their charges."""
        self.edited, self.failed = list(so_far.get("edited", [])), dict(so_far.get("failed", {}))
        self.waiting = [page_id for page_id in self.waiting if str(page_id) not in self.failed]

    def so_far(self) -> dict[str, Any]:
        """What the next turn has to know."""
        return {"edited": self.edited, "failed": self.failed}

    @property
    def done(self) -> int:
        return self.written + len(self.failed) + self.gone


def write_site_pages(context: RunContext) -> Outcome:
    """Params: `blueprint_id`, `page_ids`, `actor`. Commits."""
    run, page_ids = context.run, list(context.run.params["page_ids"])
    blueprint_id = blueprint_of(run.account_id, run.params["blueprint_id"]).id
    charges = Charges(run, "site_page", len(page_ids))
    at_once = min(MOST_AT_ONCE, concurrency_of(run.account_id)) if gateway.has_model(run.account_id) else 1
    db.session.commit()
    stopped = threading.Event()
    work = _WritingPages(page_ids, len(page_ids), _asking_in_threads(context, stopped), at_once)
    work.take_up(context.so_far)
    turn, pool = Turn(context), ThreadPoolExecutor(max_workers=at_once)
    try:
        while work.waiting or work.asked:
            context.progress(step="Writing pages", done=work.done, total=work.total)
            if not (work.fault or turn.is_over()):
                _ask_for_pages(context, pool, blueprint_id, charges, work)
            elif not work.asked:  # what is under way is paid for, and stored first
                break
            _store_finished(context, blueprint_id, charges, work)
    finally:
        end_calls(pool, work.asked, stopped)
    if work.fault:
        raise work.fault
    if work.waiting:
        raise TryAgain(timedelta(0), turn.why, counts=False, so_far=work.so_far())
    return _pages_outcome(work, blueprint_id)


def _asking_in_threads(context: RunContext, stopped: threading.Event) -> Callable[[_PageQuestion], Written]:
    """A function that asks for one page in a thread, with an application context of its own in the run's account."""
    app_context, account_id, run_id = current_app.app_context, context.run.account_id, context.run_id

    def ask(question: _PageQuestion) -> Written:
        with app_context(), within(account_id):
            call = CallContext(run_id, subject=question.title, cancelled=stopped.is_set)
            return gateway.run(account_id, SITE_PAGE, question.request, call=call)

    return ask


def _ask_for_pages(
    context: RunContext, pool: ThreadPoolExecutor, blueprint_id: int, charges: Charges, work: _WritingPages
) -> None:
    """Keep as many questions under way as allowed; no transaction is open when one goes out."""
    while work.waiting and len(work.asked) < work.at_once:
        page_id = work.waiting.pop(0)
        if charges.is_noted(f"page:{page_id}"):
            work.written += 1
            continue
        question = _question(context.run.account_id, blueprint_id, page_id)
        db.session.commit()
        if question is None:
            work.gone += 1
        elif question.request.wanted:
            work.asked[pool.submit(work.ask, question)] = question
        else:
            _store_page(context, blueprint_id, charges, work, question, None)


def _question(account_id: int, blueprint_id: int, page_id: int) -> _PageQuestion | None:
    blueprint = blueprint_of(account_id, blueprint_id)
    pages = pages_of(blueprint)
    page = next((one for one in pages if one.id == page_id), None)
    return None if page is None else _PageQuestion(page.id, page.title, _text_request(blueprint, pages, page))


def _text_request(blueprint: SiteBlueprint, pages: list[PageBlueprint], page: PageBlueprint) -> PageTextRequest:
    return PageTextRequest(
        config=blueprint.config,
        title=page.title,
        page_type=page.page_type,
        slugs=[one.slug for one in pages],
        sections=page.blocks,
        wanted=[section["id"] for section in page.blocks if may_write(section)],
    )


def _store_finished(context: RunContext, blueprint_id: int, charges: Charges, work: _WritingPages) -> None:
    """Store the pages that are written; returns soon even if none is, so that Cancel is noticed."""
    if not work.asked:
        return
    finished, _ = wait(work.asked, timeout=SECONDS, return_when=FIRST_COMPLETED)
    for future in sorted(finished, key=lambda future: future.exception() is not None):  # what is there is kept first
        question = work.asked.pop(future)
        try:
            answered = future.result()
        except DomainError as error:
            if error.code in OF_ONE_PAGE:
                work.failed[str(question.page_id)] = f"{question.title}: {error.message} {error.cure}".strip()
            else:
                work.fault = work.fault or error
        else:
            _store_page(context, blueprint_id, charges, work, question, answered)


def _store_page(
    context: RunContext,
    blueprint_id: int,
    charges: Charges,
    work: _WritingPages,
    question: _PageQuestion,
    answered: Written | None,
) -> None:
    """Put the texts into the page, with its content and its charge: one transaction."""
    run = context.run
    change = begin_change(run.account_id, blueprint_id, None)
    page = next((one for one in change.pages if one.id == question.page_id), None)
    if page is None:
        db.session.rollback()
        work.gone += 1
        return
    if answered is not None:
        page.blocks = _with_texts(page.blocks, question.request, answered.result)
    page.status = "ready"
    if not keep_content(change, page, run_actor(run)):
        work.edited.append(page.title)
    end_change(change, run_actor(run), "texts_written", page.title)
    charges.charge(
        f"page:{page.id}",
        units=1,
        object_type="content",
        object_id=page.content_id,
        title=page.title,
        answered=answered,
    )
    db.session.commit()
    work.written += 1


def _with_texts(sections: list[dict[str, Any]], request: PageTextRequest, texts: Texts) -> list[dict[str, Any]]:
    """The sections with their new texts; one that was changed since the question was asked stays as it is."""
    return [
        {**section, "fields": texts[section["id"]]}
        if section.get("id") in texts and section in request.sections
        else section
        for section in sections
    ]


def _pages_outcome(work: _WritingPages, blueprint_id: int) -> Outcome:
    reasons = list(work.failed.values())
    if reasons and not work.written:
        raise DomainError(
            f"None of {many(len(reasons), 'page')} could be written. {reasons[0]}",
            code="PAGES_FAILED",
            details={"failed": work.failed},
            retryable=True,
        )
    edited = ", ".join(f"“{title}”" for title in work.edited[:5])
    words = f"The text of {edited} was left: it was changed in the editor." if edited else ""
    gone = f"{many(work.gone, 'page')} {'was' if work.gone == 1 else 'were'} removed meanwhile." if work.gone else ""
    failed = f"{many(len(reasons), 'page')} could not be written: {reasons[0]}" if reasons else ""
    data = {"written": work.written, "edited": len(work.edited), "failed": work.failed}
    return Outcome(
        sentences(f"{many(work.written, 'page')} written.", words, gone, failed), canvas_address(blueprint_id), data
    )
