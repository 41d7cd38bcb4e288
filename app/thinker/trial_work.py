"""Testing a prompt, as the work of a run. May start again from the beginning: answers that are there stay."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy.dialects.postgresql import insert

from app.ai import gateway, prompt_source
from app.ai.call_context import Answered, CallCancelled, CallContext
from app.ai.calls.spending import concurrency_of
from app.ai.charging import Charges, count_words
from app.ai.threads import end_calls
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.row_security import within
from app.core.runs import Outcome, RunContext
from app.thinker import answers, checks, models_to_try, trials
from app.thinker.operations import AnyOperation
from app.thinker.trial_models import PromptTest, PromptTestResult

# Faults of one answer, which count against the side; all others would meet the next call too and end the test.
OF_ONE_ANSWER = frozenset(
    {"AI_REFUSED", "AI_ANSWER_INVALID", "AI_ANSWER_TOO_LONG", "AI_ANSWER_EMPTY", "PROMPT_VARIABLE_MISSING"}
)


@dataclass(frozen=True, slots=True)
class Call:
    """One question of a test: which side, case and repeat, counted from 0."""

    side: int
    case_number: int
    repeat: int


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result of a call: an answer, or why there is none."""

    answered: Answered[Any] | None
    problem: str
    milliseconds: int


def run_test(context: RunContext) -> Outcome:
    """Ask what the test has not asked yet, as much at a time as the account allows; each answer is stored. Commits."""
    test = trials.of_run(context.run.account_id, context.run_id)
    if test is None:
        raise NotFound(gettext("The test is not there any more."))
    operation = trials.operation_of_test(test)
    done = {(row.side, row.case_number, row.repeat) for row in trials.results_of(test)}
    calls = [call for call in _calls(test) if (call.side, call.case_number, call.repeat) not in done]
    total = len(calls) + len(done)
    charges = Charges(context.run, operation.credit_operation, total)
    db.session.commit()
    stopped = threading.Event()
    ask = _asking(context, test, operation, stopped)
    at_once = concurrency_of(test.account_id)
    pool = ThreadPoolExecutor(max_workers=at_once)
    asked: dict[Future[CallResult], Call] = {}
    try:
        while calls or asked:
            context.progress(step="Asking", done=total - len(calls) - len(asked), total=total)
            while calls and len(asked) < at_once:
                call = calls.pop(0)
                asked[pool.submit(ask, call)] = call
            finished, _ = wait(asked, timeout=2, return_when=FIRST_COMPLETED)
            for future in sorted(finished, key=lambda future: future.exception() is not None):
                _store(test, operation, asked.pop(future), future.result(), charges)
    finally:
        end_calls(pool, asked, stopped)
    context.progress(done=total, total=total)
    return _outcome(test, charges.used)


def _calls(test: PromptTest) -> list[Call]:
    """All questions, alternating between the sides: a test that is cancelled half-way has asked both equally."""
    return [
        Call(side, number, repeat)
        for repeat in range(test.repeats)
        for number in range(len(test.cases))
        for side in range(len(test.sides))
    ]


def _asking(
    context: RunContext, test: PromptTest, operation: AnyOperation, stopped: threading.Event
) -> Callable[[Call], CallResult]:
    """A function that asks one question in a thread, with an application context of its own in the test's account."""
    app_context, account_id, run_id = current_app.app_context, test.account_id, context.run_id
    sides, cases = list(test.sides), list(test.cases)

    def ask(call: Call) -> CallResult:
        side, case = sides[call.side], cases[call.case_number]
        with app_context(), within(account_id):
            endpoints = models_to_try.trial_endpoints(account_id, operation.key, side["model"]) if side["model"] else ()
            call_context = CallContext(run_id, f"Test: {case['title']}", cancelled=stopped.is_set, endpoints=endpoints)
            began = time.monotonic()
            answered, problem = None, ""
            try:
                with prompt_source.trying(trials.side_template(side)):
                    request = operation.request.model_validate(case["request"])
                    answered = gateway.run(account_id, operation, request, call=call_context)
            except CallCancelled:
                raise
            except DomainError as error:
                if error.code not in OF_ONE_ANSWER:
                    raise
                problem = f"{error.message} {error.cure}".strip()
            return CallResult(answered, problem, round(1000 * (time.monotonic() - began)))

    return ask


def _store(test: PromptTest, operation: AnyOperation, call: Call, said: CallResult, charges: Charges) -> None:
    """Keep an answer and charge it, in one transaction. Commits. An answer that is there stays."""
    answered = said.answered
    problems = [said.problem]
    if answered is not None:
        problems = checks.failed_checks(test.checks, answered.raw, operation.answer)
    now, tokens = utcnow(), answered.tokens if answered else None
    stmt = insert(PromptTestResult).values(
        account_id=test.account_id,
        created_at=now,
        updated_at=now,
        test_id=test.id,
        side=call.side,
        case_number=call.case_number,
        repeat=call.repeat,
        problems=problems,
        answer_encrypted=answers.encrypted_answer(test.account_id, answered.raw if answered else ""),
        model=(answered.model if answered else "")[:200],
        tokens_in=tokens.sent if tokens else 0,
        tokens_out=tokens.answered if tokens else 0,
        cost_micros=answered.cost_micros if answered else None,
        milliseconds=said.milliseconds,
    )
    result_id = db.session.scalar(stmt.on_conflict_do_nothing().returning(PromptTestResult.id))
    if result_id is not None and answered is not None:
        charges.charge(
            f"{call.side}:{call.case_number}:{call.repeat}",
            units=_units(answered.result),
            object_type="prompt_test",
            object_id=test.id,
            title=str(test.cases[call.case_number]["title"]),
            answered=answered,
        )
    db.session.commit()


def _units(result: Any) -> int:
    """The units that credits are counted in: the words of a text, else one."""
    html = getattr(result, "content_html", None)
    return count_words(html) if isinstance(html, str) else 1


def _outcome(test: PromptTest, credits: int) -> Outcome:
    summaries = trials.summaries(test, trials.results_of(test))
    words = ", ".join(
        f"{letter} passed {summary.passed:,} of {summary.answers:,}"
        for letter, summary in zip(trials.LETTERS, summaries, strict=False)
    )
    return Outcome(f"{words}.", f"/thinker/tests/{test.test_set_id}/results/{test.id}/", {"credits": credits})
