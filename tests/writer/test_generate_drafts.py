"""Drafts: one content a task, whatever is killed, raced or refused."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.ai.builtin import BuiltinProvider
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer import services
from app.writer.models import Task
from app.writer.run_kinds import GENERATE_DRAFTS
from tests.factories.things import make_keyword, make_sector, make_task
from tests.factories.work import newest_run, put_back, work
from tests.fakes.openai_server import FakeOpenAI


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
        actor_id=None,
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
    assert work(run).state == "succeeded"
    assert len(contents()) == 1


def test_a_model_writes_and_html_is_cleaned(owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI) -> None:
    ids = [make_task(cluster, f"Task {n}", tone="dry").id for n in range(6)]
    run = work(start(owner_client, ids=ids))
    assert run.message == "Wrote 6 drafts."
    assert len(openai.requests) == 6
    assert openai.requests[0].data["tone"] == "dry"
    for content in contents():
        assert "<script" not in content.content_html
        assert not content.is_outline
    assert all(raw and "content_html" in raw for raw in db.session.scalars(select(Task.raw_response)))


def test_one_refusal_leaves_the_others_written(owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI) -> None:
    ids = [make_task(cluster, f"Task {n}").id for n in range(3)]
    openai.fail_next("refusal")
    run = work(start(owner_client, ids=ids))
    assert run.state == "succeeded"
    assert "Wrote 2 drafts. 1 could not be written: The model declined" in (run.message or "")
    assert sorted(statuses()) == ["completed", "completed", "queued"]
    assert "Queued, last try failed" in owner_client.get("/writer/tasks/").text


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


def test_no_transaction_is_open_while_the_model_writes(
    owner_client: FlaskClient, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones = []
    real = BuiltinProvider.draft

    def look(self: BuiltinProvider, request: Any) -> Any:
        with db.engine.connect() as connection:
            stmt = db.text("select count(*) from pg_stat_activity where state like 'idle in transaction%'")
            open_ones.append(connection.scalar(stmt))
        return real(self, request)

    app = jobs.the_app()

    def look_in_context(self: BuiltinProvider, request: Any) -> Any:
        with app.app_context():
            return look(self, request)

    monkeypatch.setattr(BuiltinProvider, "draft", look_in_context)
    run = start(owner_client, ids=[make_task(cluster).id])
    number = run.id
    db.session.commit()
    jobs.execute(str(number))
    assert open_ones == [0]


def test_the_page_shows_each_task_while_drafts_are_written(owner_client: FlaskClient, cluster: Cluster) -> None:
    tasks = [make_task(cluster, f"Task {n}") for n in range(6)]
    run = start(owner_client, ids=[task.id for task in tasks])
    page = owner_client.get("/writer/tasks/").text
    assert "Waiting</span>" in page
    assert 'hx-trigger="every 1s" hx-target="#task-states"' in page
    db.session.execute(update(Run).values(state="running", done=1, total=6))
    db.session.execute(update(Task).where(Task.id == tasks[0].id).values(status="completed"))
    db.session.commit()
    answer = owner_client.get(f"/writer/tasks/states/?ids={','.join(str(task.id) for task in tasks)}").text
    assert answer.count("Writing</span>") == 4
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
