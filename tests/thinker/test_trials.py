"""Tests of prompts: sets, what an answer has to be like, two sides side by side, and the gate before live."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.accounts.models import Account
from app.ai import prompt_source
from app.ai.tasks import OPERATIONS
from app.ai.tasks.ideas import IDEAS
from app.core.audit import AuditEvent
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.core.wording import Changed
from app.sites.models import Site
from app.thinker import actions, checks, gate, prompts, sets, trial_actions, trial_work, trials
from app.thinker.models import PromptVersion
from app.thinker.operations import operation_of
from app.thinker.trial_models import PromptTest, PromptTestResult, PromptTestSet
from app.thinker.trials import Side
from tests.factories.people import SignIn, make_member
from tests.factories.prompts import ANNA
from tests.factories.things import make_cluster, make_site, make_task
from tests.factories.work import put_back, work
from tests.fakes.openai_server import MODEL, FakeOpenAI


def make_version(account: Account, words: str = "Be plain.") -> PromptVersion:
    template = OPERATIONS["draft"].template
    version = actions.save_prompt(account.id, ANNA, "draft", system=words, question=template.user).version
    db.session.commit()
    assert version is not None
    return version


def make_set(site: Site, cases: int = 2, **checks_: str) -> PromptTestSet:
    cluster = make_cluster(site)
    keys = [f"task:{make_task(cluster, f'Moka pots, part {number}').id}" for number in range(cases)]
    made = trial_actions.create_set(site.account_id, "draft", "Hard ones", keys)
    made.checks = [{"kind": kind, "value": value} for kind, value in checks_.items()]
    db.session.commit()
    return made


def start(test_set: PromptTestSet, *sides: Side, repeats: int = 1) -> PromptTest:
    test = trial_actions.start_test(test_set.account_id, ANNA, test_set.id, sides, repeats)
    db.session.commit()
    return test


def run_of(test: PromptTest) -> Run:
    return db.session.get_one(Run, test.run_id)


def finish(test: PromptTest) -> list[trials.Summary]:
    run = work(run_of(test))
    assert run.state == "succeeded", run.error
    return trials.summaries(test, trials.results_of(test))


@pytest.mark.parametrize(
    ("kind", "value", "answer", "passes"),
    [
        ("contains", "Straße", "die STRASSE", True),
        ("contains", "tea", "coffee", False),
        ("lacks", "delve", "We Delve", False),
        ("lacks", "delve", "We dig", True),
        ("at_least", "3", "abc", True),
        ("at_least", "4", "abc", False),
        ("at_most", "2", "abc", False),
        ("field", "ideas.0.title", '{"ideas": [{"title": "x"}]}', True),
        ("field", "ideas.1.title", '{"ideas": [{"title": "x"}]}', False),
        ("field", "title", '{"title": ""}', False),
        ("field", "title", "no JSON", False),
        ("field", "n", '{"n": 0}', True),
    ],
)
def test_what_an_answer_has_to_be_like(kind: str, value: str, answer: str, passes: bool) -> None:
    problems = checks.failed_checks([{"kind": kind, "value": value}], answer, IDEAS.answer)
    assert (problems == []) is passes, problems


def test_checks_of_a_form_that_make_no_sense_are_refused() -> None:
    assert checks.checks_of_form(["contains", "lacks"], ["a", " "]) == [{"kind": "contains", "value": "a"}]
    for kinds, values in ((["x"], ["a"]), (["at_least"], ["many"]), (["at_least"], ["٣"]), (["lacks"], ["x" * 301])):
        with pytest.raises(DomainError) as refused:
            checks.checks_of_form(kinds, values)
        assert refused.value.cure


def test_two_versions_answer_the_same_rows_side_by_side(account: Account, site: Site, openai: FakeOpenAI) -> None:
    version = make_version(account)
    test = start(make_set(site), Side(0), Side(version.id), repeats=2)
    a, b = finish(test)
    assert [(one.answers, one.passed, one.percent) for one in (a, b)] == [(4, 4, 100), (4, 4, 100)]
    systems = [seen.body["messages"][0]["content"] for seen in openai.requests]
    assert sum(words.startswith("Be plain.") for words in systems) == 4
    assert len(systems) == 8
    assert run_of(test).message == "A passed 4 of 4, B passed 4 of 4."
    assert (
        prompt_source.live(account.id, OPERATIONS["draft"]) is OPERATIONS["draft"].template
    )  # nothing became live by being tried


def test_two_models_answer_side_by_side(account: Account, site: Site, openai: FakeOpenAI) -> None:
    openai.models.add("other-model")
    finish(start(make_set(site), Side(0), Side(0, "other-model")))
    asked = sorted(str(seen.body["model"]) for seen in openai.requests)
    assert asked == sorted([MODEL, MODEL, "other-model", "other-model"])


def test_an_answer_that_fails_a_check_or_is_refused_counts_against_its_side(site: Site, openai: FakeOpenAI) -> None:
    test = start(make_set(site, cases=1, contains="no model writes this"), Side(0), repeats=2)
    openai.fail_next("refusal")
    (a,) = finish(test)
    assert (a.answers, a.passed, a.percent) == (2, 0, 0)
    problems = sorted(row.problems[0] for row in trials.results_of(test))
    assert any("does not contain" in words for words in problems)
    assert any("refused" in words or "declined" in words for words in problems), problems


def test_a_fault_that_the_next_call_would_meet_too_ends_the_test_and_a_retry_goes_on(
    site: Site, openai: FakeOpenAI
) -> None:
    test = start(make_set(site), Side(0))
    openai.fail_next("401", times=10)
    run = work(run_of(test))
    assert run.state == "failed"
    assert run.error is not None
    openai._failures.clear()


def test_a_killed_test_is_gone_on_with_and_asks_nothing_twice(site: Site, openai: FakeOpenAI) -> None:
    test = start(make_set(site), Side(0), repeats=2)
    finish(test)
    gone = db.session.scalars(select(PromptTestResult).where(PromptTestResult.repeat == 1)).all()
    for row in gone:
        db.session.delete(row)
    db.session.commit()
    asked = len(openai.requests)
    put_back(run_of(test))
    jobs.execute(str(test.run_id))
    db.session.expire_all()
    assert len(openai.requests) == asked + 2
    assert db.session.scalar(select(func.count(PromptTestResult.id))) == 4


def test_the_texts_are_those_of_the_start_whatever_is_saved_while_it_runs(
    account: Account, site: Site, openai: FakeOpenAI
) -> None:
    test_set = make_set(site)
    version = make_version(account)
    test = start(test_set, Side(version.id))
    later = make_version(account, "Be loud.")
    actions.move_label(account.id, ANNA, "draft", "live", later.id, seen=0)
    sets.remove_case(sets.lock_set(account.id, test_set.id), test_set.cases[0]["id"])
    db.session.commit()
    (a,) = finish(test)
    assert a.answers == 2
    assert all(seen.body["messages"][0]["content"].startswith("Be plain.") for seen in openai.requests)


def test_a_second_click_starts_no_second_test(site: Site, openai: FakeOpenAI) -> None:
    test_set = make_set(site)
    assert start(test_set, Side(0)).id == start(test_set, Side(0), repeats=3).id
    with pytest.raises(DomainError, match="under way"):
        trial_actions.delete_set(site.account_id, ANNA, test_set.id)


@pytest.mark.parametrize(
    ("sides", "repeats", "code"),
    [((Side(0), Side(0)), 1, "SIDES_SAME"), ((Side(0),), 0, "REPEATS"), ((Side(0),), 11, "REPEATS")],
)
def test_a_test_that_makes_no_sense_is_refused(
    site: Site, openai: FakeOpenAI, sides: tuple[Side, ...], repeats: int, code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        trial_actions.start_test(site.account_id, ANNA, make_set(site).id, sides, repeats)
    assert refused.value.code == code


def test_without_a_model_there_is_nothing_to_test(site: Site) -> None:
    with pytest.raises(DomainError) as refused:
        trial_actions.start_test(site.account_id, ANNA, make_set(site).id, [Side(0)], 1)
    assert refused.value.code == "AI_NO_MODEL"


def live(account: Account, version: PromptVersion, **more: Any) -> str:
    seen = prompts.prompt_of(account.id, OPERATIONS["draft"]).live_moves
    try:
        return actions.move_label(account.id, ANNA, "draft", "live", version.id, seen=seen, **more).message
    finally:
        db.session.commit()


def test_a_version_goes_live_only_after_it_has_passed(account: Account, site: Site, openai: FakeOpenAI) -> None:
    version, test_set = make_version(account), make_set(site)
    trial_actions.set_gate(account.id, ANNA, test_set.id, 90)
    db.session.commit()
    seen = prompts.prompt_of(account.id, OPERATIONS["draft"]).live_moves
    with pytest.raises(DomainError, match="has not been tested"):
        actions.move_label(account.id, ANNA, "draft", "live", version.id, seen=seen)
    db.session.rollback()
    finish(start(test_set, Side(0), Side(version.id)))
    assert gate.share_of(test_set, version.id) == 100
    assert live(account, version).startswith("Live: version 1.")
    sets.add_rows(sets.lock_set(account.id, test_set.id), [f"task:{make_task(make_cluster(site)).id}"])
    db.session.commit()
    assert gate.share_of(test_set, version.id) is None  # passed another set than there is now


def test_the_gate_rounds_down_and_an_owner_may_pass_it_with_a_reason(
    account: Account, site: Site, openai: FakeOpenAI
) -> None:
    version, test_set = make_version(account), make_set(site, cases=1, contains="never")
    trial_actions.set_gate(account.id, ANNA, test_set.id, 1)
    finish(start(test_set, Side(version.id)))
    seen = prompts.prompt_of(account.id, OPERATIONS["draft"]).live_moves
    with pytest.raises(DomainError, match="passed 0 %"):
        actions.move_label(account.id, ANNA, "draft", "live", version.id, seen=seen)
    db.session.rollback()
    live(account, version, despite="The check is wrong")
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "prompt.live_moved")).one()
    assert (event.after or {})["reason"] == "The check is wrong"
    assert trials.percent(199, 200) == 99


def test_a_set_that_is_no_gate_takes_none_away_and_one_that_becomes_it_takes_its_place(
    account: Account, site: Site
) -> None:
    first, second = make_set(site), make_set(site)
    trial_actions.set_gate(account.id, ANNA, first.id, 90)
    assert trial_actions.set_gate(account.id, ANNA, second.id, None) == Changed("Nothing has changed.", 0)
    found = gate.gate_of(account.id, "draft")
    assert found is not None
    assert (found.test_set, found.least_percent) == (first, 90)
    trial_actions.set_gate(account.id, ANNA, second.id, 70)
    found = gate.gate_of(account.id, "draft")
    assert found is not None
    assert (found.test_set, found.least_percent) == (second, 70)
    assert trial_actions.set_gate(account.id, ANNA, second.id, None) == Changed("Any version may go live.", 1)
    assert gate.gate_of(account.id, "draft") is None


def test_a_gate_has_cases(account: Account, site: Site) -> None:
    empty, single = make_set(site, cases=0), make_set(site, cases=1)
    with pytest.raises(DomainError, match="without cases"):
        trial_actions.set_gate(account.id, ANNA, empty.id, 100)
    trial_actions.set_gate(account.id, ANNA, single.id, 100)
    with pytest.raises(DomainError, match="without cases"):
        trial_actions.remove_case(account.id, ANNA, single.id, single.cases[0]["id"])


@pytest.mark.parametrize(
    ("operation", "name", "text", "says"),
    [
        ("section", "words", "-5", "“Words” is a whole number from 1 to 100,000."),
        ("section", "words", "9" * 400, "“Words” is a whole number from 1 to 100,000."),
        ("section", "words", "9" * 5000, "“Words” is a whole number from 1 to 100,000."),
        ("section", "words", "1e400", "“Words” is a whole number from 1 to 100,000."),
        ("section", "words", "many", "“Words” is a whole number from 1 to 100,000."),
        ("section", "words", "2.5", "“Words” is a whole number from 1 to 100,000."),
        ("ideas", "count", "31", "“Count” is a whole number from 1 to 30."),
        ("section", "headings", '{"a": 1}', "“Headings” is a list: one entry in a line, or JSON."),
        ("section", "headings", '["a", 5]', "Entry 2 of “Headings” does not fit."),
        ("section", "section", '"One"', "“Section” is JSON with these fields: "),
        ("section", "title", "", "“Title” is needed."),
        ("section", "title", "x" * 20_001, "“Title” is longer than 20,000 characters."),
    ],
)
def test_what_is_typed_wrong_is_told_in_words_at_its_field(
    app: Flask, operation: str, name: str, text: str, says: str
) -> None:
    names = operation_of(operation).request.model_fields
    values = {"title": "T", "headings": "One\nTwo", "section": '{"heading": "One"}', "cluster_name": "C"}
    with pytest.raises(DomainError) as refused:
        sets.typed_request(operation_of(operation), {key: values.get(key, "") for key in names} | {name: text})
    assert refused.value.message.startswith(says)
    assert refused.value.field == f"field-{name}"


@pytest.mark.parametrize("text", [r'["\ud800"]', r'{"heading": "\udfff"}'])
def test_half_of_a_pair_of_signs_is_no_value(app: Flask, text: str) -> None:
    with pytest.raises(DomainError, match="“Headings” is no JSON"):
        sets.typed_request(operation_of("section"), {"title": "T", "headings": text})


def test_the_way_back_is_open_whatever_the_gate_says(account: Account, site: Site) -> None:
    first, second = make_version(account), make_version(account, "Be loud.")
    live(account, first)
    live(account, second)
    trial_actions.set_gate(account.id, ANNA, make_set(site).id, 100)
    db.session.commit()
    live(account, first)
    seen = prompts.prompt_of(account.id, OPERATIONS["draft"]).live_moves
    actions.move_label(account.id, ANNA, "draft", "live", 0, seen=seen)
    db.session.commit()


def test_going_on_again_after_a_way_back_is_no_way_back(account: Account, site: Site) -> None:
    first, second = make_version(account), make_version(account, "Be loud.")
    live(account, first)
    live(account, second)
    trial_actions.set_gate(account.id, ANNA, make_set(site).id, 100)
    db.session.commit()
    for back in (first.id, prompts.SHIPPED):
        seen = prompts.prompt_of(account.id, OPERATIONS["draft"]).live_moves
        actions.move_label(account.id, ANNA, "draft", "live", back, seen=seen)
        db.session.commit()
        with pytest.raises(DomainError) as refused:
            live(account, second)
        assert refused.value.code == "PROMPT_NOT_PASSED"
        db.session.rollback()


def test_what_another_model_makes_of_a_version_says_nothing_of_the_one_that_is_asked(
    account: Account, site: Site, openai: FakeOpenAI
) -> None:
    openai.models.add("other-model")
    version, test_set = make_version(account), make_set(site, cases=1, contains="moka")
    finish(start(test_set, Side(version.id, "other-model")))
    assert gate.share_of(test_set, version.id) is None
    finish(start(test_set, Side(version.id, MODEL), Side(version.id, "other-model")))
    assert gate.share_of(test_set, version.id) == 100
    finish(start(test_set, Side(version.id)))
    assert gate.share_of(test_set, version.id) == 100


def test_rows_of_two_sites_are_not_in_one_set(account: Account, site: Site) -> None:
    test_set = make_set(site)
    other = make_task(make_cluster(make_site(account)))
    with pytest.raises(DomainError, match="of one site"):
        sets.add_rows(test_set, [f"task:{other.id}"])


@pytest.mark.usefixtures("openai")
def test_the_pages_from_a_new_set_to_results(owner_client: FlaskClient, account: Account, site: Site) -> None:
    task = make_task(make_cluster(site), "Cold brew")
    assert "Cold brew" in owner_client.get("/thinker/tests/new/?operation=draft").text
    data = {"operation": "draft", "name": "Mine", "rows": [f"task:{task.id}"]}
    assert owner_client.post("/thinker/tests/new/", data=data).status_code == 303
    test_set = db.session.scalars(select(PromptTestSet)).one()
    path = f"/thinker/tests/{test_set.id}/"
    typed = {"field-title": 'Typed {{title}} "x"', "field-keywords": "one\ntwo", "title": "By hand"}
    assert owner_client.post(f"{path}cases/", data=typed).status_code == 303
    assert (
        owner_client.post(f"{path}cases/", data={"field-content_type": "Nonsense", "field-title": "x"}).status_code
        == 422
    )
    db.session.expire_all()
    assert [case["title"] for case in test_set.cases] == ["Cold brew", "By hand"]
    assert test_set.cases[1]["request"]["keywords"] == ["one", "two"]
    form = {"name": "Mine", "kind": ["at_least"], "value": ["5"], "version": test_set.version}
    assert owner_client.post(path, data=form).status_code == 303
    assert owner_client.post(path, data=form).status_code == 409
    sides = {"version_a": "0", "version_b": "none", "repeats": "1"}
    price = owner_client.post(f"{path}run/", data=sides).text
    assert "Start test" in price
    assert db.session.scalars(select(PromptTest)).all() == []
    assert owner_client.post(f"{path}run/", data={**sides, "sure": "1"}).status_code == 303
    test = db.session.scalars(select(PromptTest)).one()
    assert "Not asked yet" in owner_client.get(f"{path}results/{test.id}/").text
    work(run_of(test))
    page = owner_client.get(f"{path}results/{test.id}/").text
    assert "100 %" in page
    assert page.count(">Passed<") == 2
    result = trials.results_of(test)[0]
    answer = f"{path}results/{test.id}/answers/{result.id}/"
    assert answer in page
    assert "content_html" in owner_client.get(answer).text
    assert owner_client.get(f"{path}results/{test.id}/answers/999/").status_code == 404
    assert "100 %" in owner_client.get(path).text


def test_who_may_make_live_despite_the_gate(account: Account, site: Site, sign_in: SignIn) -> None:
    version = make_version(account)
    owner, admin = (sign_in(make_member(account, role)) for role in ("owner", "admin"))
    test_set = make_set(site)
    assert admin.post(f"/thinker/tests/{test_set.id}/gate/", data={"least": "80"}).status_code == 303
    move = {"label": "live", "version": version.id, "seen": 0}
    refused = owner.post("/thinker/prompts/draft/labels/", data=move)
    assert refused.status_code == 422
    assert "Make live nevertheless" in refused.text
    assert "Make live nevertheless" not in admin.post("/thinker/prompts/draft/labels/", data=move).text
    despite = {**move, "despite": "Urgent"}
    assert admin.post("/thinker/prompts/draft/labels/", data=despite).status_code == 403
    assert owner.post("/thinker/prompts/draft/labels/", data=despite).status_code == 303
    deleted = owner.post(f"/thinker/tests/{test_set.id}/delete/")
    assert deleted.status_code == 422
    owner.post(f"/thinker/tests/{test_set.id}/gate/", data={"least": ""})
    assert owner.post(f"/thinker/tests/{test_set.id}/delete/").status_code == 303


def test_a_cancelled_test_asks_no_more_and_keeps_what_was_answered(
    site: Site, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = start(make_set(site, cases=10), Side(0), repeats=5)
    store = trial_work._store

    def store_and_cancel(*arguments: Any) -> None:
        store(*arguments)
        db.session.execute(update(Run).where(Run.id == test.run_id).values(cancel_requested=True))
        db.session.commit()

    monkeypatch.setattr(trial_work, "_store", store_and_cancel)
    run = work(run_of(test))
    assert run.state == "cancelled"
    assert 1 <= db.session.scalar(select(func.count(PromptTestResult.id))) <= len(openai.requests) < 50
