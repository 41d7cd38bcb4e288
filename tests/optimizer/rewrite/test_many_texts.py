"""Optimizing many texts: chosen, under way, cancelled, put off; and old tasks, whose texts are let go."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.ai import attempts
from app.content.models import Content
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.runs import Run
from app.optimizer import actions, scoring
from app.optimizer.rewrite import tasks, upkeep
from app.optimizer.rewrite import work as optimizing
from app.optimizer.rewrite.task_models import OptimizationTask
from app.sites.models import Site
from tests.factories.things import make_content
from tests.factories.work import let_the_breaker_pass, newest_run, openai, work
from tests.fakes.openai_server import FakeOpenAI
from tests.optimizer.rewrite.test_optimizing import ANNA, HTML, decide, optimized, use

__all__ = ["openai"]


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site, "Moka pots", content_html=HTML, seo_description="There is one.")


def pots(site: Site, count: int) -> list[Content]:
    """Texts with something to mend."""
    made = [make_content(site, f"Pots {number}", content_html=HTML, seo_description="x") for number in range(count)]
    db.session.commit()
    return made


@pytest.mark.parametrize("is_all", [False, True])
def test_many_texts_ticked_or_all_that_match(owner_client: FlaskClient, site: Site, is_all: bool) -> None:
    texts = pots(site, 3)
    other = make_content(site, "Kettles", content_html=HTML, seo_description="x")
    db.session.commit()
    scoring.keep_scores(site.account_id, [text.id for text in (*texts, other)])
    db.session.commit()
    chosen = {"all_matching": "1", "filter": "?q=pots"} if is_all else {"ids": [text.id for text in texts]}
    answer = owner_client.post("/optimizer/optimize/", data={"on_all": "ask", **chosen})
    run = newest_run()
    assert f"run={run.id}" in answer.location
    assert (run.total, len(run.params["task_ids"])) == (3, 3)
    page = owner_client.get(answer.location).text
    assert "Optimizing 3 texts" in page
    assert "Cancel" in page
    run = work(run)
    assert (run.state, run.data["contents"]) == ("succeeded", 3)
    chosen_now = set(db.session.scalars(select(OptimizationTask.content_id)))
    assert chosen_now == {text.id for text in texts}


def test_the_same_from_the_content_manager(owner_client: FlaskClient, content: Content) -> None:
    make_content(content.site, "Kettles", content_html=HTML, seo_description="x")
    assert 'formaction="/optimizer/optimize/contents/"' in owner_client.get("/content/").text
    form = {"all_matching": "1", "filter": "?q=moka"}
    answer = owner_client.post("/optimizer/optimize/contents/", data=form)
    assert answer.status_code == 303
    assert list(db.session.scalars(select(OptimizationTask.content_id))) == [content.id]
    form = {"content_ids": [content.id]}
    assert owner_client.post("/optimizer/optimize/contents/", data=form).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Run).where(Run.kind == "optimize_content")) == 1


@pytest.mark.parametrize("path", ["/optimizer/optimize/", "/optimizer/optimize/contents/"])
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"all_matching": "1", "filter": "&".join(f"a{number}=1" for number in range(99))},
        {"all_matching": "1", "filter": "?state=nonsense"},
        {"all_matching": "", "filter": "?q=moka"},
    ],
)
def test_what_does_not_say_which_texts_are_meant_is_refused(
    owner_client: FlaskClient, content: Content, path: str, form: dict[str, str]
) -> None:
    assert owner_client.post(path, data=form).status_code == 422
    assert db.session.scalar(select(func.count()).select_from(OptimizationTask)) == 0


def test_a_batch_that_is_cancelled_keeps_what_it_has(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pots(site, 3)
    db.session.commit()
    started = actions.start_optimizing(site.account_id, ANNA, site.id, [text.id for text in texts])
    db.session.commit()
    real = tasks.finish

    def then_cancelled(*arguments: Any) -> int:
        db.session.execute(update(Run).values(cancel_requested=True))
        return real(*arguments)

    monkeypatch.setattr(tasks, "finish", then_cancelled)
    assert work(started.run).state == "cancelled"
    rows = db.session.scalars(select(OptimizationTask).order_by(OptimizationTask.id)).all()
    assert [row.shown_status for row in rows] == ["completed", "failed", "failed"]


def test_a_fault_of_the_service_is_met_once_and_a_passing_one_waited_for(site: Site, openai: FakeOpenAI) -> None:
    texts = pots(site, 4)
    db.session.commit()
    openai.fail_next("quota", times=9)
    started = actions.start_optimizing(site.account_id, ANNA, site.id, [text.id for text in texts])
    db.session.commit()
    run = work(started.run)
    assert (run.state, run.data["without_model"], len(openai.requests)) == ("succeeded", 4, 1)


def test_a_passing_fault_puts_the_rest_off(site: Site, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(optimizing, "WAITS", (timedelta(0),))
    texts = pots(site, 2)
    db.session.commit()
    openai.fail_next("503", times=3)
    started = actions.start_optimizing(site.account_id, ANNA, site.id, [text.id for text in texts])
    db.session.commit()
    run = work(started.run)
    assert run.state == "queued"
    assert str(run.step).startswith("Going on later. The AI service failed ")
    openai._failures.clear()
    let_the_breaker_pass()
    run = work(run)
    assert run.state == "succeeded", (run.state, run.step, run.error)
    assert (run.data["without_model"], run.data["contents"]) == (0, 2)


def test_texts_that_nobody_touched_for_long_are_let_go(owner_client: FlaskClient, content: Content) -> None:
    old, new = optimized(content), optimized(content)
    decide(old, "accepted", 1)
    use(old)
    long_ago = utcnow() - timedelta(days=91)
    db.session.execute(update(OptimizationTask).where(OptimizationTask.id == old.id).values(updated_at=long_ago))
    db.session.commit()
    upkeep.forget_old_texts()
    upkeep.forget_old_texts()
    db.session.expire_all()
    assert (old.html_before, old.html_after, old.waiting, old.used) == ("", "", 0, 1)
    assert (new.html_before, new.forgotten_at) == (HTML, None)
    with pytest.raises(Conflict, match="not kept any more"):
        decide(old, "rejected")
    with pytest.raises(Conflict, match="not kept any more"):
        actions.undo_changes(old.account_id, ANNA, old.id)
    page = owner_client.get(f"/optimizer/tasks/{old.id}/").text
    assert "kept for 90 days" in page
    assert "Heading <del>1</del>" in page
    assert 'value="rejected"' not in page
