"""Drafts: one content a task, whatever is killed, raced or refused."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.accounts.models import Account
from app.ai import attempts, gateway, prices
from app.ai.builtin import draft
from app.ai.call_context import Answered, CallContext
from app.ai.calls.models import AiAttempt, AiCall, AiSettings
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.core.runs.live_texts import TextWriter
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import services
from app.writer.briefs.models import Brief
from app.writer.drafting import drafts
from app.writer.drafting.section_models import StoredAnswer
from app.writer.models import Task
from app.writer.pictures.services import planned_images
from app.writer.run_kinds import GENERATE_DRAFTS
from tests.factories.live import wait_for
from tests.factories.things import make_keyword, make_sector, make_site, make_task
from tests.factories.work import let_the_breaker_pass, newest_run, put_back, work
from tests.fakes.openai_server import MODEL, FakeOpenAI


def start(client: FlaskClient, **data: Any) -> Run:
    answer = client.post("/writer/tasks/generate/", data=data)
    assert answer.status_code == 303, answer.text
    return newest_run()


def contents() -> list[Content]:
    return list(db.session.scalars(select(Content).order_by(Content.task_id)))


def statuses() -> list[str]:
    return list(db.session.scalars(select(Task.status).order_by(Task.id)))


def test_a_task_becomes_an_outline_of_its_cluster(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    sector = make_sector(site)
    task = make_task(cluster, "Moka pots: a practical guide", primary_keyword="moka pot", sector_id=sector.id)
    task.keywords = [make_keyword(site, "moka pot"), make_keyword(site, "best moka pot")]
    db.session.commit()
    run = work(start(owner_client, ids=[task.id]))
    assert run.state == "succeeded", run.error
    (content,) = contents()
    assert run.message == "Wrote 1 draft."
    assert run.link == f"/content/{content.id}/edit/"
    assert (content.status, content.source, content.is_outline) == ("draft", "igny8", True)
    assert (content.cluster_id, content.sector_id, content.task_id) == (cluster.id, sector.id, task.id)
    assert content.title == "Moka pots: a practical guide"
    assert "<!-- wp:heading -->" in content.content_html
    assert "best moka pot" in content.content_html.lower()
    assert content.focus_keywords[0] == "moka pot"
    assert content.excerpt
    assert len(content.seo_title) <= 60
    assert statuses() == ["completed"]
    assert f'href="/content/{content.id}/edit/"' in owner_client.get("/writer/tasks/").text


def test_with_none_selected_all_listed_queued_tasks_are_written(owner_client: FlaskClient, cluster: Cluster) -> None:
    for n in range(3):
        make_task(cluster, f"Task {n}")
    make_task(cluster, "Page", content_type="Page")
    make_task(cluster, "Done", status="completed")
    run = work(start(owner_client, filter="type=Article"))
    assert run.message == "Wrote 3 drafts."
    assert len(contents()) == 3


def test_one_click_begins_as_many_as_the_account_has_chosen(owner_client: FlaskClient, cluster: Cluster) -> None:
    ids = [make_task(cluster, title).id for title in ("One", "Two")]
    db.session.add(AiSettings(account_id=cluster.account_id, drafts_per_run=1))
    db.session.commit()
    refused = owner_client.post("/writer/tasks/generate/", data={"ids": ids})
    assert "At most 1 draft can be written at once, and more than 1 are queued" in refused.text
    assert work(start(owner_client, ids=ids[:1])).message == "Wrote 1 draft."


def test_written_tasks_are_not_written_again(owner_client: FlaskClient, cluster: Cluster) -> None:
    task = make_task(cluster)
    work(start(owner_client, ids=[task.id]))
    answer = owner_client.post("/writer/tasks/generate/", data={"ids": [task.id]})
    assert "drafts are written" in owner_client.get(answer.location).text
    assert len(contents()) == 1


def test_two_runs_over_the_same_tasks_write_each_once(owner_client: FlaskClient, cluster: Cluster) -> None:
    tasks = [make_task(cluster) for _ in range(4)]
    ids = [task.id for task in tasks]
    first = start(owner_client, ids=ids)
    second = start_run(
        account_id=first.account_id,
        kind=GENERATE_DRAFTS,
        title="Again",
        actor=THE_APP,
        site_id=first.site_id,
        params=first.params,
    )
    numbers = [str(first.id), str(second.id)]
    db.session.commit()
    threads = [threading.Thread(target=jobs.execute, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    assert [content.task_id for content in contents()] == ids
    assert statuses() == ["completed"] * 4
    assert {run.state for run in db.session.scalars(select(Run))} == {"succeeded"}


def test_a_killed_run_goes_on_where_it_stopped(
    owner_client: FlaskClient, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [make_task(cluster).id for _ in range(3)]
    run = start(owner_client, ids=ids)
    real, calls = services.complete_task, []

    def die_before_commit(*args: Any) -> Content | None:
        made = real(*args)
        calls.append(made)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(services, "complete_task", die_before_commit)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(services, "complete_task", real)
    put_back(run)
    assert statuses() == ["completed", "queued", "queued"]
    run = work(run)
    assert run.message == "Wrote 2 drafts. 1 was there already."
    assert [content.task_id for content in contents()] == ids


def test_a_task_deleted_meanwhile_is_passed_over(owner_client: FlaskClient, cluster: Cluster) -> None:
    kept, gone = make_task(cluster), make_task(cluster)
    run = start(owner_client, ids=[kept.id, gone.id])
    owner_client.post("/writer/tasks/delete/", data={"ids": [gone.id]})
    assert work(run).message == "Wrote 1 draft. 1 task was deleted meanwhile."
    assert len(contents()) == 1


def test_a_model_writes_and_html_is_cleaned(owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI) -> None:
    ids = [make_task(cluster, f"Task {n}", tone="dry").id for n in range(6)]
    run = work(start(owner_client, ids=ids))
    assert run.message == "Wrote 6 drafts."
    assert len(openai.requests) == 6 * 3  # the outline, its one section, and what stands around it
    assert openai.requests[0].data["tone"] == "dry"
    for content in contents():
        assert "<script" not in content.content_html
        assert "onclick" not in content.content_html
        assert not content.is_outline
        assert content.slug
        assert "Is it so?</h3>" in content.content_html
    answers = [
        decrypt(row.answer_encrypted) for row in db.session.scalars(select(StoredAnswer).order_by(StoredAnswer.id))
    ]
    assert sum("introduction_html" in answer for answer in answers) == len(answers) / 2 == 6
    assert all(planned_images(content) for content in contents())
    assert {brief.outline[0]["heading"] for brief in db.session.scalars(select(Brief))} == {
        f"On Task {number}" for number in range(6)
    }


@pytest.mark.parametrize(("fault", "says"), [("refusal", "The model declined"), ("context", "The request is too")])
def test_one_refusal_leaves_the_others_written(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI, fault: str, says: str
) -> None:
    ids = [make_task(cluster, f"Task {n}").id for n in range(3)]
    openai.fail_next(fault)
    run = work(start(owner_client, ids=ids))
    assert run.state == "succeeded", run.error
    assert f"Wrote 2 drafts. 1 could not be written: {says}" in (run.message or "")
    assert sorted(statuses()) == ["completed", "completed", "queued"]
    assert "Queued, last try failed" in owner_client.get("/writer/tasks/").text


def test_those_that_failed_are_tried_again_with_one_click(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI
) -> None:
    ids = [make_task(cluster, f"Task {n}").id for n in range(3)]
    openai.fail_next("refusal")
    run = work(start(owner_client, ids=ids))
    make_site(db.session.get_one(Account, run.account_id))  # another one may be chosen meanwhile
    form = owner_client.get(f"/runs/{run.id}/").text.partition('<form class="run-actions"')[2].partition("</form>")[0]
    assert "Try the failed one again" in form
    address = re.search(r'action="([^"]+)"', form)
    assert address is not None
    failed = re.findall(r'name="ids" value="(\d+)"', form)
    assert len(failed) == 1
    assert owner_client.post(address[1], data={"ids": failed}).status_code == 303
    assert work(newest_run()).message == "Wrote 1 draft."
    assert statuses() == ["completed"] * 3


def test_a_fault_of_the_service_ends_the_run_with_what_to_do(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI
) -> None:
    openai.fail_next("quota", times=9)
    run = work(start(owner_client, ids=[make_task(cluster).id, make_task(cluster).id]))
    assert run.state == "failed"
    assert run.error is not None
    assert run.error["code"] == "AI_NO_CREDIT"
    assert statuses() == ["queued", "queued"]
    assert contents() == []


def test_drafts_that_a_cap_lets_be_written_one_after_the_other_are_written_at_once_too(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(prices.OVERRIDES, MODEL, (1.0, 10.0))  # dollars for a million tokens in and out
    most = 2 * 10 * 6_000 + 6_000 + 2 * 4_000  # of an answer and its repair, in full, with what is sent
    db.session.add(AiSettings(account_id=cluster.account_id, cap_day_micros=3 * most, concurrency=8))
    openai.stream.pause = 0.02
    run = work(start(owner_client, ids=[make_task(cluster, f"Task {n}").id for n in range(10)]))
    assert run.message == "Wrote 10 drafts.", run.error
    assert set(db.session.scalars(select(AiAttempt.error_code))) == {None}
    assert len(openai.requests) == 3 * 10


def test_what_is_under_way_when_a_fault_ends_the_run_is_kept(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = gateway.run

    def one_fails(account_id: int, operation: Any, request: Any, *, call: CallContext) -> Answered[Any]:
        if request.title != "Task 0":
            return real(account_id, operation, request, call=call)
        wait_for(lambda: len(openai.requests) == 3, what="the others to be asked")
        raise DomainError("No credit is left.", code="AI_NO_CREDIT")

    monkeypatch.setattr(gateway, "run", one_fails)
    db.session.add(AiSettings(account_id=cluster.account_id, concurrency=4))
    openai.stream.pause = 0.05
    run = work(start(owner_client, ids=[make_task(cluster, f"Task {n}").id for n in range(8)]))
    assert run.error is not None
    assert run.error["code"] == "AI_NO_CREDIT"
    assert "AI_CANCELLED" not in set(db.session.scalars(select(AiAttempt.error_code)))
    assert len(openai.requests) == 3  # and no others after it
    assert sum(bool(outline) for outline in db.session.scalars(select(Brief.outline))) == 3


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(drafts, "WAITS", (timedelta(0),) * 2)


@pytest.mark.usefixtures("no_waits")
def test_what_may_pass_is_waited_for_and_no_draft_lost(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI
) -> None:
    ids = [make_task(cluster).id for _ in range(6)]
    openai.fail_next("503", times=99)
    run = work(start(owner_client, ids=ids))
    assert run.state == "queued"
    assert run.step is not None
    assert run.step.startswith("Going on later. The AI service failed ")
    openai._failures.clear()
    let_the_breaker_pass()
    run = work(run)
    assert run.message == "Wrote 6 drafts."
    assert [content.task_id for content in contents()] == ids


@pytest.mark.usefixtures("no_waits")
def test_what_does_not_pass_ends_the_run_in_the_end(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI
) -> None:
    run = start(owner_client, ids=[make_task(cluster).id for _ in range(2)])
    openai.fail_next("503", times=99)
    assert [work(run).state for _ in range(3)] == ["queued", "queued", "failed"]
    assert statuses() == ["queued", "queued"]


def test_no_transaction_is_open_while_the_model_writes(
    owner_client: FlaskClient, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones = []
    real = draft.draft

    def look(request: Any) -> Any:
        with db.engine.connect() as connection:
            stmt = db.text("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
            open_ones.append(connection.scalar(stmt))
        return real(request)

    monkeypatch.setattr(draft, "draft", look)
    run = start(owner_client, ids=[make_task(cluster).id])
    number = run.id
    db.session.commit()
    jobs.execute(str(number))
    assert open_ones == [0]


def test_the_page_shows_each_task_while_drafts_are_written(owner_client: FlaskClient, cluster: Cluster) -> None:
    db.session.add(AiSettings(account_id=cluster.account_id, concurrency=3))
    tasks = [make_task(cluster, f"Task {n}") for n in range(6)]
    run = start(owner_client, ids=[task.id for task in tasks])
    page = owner_client.get("/writer/tasks/").text
    assert "Waiting</span>" in page
    assert 'hx-trigger="every 1s" hx-target="#task-states"' in page
    db.session.execute(update(Run).values(state="running", done=1, total=6))
    db.session.execute(update(Task).where(Task.id == tasks[0].id).values(status="completed"))
    db.session.commit()
    answer = owner_client.get(f"/writer/tasks/states/?ids={','.join(str(task.id) for task in tasks)}").text
    assert answer.count("Writing</span>") == 3  # as many as the account lets be asked at once
    assert answer.count('hx-swap-oob="true"') == 6
    assert "every 1s" in answer
    db.session.execute(update(Run).where(Run.id == run.id).values(state="succeeded"))
    db.session.commit()
    assert "every 1s" not in owner_client.get(f"/writer/tasks/states/?ids={tasks[0].id}").text


def test_a_great_many_are_asked_about_first(owner_client: FlaskClient, cluster: Cluster) -> None:
    for _ in range(51):
        make_task(cluster)
    answer = owner_client.post("/writer/tasks/generate/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "No task is selected, and 51 are queued" in answer.headers["HX-Trigger"]
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_call_that_is_cancelled_is_recorded_before_the_run_ends(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI
) -> None:
    openai.stream.pause = 0.3
    openai.stream.piece = 4
    run = start(owner_client, ids=[make_task(cluster).id])
    worker = threading.Thread(target=jobs.execute, args=(str(run.id),))
    worker.start()
    wait_for(lambda: openai.requests, what="a request")
    with db.engine.begin() as connection:
        connection.execute(update(Run).where(Run.id == run.id).values(cancel_requested=True))
    worker.join()
    db.session.expire_all()
    assert (run.state, run.message) == ("cancelled", "Cancelled. 0 of 1 drafts were written before that.")
    assert db.session.scalars(select(AiCall.state)).all() == ["cancelled"]


def test_the_text_so_far_is_in_the_partial_that_polls(owner_client: FlaskClient, cluster: Cluster) -> None:
    run = start(owner_client, ids=[make_task(cluster).id])
    db.session.execute(update(Run).where(Run.id == run.id).values(state="running"))
    db.session.commit()
    TextWriter(run.id, "Moka", "Moka pots").write("A pot for <two>")
    part = owner_client.get(f"/runs/{run.id}/", headers={"HX-Request": "true"}).text
    assert "A pot for &lt;two&gt;" in part
    assert "<html" not in part
    assert f'hx-get="/runs/{run.id}/' in part
