"""What AI work costs, from the price before the click to the credits that come back."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

import jobs
from app.accounts.models import Account
from app.ai.calls.models import AiCall, AiSettings
from app.ai.providers.models import AiProvider
from app.billing import credits
from app.billing.costs import costs, estimate
from app.billing.models import CreditReservation, CreditUsage
from app.content.models import Content
from app.core.crypto import encrypt
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import services
from app.writer.briefs.sections import Section
from app.writer.briefs.services import brief_of
from tests.factories.live import LiveApp, let_the_lease_pass, state_of, wait_for
from tests.factories.people import SignIn, make_member
from tests.factories.providers import make_provider, make_route
from tests.factories.stripe import credits_left, give_credits, ledger_agrees
from tests.factories.things import make_cluster, make_keyword, make_task
from tests.factories.work import let_the_breaker_pass, newest_run, put_back, work
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI

LONG = {"content_html": "<p>" + "word " * 1220 + "</p>"}  # a section; the rest of its draft has 14 words
PARTS = 2  # of a draft that costs anything: its one section, and what stands around it


@pytest.fixture
def own_provider(app: Flask, account: Account, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> AiProvider:
    """The stand-in as the account's own; the installation leads to it, too."""
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    provider = make_provider(account, base_url=openai.url, model=MODEL)
    provider.api_key_encrypted = encrypt(KEY)
    db.session.commit()
    return provider


def planned(cluster: Cluster, title: str = "") -> int:
    """The id of a task whose brief has one section."""
    task = make_task(cluster, title) if title else make_task(cluster)
    brief_of(task).outline = [Section("s1", "Sizes").stored()]
    db.session.commit()
    return task.id


def paid() -> dict[str, int]:
    """What each draft has cost, by its title."""
    totals: dict[str, int] = {}
    for _, _, title, credits_of in usage():
        totals[title] = totals.get(title, 0) + credits_of
    return totals


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
        "image_briefs": (1, 1),
        "publishing": (0, 1),
        "linking": (8, 1),
        "optimization": (1, 200),
        "site_structure": (50, 1),
        "site_page": (20, 1),
        "site_section": (5, 1),
    }
    assert [costs()["content"].of(words) for words in (0, 1, 100, 101, 1234)] == [0, 1, 1, 2, 13]
    assert (estimate("content", 2), estimate("clustering", 3), estimate("ideas", 2)) == (30, 30, 30)


def test_what_the_accounts_own_provider_does_costs_no_credits(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, own_provider: AiProvider
) -> None:
    give_credits(account, plan=0)
    task_id = planned(cluster)
    assert "Free of credits with your own AI provider" in owner_client.get("/writer/tasks/").text
    owner_client.post("/writer/tasks/generate/", data={"ids": [task_id]})
    openai.answer_next(LONG)
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    assert [row[3] for row in usage()] == [0] * PARTS
    assert db.session.query(CreditReservation).count() == 0
    assert min(db.session.scalars(select(CreditUsage.tokens_out))) > 0


def test_with_the_installations_model_to_step_in_credits_are_put_aside_and_come_back(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, own_provider: AiProvider
) -> None:
    give_credits(account, plan=100)
    make_route(account, (own_provider, MODEL), (None, ""))
    owner_client.post("/writer/tasks/generate/", data={"ids": [planned(cluster)]})
    assert credits_left(account) == (85, 0)
    openai.answer_next(LONG)
    assert work(newest_run()).state == "succeeded"
    assert [row[3] for row in usage()] == [0] * PARTS
    assert credits_left(account) == (100, 0)


def test_a_draft_is_charged_by_its_words_and_the_rest_comes_back(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    ids = [planned(cluster, f"Task {n}") for n in range(3)]
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
    assert sorted(paid().values()) == [1, 13]
    row = db.session.scalars(select(CreditUsage).where(CreditUsage.credits == 13)).one()
    assert (row.tokens_in, row.tokens_out, row.provider, row.cost_micros) == (11, 22, MODEL, None)
    assert row.object_id in db.session.scalars(select(Content.task_id)).all()
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


def test_what_clustering_may_cost_is_said_for_the_requests_that_the_account_has_chosen(
    owner_client: FlaskClient, account: Account, site: Site, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    db.session.merge(AiSettings(account_id=account.id, clusters_per_request=1))
    for word in ("french press ratio", "best french press ratio", "gooseneck kettle", "best gooseneck kettle"):
        make_keyword(site, word)
    assert "About 20 credits, you have 100" in owner_client.get("/planner/keywords/").text
    owner_client.post("/planner/keywords/cluster/")
    assert credits_left(account) == (80, 0)
    assert work(newest_run()).state == "succeeded"
    assert [row[3] for row in usage()] == [10] * len(openai.requests) == [10, 10]
    assert credits_left(account) == (80, 0)


def test_clustering_is_charged_by_the_request_and_two_clicks_once(
    owner_client: FlaskClient, account: Account, site: Site, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    for number in range(250):
        make_keyword(site, f"topic{number % 5} word{number}")
    assert "About 30 credits, you have 100" in owner_client.get("/planner/keywords/").text  # 50 clusters a request
    for _ in range(2):
        owner_client.post("/planner/keywords/cluster/")
    assert credits_left(account) == (70, 0)
    assert work(newest_run()).state == "succeeded"
    assert credits_left(account) == (80, 0)
    assert [row[3] for row in usage()] == [10, 10]
    assert len(openai.requests) == 2


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
    assert db.session.scalars(select(AiCall.credits).order_by(AiCall.id)).all() == [0, 15]


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
    let_the_breaker_pass()
    owner_client.post(f"/runs/{newest_run().id}/retry/")
    assert credits_left(account) == (85, 0)
    assert work(newest_run()).state == "succeeded"
    assert credits_left(account) == (99, 0)
    assert ledger_agrees(account)


@pytest.mark.parametrize("answer", ["refusal", "filtered", "empty", "wrong_schema", "length"])
def test_nothing_is_charged_for_an_empty_refused_or_unusable_answer(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, answer: str
) -> None:
    give_credits(account, plan=100)
    make_task(cluster)
    openai.fail_next(answer, times=9)
    owner_client.post("/writer/tasks/generate/")
    assert work(newest_run()).state == "failed"
    assert (credits_left(account), usage()) == ((100, 0), [])
    assert ledger_agrees(account)


def test_a_cancelled_run_gives_back_what_it_did_not_use(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI
) -> None:
    give_credits(account, plan=100)
    make_task(cluster)
    owner_client.post("/writer/tasks/generate/")
    assert credits_left(account) != (100, 0)
    owner_client.post(f"/runs/{newest_run().id}/cancel/")
    assert credits_left(account) == (100, 0)  # at once, not when the sweep comes
    assert credits.sweep_reservations() == 0


def test_a_crash_between_reserving_and_settling_charges_each_draft_once(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credits(account, plan=100)
    ids = [planned(cluster) for _ in range(3)]
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
    assert list(paid().values()) == [1, 1, 1]
    assert len(usage()) == 3 * PARTS
    assert credits_left(account) == (97, 0)
    assert ledger_agrees(account)


def test_a_killed_worker_costs_nothing(
    owner_client: FlaskClient, account: Account, cluster: Cluster, openai: FakeOpenAI, workers: LiveApp
) -> None:
    give_credits(account, plan=100)
    ids = [planned(cluster) for _ in range(6)]
    owner_client.post("/writer/tasks/generate/", data={"ids": ids})
    run = newest_run()
    openai.fail_next("timeout", times=4, seconds=3)
    workers.env |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url, "OPENAI_MODEL": MODEL}
    first = workers.start_worker("default")
    wait_for(lambda: state_of(run) == "running" and openai.requests, what="the run to ask the model")
    workers.kill(first)
    assert credits_left(account) == (10, 0)
    let_the_lease_pass()
    workers.start_worker("default")
    workers.start_scheduler()
    wait_for(lambda: state_of(run) == "succeeded", what="the second worker to finish")
    wait_for(lambda: credits_left(account) == (94, 0), what="the rest to be given back")
    assert len(usage()) == 6 * PARTS
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
