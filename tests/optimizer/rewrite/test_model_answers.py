"""Whatever a model answers, the text keeps what it says, people are told why, and only what came is paid."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.ai import attempts
from app.billing.credits import balance
from app.billing.models import CreditUsage
from app.content.models import Content
from app.core.extensions import db
from app.optimizer import actions
from app.optimizer.rewrite import work as optimizing
from app.optimizer.rewrite.task_models import OptimizationTask
from app.sites.models import Site
from tests.factories.things import make_content
from tests.factories.work import newest_run, openai, work
from tests.fakes.openai_server import FakeOpenAI
from tests.optimizer.rewrite.test_optimizing import ANNA, optimized, start, states, suggest

__all__ = ["openai"]
LINKED = 'The pot was designed by Alfonso Bialetti in 1933 for <a href="/beans/">our beans</a>, it is said.'
BETTER = 'In 1933, it is said, Alfonso Bialetti designed the pot for <a href="/beans/">our beans</a>.'
TITLED = f"<h1>Pots</h1>\n<p>{LINKED}</p>"
MENDS = [("heading", "open")]
"""What rules find in TITLED, with or without a model."""


@pytest.fixture
def content(site: Site) -> Content:
    return make_content(site, "Moka pots", content_html=TITLED, seo_description="There is one.")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither long waits between tries, nor long waits for an answer."""
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(attempts, "TIMEOUT_SECONDS", 0.5)


def paid() -> int:
    return db.session.scalar(select(func.coalesce(func.sum(CreditUsage.credits), 0))) or 0


@pytest.mark.parametrize(
    "answer",
    [
        BETTER.replace("1933", "1934"),
        BETTER.replace("In 1933, it is said, ", ""),
        BETTER.replace("Alfonso Bialetti", "Alfonso Bialetti of Turin"),
        BETTER.replace("Alfonso Bialetti", "Luigi De Ponti"),
        "In 1933, it is said, Alfonso Bialetti designed the pot for our beans.",
        BETTER.replace("/beans/", "https://evil.example/"),
        BETTER.replace("</a>", ""),
        BETTER + "<script>alert(1)</script>",
        BETTER + " It sold 300 million times.",
        '1933 entwarf Alfonso Bialetti, so heißt es, die Kanne für <a href="/beans/">our beans</a>.',
        "موکا پاٹ الفونسو بیالیٹی نے 1933 میں بنایا۔",
        "I cannot help with that.",
        'The pot was not designed by Alfonso Bialetti in 1933 for <a href="/beans/">our beans</a>, it is said.',
    ],
)
def test_what_says_something_else_is_refused_and_costs_nothing(
    content: Content, openai: FakeOpenAI, answer: str
) -> None:
    for _try in range(2):
        suggest(openai, answer)
    before = balance(content.account_id)
    task = optimized(content)
    assert (states(task), optimizing.refused_in(task), len(openai.requests)) == (MENDS, 1, 2)
    assert (task.status, task.credits_used, paid()) == ("completed", 0, 0)
    assert balance(content.account_id) == before
    assert content.content_html == TITLED


def test_what_says_the_same_is_proposed_beside_the_mends(content: Content, openai: FakeOpenAI) -> None:
    suggest(openai, BETTER)
    task = optimized(content)
    assert states(task) == [*MENDS, ("sentence", "open")]
    assert (task.error, paid()) == ("", 1)


def fails(kind: str, **more: float) -> Callable[[FakeOpenAI], None]:
    return lambda openai: openai.fail_next(kind, times=9, **more)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (fails("refusal"), "declined"),
        (fails("empty"), "could not be read"),
        (fails("length"), "stopped before"),
        (fails("invalid_json"), "could not be read"),
        (fails("429"), "limiting"),
        (fails("500"), "failed"),
        (fails("drop"), "reached"),
        (fails("timeout", seconds=0.8), "time"),
        (fails("401"), "key"),
    ],
    ids=["refusal", "empty", "cut off", "no JSON", "429", "500", "hung up", "time-out", "401"],
)
def test_what_rules_mend_is_proposed_though_the_model_fails(
    owner_client: FlaskClient, content: Content, openai: FakeOpenAI, fault: Callable[[FakeOpenAI], None], says: str
) -> None:
    fault(openai)
    before = balance(content.account_id)
    task = start(content)
    run = work(newest_run())
    assert (run.state, run.data["without_model"]) == ("succeeded", 1)
    db.session.refresh(task)
    assert (task.status, states(task)) == ("completed", MENDS)
    assert says in task.error
    assert task.error in run.message
    assert balance(content.account_id) == before
    page = owner_client.get(f"/optimizer/tasks/{task.id}/").text
    assert "The model did not finish this text" in page
    assert "Ask again" in page
    assert actions.decide_changes(task.account_id, ANNA, task.id, None, "accepted") == 1
    actions.use_changes(task.account_id, ANNA, task.id)
    db.session.commit()
    assert content.content_html == TITLED.replace("h1>", "h2>")


def test_what_came_before_the_model_failed_is_kept_and_paid(
    content: Content, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimizing, "PASSAGES_AT_ONCE", 1)
    content.content_html = f"{TITLED}<p>{LINKED.replace('1933', '1950')}</p>"
    db.session.commit()
    suggest(openai, BETTER)
    task = start(content)
    run = newest_run()
    real = openai.content_for

    def then_it_fails(seen: object) -> str:
        openai.fail_next("refusal", times=9)
        return real(seen)  # type: ignore[arg-type]

    monkeypatch.setattr(openai, "content_for", then_it_fails)
    assert work(run).state == "succeeded"
    db.session.refresh(task)
    assert states(task) == [*MENDS, ("sentence", "open")]
    assert "declined" in task.error
    assert task.credits_used == paid() == 1


def test_with_nothing_to_propose_the_run_fails_with_what_to_do(site: Site, openai: FakeOpenAI) -> None:
    bare = make_content(site, "Bare", content_html=f"<p>{LINKED}</p>", seo_description="There is one.")
    openai.fail_next("refusal", times=9)
    task = start(bare)
    run = work(newest_run())
    assert run.state == "failed"
    db.session.refresh(task)
    assert task.status == "failed"
    assert "declined" in task.error


def test_a_text_whose_model_failed_is_asked_about_again(content: Content, openai: FakeOpenAI) -> None:
    openai.fail_next("refusal")
    first = optimized(content)
    suggest(openai, BETTER)
    second = optimized(content)
    assert second.id != first.id
    assert (states(second), second.error) == ([*MENDS, ("sentence", "open")], "")
    assert db.session.scalar(select(func.count()).select_from(OptimizationTask)) == 2
