"""Optimizing contents: proposed, decided on, put into the text and taken out, also when others work meanwhile."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.models import Account
from app.billing.models import CreditUsage
from app.content import services as contents
from app.content.editing.models import ContentRevision
from app.content.editing.unsaved import UnsavedChanges
from app.content.editing.working_copies import discard, keep_working_copy
from app.content.models import Content, ContentImage
from app.core.actor import THE_APP, Actor
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.extensions import db
from app.core.roles import permissions_of
from app.core.runs import Run
from app.identity.models import User
from app.optimizer import actions
from app.optimizer.rewrite import tasks
from app.optimizer.rewrite import work as optimizing
from app.optimizer.rewrite.improve import IMPROVE
from app.optimizer.rewrite.task_models import OptimizationTask
from app.sites.models import Site
from app.thinker import rows, uses
from tests.factories.pictures import add_images
from tests.factories.races import race
from tests.factories.things import make_content, make_site
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI

PASSIVE = "The pot was designed by Alfonso Bialetti in 1933."
ACTIVE = "In 1933, Alfonso Bialetti designed the pot."
LAST = "Rinse it with warm  water after each use."
HTML = f"<h1>Pots</h1>\n<p>{PASSIVE}</p>\r\n<p>{LAST}</p>"
ANNA = Actor(None, "Anna", permissions=None)


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site, "Moka pots", content_html=HTML, seo_description="There is one.")


def start(content: Content, actor: Actor = ANNA) -> OptimizationTask:
    started = actions.start_optimizing(content.account_id, actor, content.site_id, [content.id])
    db.session.commit()
    return db.session.get_one(OptimizationTask, started.task_ids[0])


def optimized(content: Content) -> OptimizationTask:
    task = start(content)
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    return db.session.get_one(OptimizationTask, task.id)


def decide(task: OptimizationTask, decision: str, *ids: int) -> int:
    count = actions.decide_changes(task.account_id, ANNA, task.id, ids or None, decision)
    db.session.commit()
    return count


def use(task: OptimizationTask) -> str:
    words = actions.use_changes(task.account_id, ANNA, task.id)[1]
    db.session.commit()
    return words


def edit(content: Content, html: str) -> None:
    contents.update_content(content.id, content.account_id, {"content_html": html}, expected_version=content.version)
    db.session.commit()


def suggest(openai: FakeOpenAI, html: str, number: int = 1) -> None:
    openai.answer_next({"passages": [{"number": number, "html": html}], "seo_title": "", "seo_description": ""})


def states(task: OptimizationTask) -> list[tuple[str, str]]:
    db.session.refresh(task, ["changes"])
    return [(change["reason"], change["state"]) for change in task.changes]


def test_without_a_model_what_rules_can_mend_is_proposed_and_used(content: Content) -> None:
    task = optimized(content)
    assert (task.status, task.entry_point, task.content_version, task.credits_used) == ("completed", "writer", 1, 0)
    assert states(task) == [("heading", "open"), ("spaces", "open")]
    assert (content.content_html, content.version) == (HTML, 1)
    assert set(task.scores_before) == set(task.scores_after) == {"overall", "seo", "readability", "engagement"}
    with pytest.raises(DomainError, match="No change is accepted"):
        use(task)
    assert decide(task, "accepted") == 2
    assert use(task) == "2 changes are in the text now."
    assert content.content_html == HTML.replace("h1>", "h2>").replace("warm  water", "warm water")
    assert (content.version, content.optimizer_version, task.used, task.waiting) == (2, 1, 2, 0)
    causes = db.session.scalars(select(ContentRevision.cause).order_by(ContentRevision.version)).all()
    assert causes[-1] == "optimize"


def test_undo_gives_the_text_back_byte_for_byte_and_lets_decide_again(content: Content) -> None:
    task = optimized(content)
    decide(task, "accepted")
    use(task)
    words = actions.undo_changes(task.account_id, ANNA, task.id)[1]
    db.session.commit()
    assert (words, content.content_html, content.version) == ("2 changes were taken out.", HTML, 3)
    assert states(task) == [("heading", "open"), ("spaces", "open")]
    with pytest.raises(DomainError, match="None of these changes"):
        actions.undo_changes(task.account_id, ANNA, task.id)


def test_a_persons_edit_stays_and_the_other_changes_are_made(content: Content) -> None:
    task = optimized(content)
    decide(task, "accepted")
    edit(content, HTML.replace(LAST, "Mine now.") + "<p>New.</p>")
    assert use(task) == "1 change is in the text now. 1 was left out: somebody has edited that place since."
    assert content.content_html == HTML.replace("h1>", "h2>").replace(LAST, "Mine now.") + "<p>New.</p>"
    assert states(task) == [("heading", "applied"), ("spaces", "outdated")]
    edit(content, content.content_html.replace("Pots", "My pots"))
    made, _words = actions.undo_changes(task.account_id, ANNA, task.id)
    assert (made.made, made.outdated) == (0, 1)
    assert "My pots" in content.content_html


def test_changes_are_taken_one_by_one_in_any_order(content: Content) -> None:
    task = optimized(content)
    assert (decide(task, "rejected", 2), decide(task, "accepted", 1)) == (1, 1)
    use(task)
    assert content.content_html == HTML.replace("h1>", "h2>")
    assert decide(task, "accepted", 1, 2) == 1  # the first is in the text already
    use(task)
    assert content.content_html == HTML.replace("h1>", "h2>").replace("warm  water", "warm water")
    with pytest.raises(DomainError, match="accepted or rejected"):
        decide(task, "applied", 1)


def test_the_description_and_the_alt_text_of_the_featured_image(site: Site) -> None:
    content = make_content(
        site, "Pots", content_html=f"<p>{PASSIVE}</p>", excerpt="Strong coffee at home, on the stove."
    )
    image = add_images(content, 1)[0]
    image.role, image.alt, image.caption = "featured", "", "A red pot"
    db.session.commit()
    task = optimized(content)
    assert [reason for reason, _state in states(task)] == ["alt", "seo_description"]
    decide(task, "accepted")
    content.seo_description = "Somebody wrote one."
    db.session.commit()
    assert "1 was left out" in use(task)
    db.session.expire_all()
    assert content.seo_description == "Somebody wrote one."
    assert db.session.get_one(ContentImage, image.id).alt == "A red pot"
    actions.undo_changes(task.account_id, ANNA, task.id)
    assert db.session.get_one(ContentImage, image.id).alt == ""


def test_a_models_sentence_is_proposed_charged_and_used(content: Content, openai: FakeOpenAI) -> None:
    suggest(openai, ACTIVE)
    task = optimized(content)
    assert states(task) == [("heading", "open"), ("sentence", "open"), ("spaces", "open")]
    asked = openai.requests[0].data
    assert [passage["html"] for passage in asked["passages"]] == [PASSIVE, LAST]
    assert any("Passive" in problem for problem in asked["problems"])
    assert (task.credits_used, db.session.scalar(select(func.sum(CreditUsage.credits)))) == (1, 1)
    decide(task, "accepted", 2)
    use(task)
    assert content.content_html == HTML.replace(PASSIVE, ACTIVE)
    assert [origin.operation for origin in uses.origins_of(content.account_id, content.id)] == ["improve_text"]


def test_the_prompt_can_be_tried_on_texts(content: Content, account: Account) -> None:
    empty = make_content(content.site, "Empty", content_html="")
    found = rows.list_rows(account.id, IMPROVE)
    assert [row.title for row in found] == ["Empty", "Moka pots"]
    case = rows.case_of(account.id, IMPROVE, f"content:{content.id}")
    assert "Alfonso Bialetti" in IMPROVE.values(case.request)["passages"]
    for key in (f"content:{empty.id}", "content:0", "task:1"):
        with pytest.raises(NotFound):
            rows.case_of(account.id, IMPROVE, key)


def test_what_changes_facts_is_asked_again_and_then_refused_for_nothing(content: Content, openai: FakeOpenAI) -> None:
    for year in ("1934", "1935"):
        suggest(openai, ACTIVE.replace("1933", year))
    task = optimized(content)
    assert len(openai.requests) == 2
    assert states(task) == [("heading", "open"), ("spaces", "open")]
    assert (optimizing.refused_in(task), task.credits_used) == (1, 0)


def test_a_run_whose_worker_died_asks_only_for_what_is_missing(
    content: Content, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimizing, "PASSAGES_AT_ONCE", 1)
    suggest(openai, ACTIVE)
    task, run = start(content), newest_run()

    def dies(*_arguments: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(tasks, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            work(run)
    assert len(openai.requests) == 2
    put_back(run)
    assert work(run).state == "succeeded"
    assert len(openai.requests) == 2
    db.session.refresh(task)
    assert ("sentence", "open") in states(task)
    assert task.credits_used == db.session.scalar(select(func.sum(CreditUsage.credits))) == 1


def test_one_that_fails_does_not_stop_the_others_and_a_retry_does_only_that(
    content: Content, openai: FakeOpenAI
) -> None:
    other = make_content(content.site, "Other", content_html=HTML, seo_description="x")
    content.content_html = f"<p>{PASSIVE}</p>"  # nothing that rules could mend
    db.session.commit()
    openai.fail_next("invalid_json", times=2)
    ids = [content.id, other.id]
    started = actions.start_optimizing(content.account_id, ANNA, content.site_id, ids)
    db.session.commit()
    run = work(started.run)
    assert (run.state, run.data["left_out"]) == ("succeeded", 1)
    rows = db.session.scalars(select(OptimizationTask).order_by(OptimizationTask.id)).all()
    assert [row.status for row in rows] == ["failed", "completed"]
    assert rows[0].error
    again = start(content)
    assert work(newest_run()).state == "succeeded"
    db.session.refresh(again)
    assert again.status == "completed"


def test_a_text_is_not_worked_on_twice_and_a_cancelled_run_lets_it_go(content: Content) -> None:
    first, second = start(content), start(content)
    assert first.id == second.id
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1
    db.session.execute(update(Run).values(state="cancelled"))
    db.session.commit()
    db.session.expire_all()
    assert (first.status, first.shown_status) == ("pending", "failed")
    third = start(content)
    db.session.expire_all()
    assert (third.id == first.id, first.status, third.shown_status) == (False, "failed", "pending")
    with pytest.raises(Conflict):
        decide(third, "accepted")


def test_the_entry_point_is_found_from_the_source_and_who_asks(site: Site) -> None:
    by_person, by_rule = Actor(1, "Anna"), Actor(None, "Rule")
    for source, point in (
        ("igny8", "writer"),
        ("wordpress", "wordpress"),
        ("shopify", "external"),
        ("custom", "external"),
    ):
        assert (tasks.entry_point_of(source, by_rule), tasks.entry_point_of(source, by_person)) == (point, "manual")


def test_who_may_not_is_refused_and_what_cannot_be_is_said(content: Content, account: Account) -> None:
    viewer = Actor(None, "Viewer", permissions=permissions_of("viewer"))
    with pytest.raises(Forbidden):
        actions.start_optimizing(account.id, viewer, content.site_id, [content.id])
    task = optimized(content)
    for refused in (actions.use_changes, actions.undo_changes):
        with pytest.raises(Forbidden):
            refused(account.id, viewer, task.id)
    empty = make_content(content.site, "Empty", content_html=" ")
    with pytest.raises(DomainError, match="None of the chosen texts"):
        actions.start_optimizing(account.id, ANNA, content.site_id, [empty.id])
    with pytest.raises(DomainError, match="At most 5,000"):
        actions.start_optimizing(account.id, ANNA, content.site_id, range(1, 5002))
    elsewhere = make_site(account, name="Other")
    with pytest.raises(DomainError, match="None of the chosen texts"):
        actions.start_optimizing(account.id, THE_APP, elsewhere.id, [content.id])
    with pytest.raises(NotFound):
        actions.start_optimizing(account.id + 1, THE_APP, content.site_id, [content.id])


def test_credits_are_put_aside_and_what_is_not_used_comes_back(content: Content, openai: FakeOpenAI) -> None:
    long = make_content(
        content.site, "Long", content_html=f"<h2>{'word ' * 390}</h2><p>{PASSIVE}</p>", seo_description="x"
    )
    quote = actions.optimizing_price(content.account_id, [long.id])
    assert (quote.credits, quote.price_label) == (2, "1 credit per 200 words")
    suggest(openai, ACTIVE)
    task = optimized(long)
    assert task.credits_used == 1


def test_the_page_of_a_text_that_failed_lets_start_anew(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI
) -> None:
    content.content_html = f"<p>{PASSIVE}</p>"
    db.session.commit()
    openai.fail_next("invalid_json", times=2)
    task = start(content)
    assert work(newest_run()).state == "failed"
    text = owner_client.get(f"/optimizer/tasks/{task.id}/").text
    assert "could not be read" in text
    assert "Propose changes" in text


def test_the_pages_show_what_waits_and_take_decisions(owner_client: FlaskClient, content: Content) -> None:
    assert "Nothing was optimized yet" in owner_client.get("/optimizer/tasks/").text
    panel = f"/optimizer/{content.id}/optimize/"
    assert "Free with the built-in writer" in owner_client.get(panel).text
    answer = owner_client.post("/optimizer/optimize/", data={"ids": [content.id]})
    page = answer.location
    assert "Optimizing “Moka pots”" in owner_client.get(page).text
    work(newest_run())
    text = owner_client.get(page).text
    assert "Heading <del>1</del>" in text
    assert "To decide: 2" in text
    assert "2 to decide" in owner_client.get(panel).text
    part = owner_client.post(f"{page}decide/", data={"decision": "accepted"}, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Use 2 changes" in part
    assert owner_client.post(f"{page}use/").status_code == 303
    assert "In the text" in owner_client.get(page).text
    assert "Moka pots" in owner_client.get("/optimizer/tasks/?status=completed&from=manual").text
    assert "Nothing matches" in owner_client.get("/optimizer/tasks/?status=failed").text
    assert owner_client.post(f"{page}undo/").status_code == 303
    db.session.expire_all()
    assert content.content_html == HTML


def test_two_who_use_the_same_changes_at_once_make_them_once(app: Flask, content: Content) -> None:
    task = optimized(content)
    decide(task, "accepted")
    account_id, task_id = task.account_id, task.id
    results = race(app, lambda _n: actions.use_changes(account_id, ANNA, task_id))
    assert sorted(isinstance(one, DomainError) for one in results) == [False, True]
    db.session.expire_all()
    assert (content.version, content.content_html.count("<h2>")) == (2, 1)
    assert states(task) == [("heading", "applied"), ("spaces", "applied")]


def test_of_two_who_decide_at_once_none_is_lost(app: Flask, content: Content) -> None:
    task = optimized(content)
    account_id, task_id = task.account_id, task.id
    decisions = ("accepted", "rejected")
    assert race(app, lambda n: actions.decide_changes(account_id, ANNA, task_id, [n + 1], decisions[n])) == [1, 1]
    assert states(task) == [("heading", "accepted"), ("spaces", "rejected")]


def test_what_is_typed_and_not_saved_is_not_overtaken(content: Content, owner: User) -> None:
    task = optimized(content)
    decide(task, "accepted")
    fields = [("content_html", ["<p>Mine</p>"])]
    keep_working_copy(content.account_id, content.id, owner.id, fields, base_version=1, tab="a", take_over=False)
    db.session.commit()
    with pytest.raises(UnsavedChanges):
        use(task)
    db.session.rollback()
    db.session.expire_all()
    assert (content.content_html, content.version) == (HTML, 1)
    discard(content.account_id, content.id, owner.id)
    assert "2 changes" in use(task)
