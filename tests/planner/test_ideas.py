"""Ideas: generated as a run, listed, edited, deleted, made into tasks."""

import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.ai.calls.models import AiCall, AiSettings
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import within
from app.core.runs import Run, turns
from app.planner.ideas import services as ideas
from app.planner.models import Cluster, Idea
from app.sites.models import Site
from app.writer import services
from app.writer.models import Task
from tests.factories.things import make_cluster, make_idea, make_keyword
from tests.factories.work import newest_run, work
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture
def press(site: Site) -> Cluster:
    cluster = make_cluster(site, "French press")
    for n, word in enumerate(["french press", "best french press", "how to use a french press"]):
        make_keyword(site, word, volume=100 - n, cluster_id=cluster.id)
    return cluster


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Idea)) or 0


def generate(client: FlaskClient, cluster: Cluster) -> Run:
    answer = client.post(f"/planner/clusters/{cluster.id}/ideas/")
    assert answer.status_code == 303
    run = newest_run()
    assert answer.location.endswith(f"?run={run.id}")
    return work(run)


def test_finds_ideas_and_more_at_the_second_try(owner_client: FlaskClient, press: Cluster) -> None:
    run = generate(owner_client, press)
    assert (run.state, run.message) == ("succeeded", "Found 8 ideas.")
    first = count()
    assert first == 8
    assert generate(owner_client, press).state == "succeeded"
    titles = db.session.scalars(select(Idea.normalised_title)).all()
    assert len(titles) == len(set(titles)) > first
    assert "French press: the complete guide" in owner_client.get(f"/planner/clusters/{press.id}/").text


def test_a_run_killed_after_saving_does_not_find_twice(
    owner_client: FlaskClient, press: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner_client.post(f"/planner/clusters/{press.id}/ideas/")
    run = db.session.scalars(select(Run)).one()
    real = ideas.store_ideas

    def save_and_die(*args: Any) -> int:
        real(*args)
        db.session.commit()
        raise KeyboardInterrupt

    monkeypatch.setattr(ideas, "store_ideas", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        jobs.execute(str(run.id))
    monkeypatch.setattr(ideas, "store_ideas", real)
    db.session.rollback()
    db.session.execute(update(Run).values(state="queued", lease_token=None))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert db.session.get_one(Run, run.id).message == "Found 8 ideas."
    assert count() == 8


def test_several_clusters_at_once(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    other = make_cluster(site, "Kettle")
    owner_client.post("/planner/clusters/ideas/", data={"ids": [press.id, other.id]})
    run = db.session.scalars(select(Run)).one()
    db.session.delete(db.session.get_one(Cluster, other.id))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert db.session.get_one(Run, run.id).message == "Found 8 ideas."


def test_long_runs_of_an_account_take_turns(
    owner_client: FlaskClient, site: Site, press: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    kettle, third = make_cluster(site, "Kettle"), make_cluster(site, "Moka pot")
    owner_client.post("/planner/clusters/ideas/", data={"ids": [press.id, kettle.id]})
    long = newest_run()
    owner_client.post(f"/planner/clusters/{third.id}/ideas/")
    short = newest_run()
    assert short.enqueued_at is None  # it holds no worker while the account's other run works
    long = work(long)
    assert (long.state, long.done, long.step) == ("queued", 1, "Letting others have a turn")
    assert work(short).state == "succeeded"
    long = work(long)
    assert (long.state, long.message) == ("succeeded", f"Found {count() - short.data['ideas']} ideas for 2 clusters.")
    assert [seen.data["cluster"] for seen in openai.requests] == ["French press", "Moka pot", "Kettle"]


def test_two_runs_ask_once_about_a_cluster_that_both_are_for(
    owner_client: FlaskClient, site: Site, press: Cluster, openai: FakeOpenAI
) -> None:
    kettle, third = make_cluster(site, "Kettle"), make_cluster(site, "Moka pot")
    owner_client.post("/planner/clusters/ideas/", data={"ids": [press.id, kettle.id]})
    first = newest_run()
    owner_client.post("/planner/clusters/ideas/", data={"ids": [kettle.id, third.id]})
    second = newest_run()
    assert (work(first).state, work(second).state) == ("succeeded", "succeeded")
    assert [seen.data["cluster"] for seen in openai.requests] == ["French press", "Kettle", "Moka pot"]
    owner_client.post("/planner/clusters/ideas/", data={"ids": [kettle.id, press.id]})  # who asks anew gets more
    work(newest_run())
    assert len(openai.requests) == 5


def test_a_model_finds_ideas_too(owner_client: FlaskClient, press: Cluster, openai: FakeOpenAI) -> None:
    make_idea(press, "Old")
    assert generate(owner_client, press).state == "succeeded"
    assert openai.requests[0].data["existing_titles"] == ["Old"]
    assert count() == 9


def test_as_many_ideas_are_asked_for_as_the_account_has_chosen(
    owner_client: FlaskClient, press: Cluster, openai: FakeOpenAI
) -> None:
    db.session.add(AiSettings(account_id=press.account_id, ideas_per_request=3))
    db.session.commit()
    assert generate(owner_client, press).state == "succeeded"
    assert [seen.data["count"] for seen in openai.requests] == [count()] == [3]


def test_cancel_ends_a_call_under_way(
    app: Flask, owner_client: FlaskClient, press: Cluster, openai: FakeOpenAI
) -> None:
    owner_client.post(f"/planner/clusters/{press.id}/ideas/")
    run = newest_run()
    run_id, account_id = run.id, run.account_id
    openai.fail_next("timeout", seconds=60)

    def cancel() -> None:
        with app.app_context(), within(account_id):
            db.session.execute(update(Run).where(Run.id == run_id).values(cancel_requested=True))
            db.session.commit()

    threading.Timer(0.5, cancel).start()
    began = time.monotonic()
    assert work(run).state == "cancelled"
    assert time.monotonic() - began < 20
    assert db.session.scalars(select(AiCall.state)).all() == ["cancelled"]
    assert count() == 0


def test_lists_filters_and_edits(owner_client: FlaskClient, press: Cluster) -> None:
    idea = make_idea(press, "Brew better")
    make_idea(press, "Taken", content_type="Page", content_structure="Landing Page")
    assert "Taken" not in owner_client.get("/planner/ideas/?type=Article", headers={"HX-Request": "true"}).text
    assert "Brew better" in owner_client.get("/planner/ideas/?q=BREW&state=open&structure=Guide").text
    good = {
        "title": "Brew best",
        "primary_keyword": "french press",
        "content_type": "Article",
        "content_structure": "Review",
        "description": "d",
        "tone": "warm",
        "country": "de",
    }
    place = f"/planner/ideas/{idea.id}/edit/"
    assert owner_client.get(place).status_code == 200
    assert owner_client.post(place, data=good).status_code == 303
    db.session.expire_all()
    assert (idea.title, idea.content_structure, idea.country, idea.tone) == ("Brew best", "Review", "DE", "warm")
    for wrong in (
        {"title": ""},
        {"title": "x" * 301},
        {"content_type": "Poem"},
        {"country": "Germany"},
        {"title": "TAKEN!"},
        {"primary_keyword": " "},
        {"content_structure": ""},
    ):
        answer = owner_client.post(place, data={**good, **wrong})
        assert answer.status_code == (409 if "TAKEN!" in wrong.values() else 422), wrong
        assert 'role="alert"' in answer.text


def test_ideas_become_tasks_once(owner_client: FlaskClient, press: Cluster) -> None:
    ids = [make_idea(press, f"Idea {n}", primary_keyword="best french press", tone="dry").id for n in range(3)]
    answer = owner_client.post("/writer/tasks/from-ideas/", data={"ids": ids[:2]})
    assert answer.location == "/writer/tasks/"
    owner_client.post("/writer/tasks/from-ideas/", data={"ids": ids})
    owner_client.post("/writer/tasks/from-ideas/", data={"ids": ids})
    tasks = db.session.scalars(select(Task).order_by(Task.id)).all()
    assert [task.idea_id for task in tasks] == ids
    assert (tasks[0].cluster_id, tasks[0].tone, tasks[0].status) == (press.id, "dry", "queued")
    assert tasks[0].keywords[0].keyword in {"best french press", "french press", "how to use a french press"}
    assert len(tasks[0].keywords) == 3
    db.session.expire_all()
    assert {idea.task_id for idea in db.session.scalars(select(Idea))} == {task.id for task in tasks}


def test_with_none_selected_all_listed_open_ideas_become_tasks(owner_client: FlaskClient, press: Cluster) -> None:
    make_idea(press, "A")
    make_idea(press, "B", content_type="Page")
    owner_client.post("/writer/tasks/from-ideas/", data={"filter": "type=Page"})
    assert db.session.scalars(select(Task.title)).all() == ["B"]
    answer = owner_client.post("/writer/tasks/from-ideas/", data={"filter": "type=Page"})
    assert answer.location.startswith("/planner/ideas/")


def test_two_clicks_at_once_make_one_task(app: Flask, site: Site, press: Cluster) -> None:
    ids = [make_idea(press, f"Idea {n}").id for n in range(20)]
    start = threading.Barrier(4)

    def click() -> None:
        with app.app_context(), within(site_account):
            start.wait()
            services.create_from_ideas(site_account, site_id, Selection(ids))
            db.session.commit()

    site_account, site_id = site.account_id, site.id
    db.session.commit()
    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.session.scalar(select(func.count()).select_from(Task)) == 20


def test_deletes_ideas_and_keeps_their_tasks(owner_client: FlaskClient, press: Cluster) -> None:
    idea = make_idea(press)
    owner_client.post("/writer/tasks/from-ideas/", data={"ids": [idea.id]})
    owner_client.post("/planner/ideas/delete/", data={"ids": [idea.id]})
    assert count() == 0
    assert db.session.scalars(select(Task.idea_id)).all() == [None]


def test_a_viewer_changes_nothing_and_a_stranger_sees_nothing(
    viewer_client: FlaskClient, stranger_client: FlaskClient, press: Cluster
) -> None:
    idea = make_idea(press, "Brew better")
    page = viewer_client.get("/planner/ideas/").text
    assert "Brew better" in page
    assert "Create tasks" not in page
    place = f"/planner/ideas/{idea.id}/edit/"
    assert '<fieldset class="plain-fieldset form-stack" disabled>' in viewer_client.get(place).text
    for address in (place, "/planner/ideas/delete/", "/writer/tasks/from-ideas/"):
        assert viewer_client.post(address, data={"ids": [idea.id]}).status_code == 403
    assert stranger_client.get(place).status_code == 404
    assert stranger_client.post(place).status_code == 404
    stranger_client.post("/planner/ideas/delete/", data={"ids": [idea.id]})
    assert count() == 1
