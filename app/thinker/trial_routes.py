"""Test sets, tests of prompts and gates in the browser."""

from collections.abc import Sequence
from typing import Any

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from app.ai import charging, gateway
from app.ai.tasks import OPERATIONS
from app.ai.tasks.section import SECTION
from app.core.access import current_account_id, current_actor, offers, requires
from app.core.edits import EditConflict, etag
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.frame_fields import FRAME_FIELDS
from app.core.htmx import page_or_partial, redirect_to, toast
from app.core.languages import NN_, gettext, ngettext
from app.core.request_ids import id_or_none, parse_id
from app.core.runs import Run
from app.core.tenancy import owned
from app.core.wording import counted
from app.thinker import answers, checks, gate, models_to_try, prompts, rows, sets, trial_actions, trials
from app.thinker.blueprint import bp
from app.thinker.operations import AnyOperation, all_operations, operation_of, operations_in_use
from app.thinker.permissions import ThinkerPermission
from app.thinker.trial_models import PromptTest, PromptTestResult, PromptTestSet
from app.thinker.trials import Side

CHOICES = 100


@bp.get("/tests/", endpoint="tests")
@requires(ThinkerPermission.READ)
def set_list() -> str:
    """The test sets, with how often each was used and what it decides."""
    account_id = current_account_id()
    gates = {
        required.test_set.id: required.least_percent
        for operation in all_operations()
        if (required := gate.gate_of(account_id, operation.key)) is not None
    }
    return render_template(
        "thinker/tests.html",
        sets=[row for row in sets.list_sets(account_id) if row.operation in OPERATIONS],
        operations=OPERATIONS,
        gates=gates,
        counts=trials.counts_by_set(account_id),
    )


@bp.get("/tests/new/")
@requires(ThinkerPermission.WRITE)
def new_set() -> Any:
    """The page to make a test set of `?operation=`."""
    return _new_set()


def _new_set(error: DomainError | None = None) -> Any:
    key = request.values.get("operation", "")
    operation = OPERATIONS.get(key) or operation_of(SECTION.key)
    page = render_template(
        "thinker/new_set.html",
        operation=operation,
        operations=operations_in_use({key}),
        rows=rows.list_rows(current_account_id(), operation),
        name=request.form.get("name", ""),
        error=error,
    )
    return page, error.status if error else 200


@bp.post("/tests/new/")
@requires(ThinkerPermission.WRITE)
def create_set() -> Any:
    """Make a test set of the chosen rows; 422 with the form when something is wrong."""
    form = request.form
    try:
        test_set = trial_actions.create_set(
            current_account_id(), form.get("operation", ""), form.get("name", ""), form.getlist("rows")
        )
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        if error.status == 404:
            raise
        return _new_set(error)
    count = len(test_set.cases)
    toast(ngettext("“%(name)s” has %(num)s case.", "“%(name)s” has %(num)s cases.", count, name=test_set.name))
    return redirect_to(url_for("thinker.show_set", set_id=test_set.id))


@bp.get("/tests/<int:set_id>/")
@requires(ThinkerPermission.READ)
def show_set(set_id: int) -> Any:
    """A test set: its cases, its checks, its tests, and the form for another."""
    return _set(_owned_set(set_id))


def _owned_set(set_id: int) -> PromptTestSet:
    return owned(PromptTestSet, set_id, current_account_id())


def _set(test_set: PromptTestSet, error: DomainError | None = None) -> Any:
    account_id, operation = current_account_id(), operation_of(test_set.operation)
    versions = prompts.newest_versions(account_id, operation.key, CHOICES)
    required = gate.gate_of(account_id, operation.key)
    decides = required is not None and required.test_set.id == test_set.id
    page = render_template(
        "thinker/test_set.html",
        test_set=test_set,
        operation=operation,
        rows=rows.list_rows(account_id, operation),
        versions=[
            (0, gettext("Shipped default")),
            *((row.id, gettext("Version %(number)s", number=row.number)) for row in versions),
        ],
        state=prompts.prompt_of(account_id, operation),
        models=models_to_try.model_names(account_id, operation.key),
        kinds=[(key, gettext(words)) for key, words in checks.KINDS.items()],
        tests=_tests(test_set),
        gate=required if decides else None,
        other_gate=None if decides else required,
        gate_tag=etag(gate.stored_gate(required)),
        theirs_gate=_gate_meanwhile(required) if isinstance(error, EditConflict) else None,
        may_change=offers(ThinkerPermission.LIVE if decides else ThinkerPermission.WRITE),
        fields=operation.request.model_fields,
        most_repeats=trials.MOST_REPEATS,
        has_model=gateway.has_model(account_id),
        error=error,
        refused=request.endpoint if error else "",
        sent=request.form,
        theirs=_saved_meanwhile(test_set) if error and error.code == "SET_CHANGED" else [],
        shown_checks=_sent_checks() if error and request.endpoint == "thinker.save_set" else test_set.checks,
    )
    return page, error.status if error else 200


def _gate_meanwhile(required: gate.ReleaseGate | None) -> list[tuple[str, str]]:
    """(label, words) of the gate that somebody else set, which the next save replaces."""
    words = f"{required.test_set.name}: {required.least_percent} %" if required else gettext("Any version may go live.")
    return [(gettext("Before a version goes live"), words)]


def _saved_meanwhile(test_set: PromptTestSet) -> list[tuple[str, str]]:
    """(label, words) of the checks and the name that somebody else saved, which the next save replaces."""
    saved = [(gettext(checks.KINDS[check["kind"]]), check["value"]) for check in test_set.checks]
    return [*saved, (gettext("Name of the test set"), test_set.name)]


def _sent_checks() -> list[dict[str, str]]:
    """The checks of the form as they were typed."""
    pairs = zip(request.form.getlist("kind"), request.form.getlist("value"), strict=False)
    return [{"kind": kind, "value": value} for kind, value in pairs if value.strip()]


def _tests(test_set: PromptTestSet) -> list[tuple[PromptTest, Run | None, list[trials.Summary]]]:
    tests = trials.newest_of(test_set)
    return [(test, trials.run_of(test), trials.summaries(test, trials.results_of(test))) for test in tests]


def _refused(set_id: int, error: DomainError) -> Any:
    """The page of the set with the error on it; a missing row and missing credits have error pages of their own."""
    db.session.rollback()
    if error.status not in (409, 422):
        raise error
    return _set(_owned_set(set_id), error)


@bp.post("/tests/<int:set_id>/")
@requires(ThinkerPermission.WRITE)
def save_set(set_id: int) -> Any:
    """Save the name and the checks."""
    form = request.form
    try:
        kinds, values = form.getlist("kind"), [value.replace("\0", "") for value in form.getlist("value")]
        seen = parse_id(form.get("version")) or 0
        trial_actions.save_set(
            current_account_id(), current_actor(), set_id, form.get("name", ""), kinds, values, seen=seen
        )
        db.session.commit()
    except DomainError as error:
        return _refused(set_id, error)
    toast(gettext("Saved. Tests that ran before keep their own checks."))
    return _back(set_id)


def _back(set_id: int) -> Response:
    return redirect_to(url_for("thinker.show_set", set_id=set_id))


@bp.post("/tests/<int:set_id>/cases/")
@requires(ThinkerPermission.WRITE)
def add_cases(set_id: int) -> Any:
    """Add the chosen rows, or a request of the values that were typed."""
    form = request.form
    values = {
        name.removeprefix("field-"): form.get(name, "").replace("\0", "") for name in form if name[:6] == "field-"
    }
    try:
        title = form.get("title", "").replace("\0", "")
        added = trial_actions.add_cases(
            current_account_id(), current_actor(), set_id, form.getlist("rows"), title, values
        )
        db.session.commit()
    except DomainError as error:
        return _refused(set_id, error)
    toast(counted(added, NN_("%(num)s case added.", "%(num)s cases added.")), changed=added)
    return _back(set_id)


@bp.post("/tests/<int:set_id>/cases/remove/")
@requires(ThinkerPermission.WRITE)
def remove_case(set_id: int) -> Any:
    """Take a case out."""
    try:
        case_id = request.form.get("case", "")
        title = trial_actions.remove_case(current_account_id(), current_actor(), set_id, case_id)
        db.session.commit()
    except DomainError as error:
        return _refused(set_id, error)
    toast(gettext("“%(title)s” is no case of this set any more.", title=title))
    return _back(set_id)


@bp.post("/tests/<int:set_id>/delete/")
@requires(ThinkerPermission.WRITE)
def delete_set(set_id: int) -> Any:
    """Delete a set with its tests."""
    try:
        name = trial_actions.delete_set(current_account_id(), current_actor(), set_id)
        db.session.commit()
    except DomainError as error:
        return _refused(set_id, error)
    toast(gettext("“%(name)s” and its tests are deleted.", name=name))
    return redirect_to(url_for("thinker.tests"))


def _sides() -> list[Side]:
    """The sides of the form; side B is left out when it is not chosen."""
    form = request.form
    letters = ("a",) if form.get("version_b") == "none" else ("a", "b")
    return [
        Side(
            id_or_none(form.get(f"version_{letter}")) or prompts.SHIPPED,
            form.get(f"model_{letter}", "").replace("\0", "").strip(),
        )
        for letter in letters
    ]


@bp.post("/tests/<int:set_id>/run/")
@requires(ThinkerPermission.WRITE)
def start_test(set_id: int) -> Any:
    """Say what the test costs, and with `sure=1` start it."""
    form, account_id = request.form, current_account_id()
    repeats = parse_id(form.get("repeats")) or 0
    try:
        if form.get("sure") != "1":
            return _ask_price(_owned_set(set_id), _sides(), repeats)
        test = trial_actions.start_test(account_id, current_actor(), set_id, _sides(), repeats)
        db.session.commit()
    except DomainError as error:
        return _refused(set_id, error)
    return redirect_to(url_for("thinker.show_test", set_id=set_id, test_id=test.id))


def _ask_price(test_set: PromptTestSet, sides: Sequence[Side], repeats: int) -> str:
    account_id, operation = current_account_id(), operation_of(test_set.operation)
    trials.check_size(len(test_set.cases), len(sides), repeats)
    trials.check_model(account_id)
    checked_sides = trials.sides_of(account_id, operation, sides)
    price = trials.price(account_id, operation, test_set.cases, checked_sides, repeats)
    return render_template(
        "thinker/test_price.html",
        test_set=test_set,
        operation=operation,
        sides=list(zip(trials.LETTERS, checked_sides, strict=False)),
        repeats=repeats,
        price=price,
        credits=charging.price_quote(account_id, operation.credit_operation, price.calls),
        sent=[(name, value) for name, value in request.form.items() if name not in {*FRAME_FIELDS, "sure"}],
    )


@bp.get("/tests/<int:set_id>/results/<int:test_id>/")
@requires(ThinkerPermission.READ)
def show_test(set_id: int, test_id: int) -> str:
    """A test as it runs, or what came of it."""
    test_set, test = _owned_set(set_id), owned(PromptTest, test_id, current_account_id())
    if test.test_set_id != test_set.id:
        raise NotFound()
    results = trials.results_of(test)
    return render_template(
        "thinker/test.html",
        test_set=test_set,
        test=test,
        operation=_operation_of(test),
        run=trials.run_of(test),
        may_read=offers(ThinkerPermission.WRITE),
        summaries=list(zip(trials.LETTERS, trials.summaries(test, results), strict=False)),
        answers={
            (number, side): [row for row in results if (row.case_number, row.side) == (number, side)]
            for number in range(len(test.cases))
            for side in range(len(test.sides))
        },
    )


@bp.get("/tests/<int:set_id>/results/<int:test_id>/answers/<int:result_id>/")
@requires(ThinkerPermission.WRITE)
def show_answer(set_id: int, test_id: int, result_id: int) -> Response:
    """What a model wrote in a test, for who may test: as a region for HTMX, as a page for everyone else."""
    account_id = current_account_id()
    test_set, test = _owned_set(set_id), owned(PromptTest, test_id, account_id)
    result = owned(PromptTestResult, result_id, account_id)
    if test.test_set_id != test_set.id or result.test_id != test.id:
        raise NotFound()
    case = test.cases[result.case_number]
    page = page_or_partial(
        "thinker/answer.html",
        "thinker/_answer.html",
        test_set=test_set,
        test=test,
        result=result,
        case=case,
        answer=answers.answer_of(result),
    )
    shown = make_response(page)
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _operation_of(test: PromptTest) -> AnyOperation:
    return trials.operation_of_test(test)


@bp.post("/tests/<int:set_id>/gate/")
@requires(ThinkerPermission.LIVE)
def set_gate(set_id: int) -> Any:
    """Let versions go live only with `least` per cent of this set passed; without `least`, let any version go live."""
    least = request.form.get("least", "").strip()
    try:
        number = (parse_id(least) or 0) if least else None
        expected = request.form.get("etag")
        done = trial_actions.set_gate(current_account_id(), current_actor(), set_id, number, expected=expected)
        db.session.commit()
    except DomainError as error:
        return _refused(set_id, error)
    toast(done.message, changed=done.count)
    return _back(set_id)
