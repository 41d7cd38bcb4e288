"""Test sets of prompts: their cases and checks, tests run on them, and what has to be passed before one goes live."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_version
from app.api.runs import RunShown
from app.api.shapes import Count, Done, Given, Instant, RowId, RowPage, ShortText, Shown, Versioned, whole_list
from app.core.access import current_account_id, current_actor
from app.core.errors import NotFound
from app.core.tenancy import owned
from app.thinker import answers, gate, sets, trial_actions, trials
from app.thinker.checks import MOST, VALUE_LENGTH
from app.thinker.operations import operation_of
from app.thinker.permissions import ThinkerPermission
from app.thinker.prompts import SHIPPED
from app.thinker.trial_models import PromptTest, PromptTestResult, PromptTestSet
from app.thinker.trials import MOST_REPEATS, Side

READ, WRITE = ThinkerPermission.READ, ThinkerPermission.WRITE
MODULE = "thinker"
ONE = "/thinker/test-sets/<int:set_id>/"
TEST = "/thinker/tests/<int:test_id>/"


class TestSetShown(Versioned):
    """Requests that the prompts of an operation are tried on, and checks that every answer has to pass.

    `least_percent` is how much of it a version has to pass before it goes live; null where this set decides nothing.
    """

    __test__ = False

    id: RowId = Field(examples=[3])
    operation: str = Field(examples=["draft"])
    name: str = Field(examples=["Guides"])
    site_id: int | None = Field(examples=[1])
    cases: list[Any] = Field(examples=[[{"id": "a1", "title": "Trail shoes", "request": {}, "row": "task:9"}]])
    checks: list[Any] = Field(examples=[[{"kind": "contains", "value": "trail"}]])
    least_percent: int | None = Field(examples=[None])
    created_at: Instant

    @classmethod
    def of(cls, row: PromptTestSet) -> "TestSetShown":
        """The set as it is answered."""
        required = gate.gate_of(row.account_id, row.operation)
        least = required.least_percent if required and required.test_set.id == row.id else None
        own = {name: getattr(row, name) for name in cls.model_fields if name != "least_percent"}
        return cls(**own, least_percent=least)


class CheckGiven(Given):
    """A check: `contains`, `lacks`, `at_least` or `at_most` so many characters, or has a `field` in its JSON."""

    kind: str = Field(max_length=20, examples=["contains"])
    value: str = Field(min_length=1, max_length=VALUE_LENGTH, examples=["trail"])


class NewTestSet(Given):
    """A set of rows to try the prompts of an operation on, each as `task:9`, `cluster:3` and so on."""

    operation: str = Field(max_length=60, examples=["draft"])
    name: str = Field(min_length=1, max_length=sets.NAME_LENGTH, examples=["Guides"])
    rows: list[ShortText] = Field(default_factory=list, max_length=sets.MOST_CASES, examples=[[]])


class TestSetGiven(Given):
    """The name of a set, and all of its checks."""

    __test__ = False

    name: str = Field(min_length=1, max_length=sets.NAME_LENGTH, examples=["Guides"])
    checks: list[CheckGiven] = Field(
        default_factory=list, max_length=MOST, examples=[[{"kind": "contains", "value": "trail"}]]
    )


class CasesGiven(Given):
    """Rows to add to a set, or without any a request of these `values` under a title."""

    rows: list[ShortText] = Field(default_factory=list, max_length=sets.MOST_CASES, examples=[[]])
    title: str = Field("", max_length=sets.NAME_LENGTH, examples=["Tents"])
    values: dict[str, str] = Field(default_factory=dict, max_length=40, examples=[{"title": "Tents"}])


class CaseGiven(Given):
    """A case of a set."""

    case_id: str = Field(min_length=1, max_length=40, examples=["a1"])


class GateGiven(Given):
    """How many per cent of a set a version has to pass before it goes live; null for none."""

    least_percent: int | None = Field(ge=1, le=100, examples=[None])


class SideGiven(Given):
    """A version (null for the shipped one) and the model that it is tried with: "" for the one that is used."""

    version_id: RowId | None = Field(None, examples=[None])
    model: str = Field("", max_length=200, examples=[""])


class TestGiven(Given):
    """One side, or two to compare, and how often each case is asked."""

    __test__ = False

    sides: list[SideGiven] = Field(min_length=1, max_length=2, examples=[[{"version_id": None}]])
    repeats: int = Field(1, ge=1, le=MOST_REPEATS, examples=[1])


class TestStartShown(Shown):
    """The test and its run: so many calls of a model, and what they cost at most in millionths of a US dollar.

    `most_micros` is null where a price is not known. After a dry run there is neither test nor run.
    """

    __test__ = False

    test_id: int | None = Field(examples=[4])
    run: RunShown | None
    calls: int = Field(examples=[2])
    most_micros: int | None = Field(examples=[1200])


class TestShown(Shown):
    """A test: what came of each side is in `sides`, with per cent passed, tokens, money and milliseconds."""

    __test__ = False

    id: RowId = Field(examples=[4])
    test_set_id: int = Field(examples=[3])
    operation: str = Field(examples=["draft"])
    author: str = Field(examples=["Ada Lovelace"])
    repeats: int = Field(examples=[1])
    state: str = Field(examples=["succeeded"])
    sides: list[Any] = Field(examples=[[{"label": "Shipped default", "percent": 100}]])
    created_at: Instant

    @classmethod
    def of(cls, test: PromptTest) -> "TestShown":
        """The test as it is answered; its state is that of its run, "" when that is not kept any more."""
        run = trials.run_of(test)
        own = {name: getattr(test, name) for name in cls.model_fields if name not in ("state", "sides")}
        sides = [_figures(summary) for summary in trials.summaries(test, trials.results_of(test))]
        return cls(**own, state=run.state if run else "", sides=sides)


class AnswerShown(Shown):
    """An answer of a test: without `problems` it has passed."""

    id: RowId = Field(examples=[41])
    side: int = Field(examples=[0])
    case_number: int = Field(examples=[0])
    repeat: int = Field(examples=[0])
    problems: list[Any] = Field(examples=[[]])
    model: str = Field(examples=["gpt-5-mini"])
    tokens_in: int = Field(examples=[400])
    tokens_out: int = Field(examples=[900])
    cost_micros: int | None = Field(examples=[600])
    milliseconds: int = Field(examples=[1800])


class AnswerTextShown(Shown):
    """What the model wrote; null when it was not kept, or is not kept any more."""

    id: RowId = Field(examples=[41])
    text: str | None = Field(examples=["<p>Trails are rough.</p>"])


def _figures(summary: trials.Summary) -> dict[str, Any]:
    side = {name: summary.side[name] for name in ("version_id", "label", "model")}
    names = ("answers", "passed", "percent", "low", "high", "cost_micros", "tokens", "median_ms", "least_ms", "most_ms")
    return side | {name: getattr(summary, name) for name in names}


def _set(set_id: int) -> PromptTestSet:
    return owned(PromptTestSet, set_id, current_account_id())


def _test(test_id: int) -> PromptTest:
    return owned(PromptTest, test_id, current_account_id())


@api_endpoint("GET", "/thinker/test-sets/", READ, module=MODULE)
def show_test_sets() -> RowPage[TestSetShown]:
    """List the test sets by operation and name. All of them are on one page."""
    return whole_list([TestSetShown.of(row) for row in sets.list_sets(current_account_id())])


@api_endpoint("GET", ONE, READ, module=MODULE)
def show_test_set(set_id: int) -> TestSetShown:
    """One test set, with its version as ETag."""
    return TestSetShown.of(_set(set_id))


@api_endpoint("POST", "/thinker/test-sets/", WRITE, module=MODULE, status=201)
def add_test_set(body: NewTestSet) -> TestSetShown:
    """Make a test set of rows."""
    return TestSetShown.of(trial_actions.create_set(current_account_id(), body.operation, body.name, body.rows))


@api_endpoint("PUT", ONE, WRITE, module=MODULE, matches=True)
def change_test_set(set_id: int, body: TestSetGiven) -> TestSetShown:
    """Change the name of a test set, and all of its checks."""
    seen = expected_version(_set(set_id).version)
    kinds, values = [check.kind for check in body.checks], [check.value for check in body.checks]
    saved = trial_actions.save_set(current_account_id(), current_actor(), set_id, body.name, kinds, values, seen=seen)
    return TestSetShown.of(saved)


@api_endpoint("POST", f"{ONE}cases/", WRITE, module=MODULE)
def add_test_cases(set_id: int, body: CasesGiven) -> Count:
    """Add cases to a test set. Says how many."""
    account_id, actor = current_account_id(), current_actor()
    return Count(count=trial_actions.add_cases(account_id, actor, set_id, body.rows, body.title, body.values))


@api_endpoint("POST", f"{ONE}cases/remove/", WRITE, module=MODULE)
def remove_test_case(set_id: int, body: CaseGiven) -> Count:
    """Take a case out of a test set."""
    trial_actions.remove_case(current_account_id(), current_actor(), set_id, body.case_id)
    return Count(count=1)


@api_endpoint("DELETE", ONE, WRITE, module=MODULE)
def remove_test_set(set_id: int) -> Count:
    """Delete a test set with its tests. Refused while it decides what goes live, or is being tested."""
    trial_actions.delete_set(current_account_id(), current_actor(), set_id)
    return Count(count=1)


@api_endpoint("PUT", f"{ONE}gate/", ThinkerPermission.LIVE, module=MODULE)
def set_prompt_gate(set_id: int, body: GateGiven) -> Done:
    """Let versions of the prompt go live only when they have passed this set, or any version."""
    done = trial_actions.set_gate(current_account_id(), current_actor(), set_id, body.least_percent)
    return Done.of(done)


@api_endpoint("POST", f"{ONE}tests/", WRITE, module=MODULE, status=202, rehearses=True)
def start_prompt_test(set_id: int, body: TestGiven) -> TestStartShown:
    """Ask all cases of a set with one prompt or two: a run. `dry_run` says what it costs."""
    account_id, test_set = current_account_id(), _set(set_id)
    sides = [Side(side.version_id or SHIPPED, side.model.strip()) for side in body.sides]
    test = trial_actions.start_test(account_id, current_actor(), set_id, sides, body.repeats)
    price = trials.price(account_id, operation_of(test.operation), test_set.cases, test.sides, body.repeats)
    run = trials.run_of(test)
    shown = RunShown.of(run) if run else None
    return TestStartShown(test_id=test.id, run=shown, calls=price.calls, most_micros=price.most_micros)


@api_endpoint("GET", f"{ONE}tests/", READ, module=MODULE)
def show_prompt_tests(set_id: int) -> RowPage[TestShown]:
    """List the newest 20 tests of a set, on one page."""
    return whole_list([TestShown.of(test) for test in trials.newest_of(_set(set_id))])


@api_endpoint("GET", TEST, READ, module=MODULE)
def show_prompt_test(test_id: int) -> TestShown:
    """One test, as it stands."""
    return TestShown.of(_test(test_id))


@api_endpoint("GET", f"{TEST}answers/", READ, module=MODULE)
def show_test_answers(test_id: int) -> RowPage[AnswerShown]:
    """List the answers of a test by case, side and repeat, without their texts, on one page."""
    return whole_list([AnswerShown.model_validate(row) for row in trials.results_of(_test(test_id))])


@api_endpoint("GET", f"{TEST}answers/<int:result_id>/", WRITE, module=MODULE)
def show_answer_text(test_id: int, result_id: int) -> AnswerTextShown:
    """What a model wrote in a test: kept for 30 days where the account keeps prompts and answers."""
    result = owned(PromptTestResult, result_id, current_account_id())
    if result.test_id != _test(test_id).id:
        raise NotFound()
    return AnswerTextShown(id=result.id, text=answers.answer_of(result))
