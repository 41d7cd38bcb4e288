"""What AI work costs, from the price before the click to the credits that come back."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

import jobs
from app.accounts.models import Account
from app.ai.metering import call_metered, cost_micros
from app.billing import credits
from app.billing.costs import costs, estimate
from app.billing.models import CreditReservation, CreditUsage
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import services
from tests.factories.live import LiveApp, let_the_lease_pass, state_of, wait_for
from tests.factories.people import SignIn, make_member
from tests.factories.stripe import credits_left, give_credits, ledger_agrees
from tests.factories.things import make_cluster, make_keyword, make_task
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI

LONG = {
    "title": "Long",
    "content_html": "<p>" + "word " * 1234 + "</p>",
    "excerpt": "x",
    "seo_title": "x",
    "seo_description": "x",
    "focus_keywords": ["x"],
}


def usage() -> list[tuple[Any, ...]]:
    db.session.rollback()
    columns = (CreditUsage.operation, CreditUsage.object_type, CreditUsage.object_title, CreditUsage.credits)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(CreditUsage.id))]


def test_the_price_list_is_the_agreed_one(app: Flask) -> None:
    prices = {name: (cost.credits, cost.per) for name, cost in costs().items()}
    assert prices == {
        "clustering": (10, 1),
        "ideas": (15, 1),
        "content": (1, 100),
        "image": (5, 1),
        "linking": (8, 1),
        "optimisation": (1, 200),
        "site_structure": (50, 1),
        "site_page": (20, 1),
        "reparse": (1, 1),
        "publishing": (0, 1),
    }
    assert [costs()["content"].of(words) for words in (0, 1, 100, 101, 1234)] == [0, 1, 1, 2, 13]
    assert (estimate("content", 2), estimate("clustering", 3), estimate("ideas", 2)) == (30, 30, 30)


def test_a_draft_is_charged_by_its_words_and_the_rest_comes_back(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    ids = [make_task(cluster, f"Task {n}").id for n in range(3)]
    page = owner_client.get("/writer/tasks/").text
    assert "About 15 credits a draft, you have 100" in page
    owner_client.post("/writer/tasks/generate/", data={"ids": ids})
    assert credits_left(account) == (55, 0)
    openai.answer_next(LONG)
    openai.fail_next("refusal")
    run = work(newest_run())
    assert "could not be written" in (run.message or "")
    assert run.data["credits"] == 14  # 13 for 1,234 words, 1 for a short one, none for the refused
    assert credits_left(account) == (86, 0)
    assert sorted(row[3] for row in usage()) == [1, 13]
    row = db.session.scalars(select(CreditUsage).where(CreditUsage.credits == 13)).one()
    assert (row.tokens_in, row.tokens_out, row.provider, row.cost_micros) == (10, 10, MODEL, None)
    assert row.object_id in db.session.scalars(select(Content.id)).all()
    assert ledger_agrees(account)


def test_the_built_in_writer_is_free(owner_client: FlaskClient, account: Account, cluster: Cluster) -> None:
    give_credits(account, plan=0)
    make_task(cluster)
    assert "Free with the built-in writer" in owner_client.get("/writer/tasks/").text
    owner_client.post("/writer/tasks/generate/")
    assert work(newest_run()).state == "succeeded"
    assert [(row[0], row[3]) for row in usage()] == [("content", 0)]
    assert db.session.scalar(select(func.count()).select_from(CreditReservation)) == 0


def test_not_enough_says_how_many_are_missing_and_starts_nothing(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, sign_in: SignIn
) -> None:
    give_credits(account, plan=20)
    ids = [make_task(cluster).id for _ in range(2)]
    answer = owner_client.post("/writer/tasks/generate/", data={"ids": ids})
    assert answer.status_code == 402
    assert "was started, and nothing was charged" in answer.text
    editor = sign_in(make_member(account, "admin"))
    told = editor.post("/writer/tasks/generate/", data={"ids": ids})
    assert "can buy credits and change the plan" in told.text
    partial = owner_client.post("/writer/tasks/generate/", data={"ids": ids}, headers={"HX-Request": "true"})
    assert partial.status_code == 402
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0
    assert credits_left(account) == (20, 0)


def test_clustering_is_charged_by_the_request_and_two_clicks_once(
    owner_client: FlaskClient, account: Account, site: Site, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    for number in range(250):
        make_keyword(site, f"topic{number % 5} word{number}")
    assert "About 20 credits, you have 100" in owner_client.get("/planner/keywords/").text
    for _ in range(2):
        owner_client.post("/planner/keywords/cluster/")
    assert credits_left(account) == (80, 0)
    assert work(newest_run()).state == "succeeded"
    assert credits_left(account) == (80, 0)
    assert [(row[2], row[3]) for row in usage()] == [("200 keywords", 10), ("50 keywords", 10)]


def test_ideas_are_charged_by_the_cluster_and_none_found_cost_nothing(
    owner_client: FlaskClient, account: Account, site: Site, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    ids = [make_cluster(site, name).id for name in ("Brew", "Grind")]
    openai.answer_next({"ideas": []})
    owner_client.post("/planner/clusters/ideas/", data={"ids": ids})
    assert credits_left(account) == (70, 0)
    assert work(newest_run()).data["credits"] == 15
    assert credits_left(account) == (85, 0)
    assert [row[:3] for row in usage()] == [("ideas", "cluster", "Grind")]


def test_nothing_is_charged_for_what_failed(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    make_task(cluster)
    openai.fail_next("quota", times=9)
    owner_client.post("/writer/tasks/generate/")
    assert work(newest_run()).state == "failed"
    assert credits_left(account) == (100, 0)
    openai._failures.clear()
    owner_client.post(f"/runs/{newest_run().id}/retry/")
    assert credits_left(account) == (85, 0)
    assert work(newest_run()).state == "succeeded"
    assert credits_left(account) == (99, 0)
    assert ledger_agrees(account)


def test_a_cancelled_run_gives_back_what_it_did_not_use(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    make_task(cluster)
    owner_client.post("/writer/tasks/generate/")
    owner_client.post(f"/runs/{newest_run().id}/cancel/")
    assert credits.sweep_reservations() == 1
    assert credits_left(account) == (100, 0)


def test_a_crash_between_reserving_and_settling_charges_each_draft_once(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credits(account, plan=100)
    ids = [make_task(cluster).id for _ in range(3)]
    owner_client.post("/writer/tasks/generate/", data={"ids": ids})
    run = newest_run()
    real, calls = services.complete_task, list[int]()

    def die_at_the_second(*args: Any) -> Content | None:
        made = real(*args)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(services, "complete_task", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(services, "complete_task", real)
    put_back(run)
    assert credits_left(account) == (55, 0)
    assert credits.sweep_reservations() == 0
    assert work(run).state == "succeeded"
    assert [row[3] for row in usage()] == [1, 1, 1]
    assert credits_left(account) == (97, 0)
    assert ledger_agrees(account)


def test_a_killed_worker_costs_nothing(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, workers: LiveApp
) -> None:
    give_credits(account, plan=100)
    ids = [make_task(cluster).id for _ in range(6)]
    owner_client.post("/writer/tasks/generate/", data={"ids": ids})
    run = newest_run()
    openai.fail_next("timeout", times=4, seconds=3)
    workers.env |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url, "OPENAI_MODEL": MODEL}
    first = workers.start_worker("default")
    wait_for(lambda: state_of(run) == "running" and openai.requests, 30, "the run to ask the model")
    workers.kill(first)
    assert credits_left(account) == (10, 0)
    let_the_lease_pass()
    workers.start_worker("default")
    workers.start_scheduler()
    wait_for(lambda: state_of(run) == "succeeded", 60, "the second worker to finish")
    wait_for(lambda: credits_left(account) == (94, 0), 20, "the rest to be given back")
    assert len(usage()) == 6
    assert ledger_agrees(account)


def test_work_that_was_started_free_is_not_done_for_nothing_with_a_model(
    owner_client: FlaskClient, account: Account, cluster: Cluster, request: pytest.FixtureRequest
) -> None:
    give_credits(account, plan=10)
    make_task(cluster)
    owner_client.post("/writer/tasks/generate/")
    request.getfixturevalue("openai")  # a key is set up before the worker comes
    run = work(newest_run())
    assert run.error is not None
    assert run.error["code"] == "NOT_ENOUGH_CREDITS"
    assert credits_left(account) == (10, 0)


def test_tokens_become_money_where_the_price_is_known() -> None:
    assert cost_micros("gpt-5-mini-2025-08-07", 1_000_000, 100_000) == 450_000
    assert cost_micros("gpt-5", 1000, 1000) == 11_250
    assert cost_micros("llama-3", 1000, 1000) is None
    assert call_metered(lambda: 1)[1].sent == 0
