"""Buttons that start long work, pressed twice; and which queue the work waits in."""

import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.ai.limits import breaker
from app.content.models import Content
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import every_account
from app.core.runs import Run
from app.planner.clusters import services as clusters
from app.planner.models import Cluster, Idea, Keyword
from app.sites.models import Site
from app.writer import progress, services, task_edits
from app.writer.briefs.models import Brief
from app.writer.drafting import drafts
from app.writer.models import Task
from tests.factories.things import make_cluster, make_keyword, make_task
from tests.factories.work import newest_run, work
from tests.fakes.openai_server import FakeOpenAI


def runs() -> list[Run]:
    db.session.expire_all()
    return list(db.session.scalars(select(Run).order_by(Run.created_at)))


def big_file(line_end: bytes = b"\n") -> dict[str, Any]:
    lines = [b"keyword,volume", *(b"word %d,%d" % (n, n) for n in range(2500))]
    return {"csv_file": (io.BytesIO(line_end.join(lines)), "words.csv")}


Press = Callable[[FlaskClient, Site, Cluster], Any]
BUTTONS: dict[str, Press] = {
    "import": lambda client, site, cluster: client.post("/planner/keywords/import/", data=big_file()),
    "cluster": lambda client, site, cluster: client.post("/planner/keywords/cluster/"),
    "ideas": lambda client, site, cluster: client.post(f"/planner/clusters/{cluster.id}/ideas/"),
    "ideas of some": lambda client, site, cluster: client.post(
        "/planner/clusters/ideas/", data={"ids": [str(row) for row in db.session.scalars(select(Cluster.id))]}
    ),
    "drafts": lambda client, site, cluster: client.post("/writer/tasks/generate/"),
}


@pytest.mark.parametrize("button", BUTTONS)
def test_a_second_click_starts_nothing(owner_client: FlaskClient, site: Site, cluster: Cluster, button: str) -> None:
    make_cluster(site)
    make_keyword(site)
    make_task(cluster)
    for _ in range(2):
        assert BUTTONS[button](owner_client, site, cluster).status_code == 303
    (run,) = runs()
    assert run.queue == "default"  # a click on Publish must not wait behind it


def test_tasks_under_way_are_not_started_by_another_selection(owner_client: FlaskClient, cluster: Cluster) -> None:
    tasks = [make_task(cluster).id for _ in range(3)]
    owner_client.post("/writer/tasks/generate/", data={"ids": tasks[:2]})
    owner_client.post("/writer/tasks/generate/", data={"ids": tasks})
    assert sorted(run.params["task_ids"] for run in runs()) == [tasks[:2], tasks[2:]]
    answer = owner_client.post("/writer/tasks/generate/", data={"ids": tasks})
    assert "being written already" in owner_client.get(answer.location).text
    assert len(runs()) == 2


def test_a_file_with_old_line_ends_is_not_imported_within_the_request(owner_client: FlaskClient, site: Site) -> None:
    owner_client.post("/planner/keywords/import/", data=big_file(b"\r"))
    (run,) = runs()
    assert (run.state, run.total) == ("queued", 2501)
    assert work(run).data["added"] == 2500


def test_five_thousand_ideas_become_tasks_and_free_again(site: Site, cluster: Cluster) -> None:
    now = cluster.created_at
    values = {
        "account_id": site.account_id,
        "site_id": site.id,
        "cluster_id": cluster.id,
        "content_type": "Article",
        "content_structure": "Guide",
        "primary_keyword": "x",
        "created_at": now,
        "updated_at": now,
    }
    rows = [{**values, "title": f"Idea {n}", "normalised_title": f"idea {n}"} for n in range(5000)]
    db.session.execute(Idea.__table__.insert(), rows)
    assert services.create_from_ideas(site.account_id, site.id, Selection(all_matching=True)) == (5000, 0)
    assert db.session.scalar(select(func.count()).where(Idea.task_id.is_(None))) == 0
    pairs = db.session.execute(select(Idea.title, Task.title).join(Task, Task.id == Idea.task_id)).all()
    assert len(pairs) == 5000
    assert all(mine == theirs for mine, theirs in pairs)
    assert services.delete_tasks(site.account_id, site.id, Selection(all_matching=True)) == 5000
    assert db.session.scalar(select(func.count()).where(Idea.task_id.is_(None))) == 5000


def outlines() -> dict[int, list[Any]]:
    """What is planned of each task, where something is."""
    db.session.expire_all()
    return {brief.task_id: brief.outline for brief in db.session.scalars(select(Brief)) if brief.outline}


def test_what_was_written_is_kept_when_another_draft_fails_for_good(
    owner_client: FlaskClient, cluster: Cluster, openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_task(cluster)
    openai.fail_next("quota")
    # Or those not asked yet are not asked at all.
    monkeypatch.setattr(breaker, "failed", lambda endpoint, lasting, place: breaker.undecided(endpoint, place))
    real = drafts.wait
    monkeypatch.setattr(drafts, "wait", lambda asked, **_: real(asked, timeout=20))  # all four end together
    owner_client.post("/writer/tasks/generate/")
    run = work(newest_run())
    assert run.error is not None
    assert run.error["code"] == "AI_NO_CREDIT"
    kept = outlines()
    assert len(kept) == 3
    owner_client.post("/writer/tasks/generate/")
    assert work(newest_run()).state == "succeeded"
    assert db.session.scalar(select(func.count()).select_from(Content)) == 4
    assert kept.items() <= outlines().items()


def test_tasks_of_a_run_that_wrote_none_say_why(
    owner_client: FlaskClient, site: Site, cluster: Cluster, openai: FakeOpenAI
) -> None:
    task = make_task(cluster)
    openai.fail_next("refusal")
    owner_client.post("/writer/tasks/generate/")
    run = work(newest_run())
    assert run.state == "failed"
    state = progress.task_states(site.account_id, [task], run)[task.id]
    assert state.name == "failed"
    assert "declined" in state.problem


@pytest.mark.parametrize("action", ["delete", "merge"])
def test_a_task_made_while_its_cluster_goes_is_not_lost(app: Flask, site: Site, cluster: Cluster, action: str) -> None:
    other, account_id, ids = make_cluster(site), site.account_id, [cluster.id]
    target, values = (
        other.id,
        {
            "cluster": str(cluster.id),
            "title": "x",
            "content_type": "Article",
            "content_structure": "Guide",
            "primary_keyword": "x",
        },
    )
    site_id, held, go = site.id, threading.Event(), threading.Event()
    outcome: list[str] = []

    def make_one() -> None:
        with app.app_context(), every_account("a test looks on"):
            task_edits.create_task(account_id, site_id, values)
            held.set()
            go.wait(10)
            db.session.commit()
            db.session.remove()

    def take_away() -> None:
        with app.app_context(), every_account("a test looks on"):
            try:
                if action == "delete":
                    clusters.delete_clusters(account_id, ids)
                else:
                    clusters.merge_clusters(account_id, ids, target)
                db.session.commit()
                outcome.append("done")
            except Exception as error:
                outcome.append(getattr(error, "code", repr(error)))
            db.session.remove()

    db.session.commit()
    threads = [threading.Thread(target=make_one), threading.Thread(target=take_away)]
    threads[0].start()
    held.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    go.set()
    for thread in threads:
        thread.join(20)
    db.session.expire_all()
    assert outcome == ["CLUSTER_IN_USE" if action == "delete" else "done"]
    task = db.session.scalars(select(Task)).one()
    assert task.cluster_id == (cluster.id if action == "delete" else target)


def test_importing_the_same_words_in_another_order_at_once_works(app: Flask, site: Site) -> None:
    from app.core.clock import utcnow
    from app.planner.imports.rows import table_of
    from app.planner.imports.services import ImportTarget, import_table

    words = [f"word {n}" for n in range(1500)]
    account_id, site_id, problems = site.account_id, site.id, []
    db.session.commit()
    gate = threading.Barrier(2)

    def bring(order: list[str]) -> None:
        with app.app_context(), every_account("a test looks on"):
            try:
                gate.wait(10)
                table = table_of(None, "\n".join(order))
                import_table(table, None, ImportTarget(account_id, site_id, utcnow()), lambda _: None)
                db.session.commit()
            except Exception as error:
                problems.append(error)
            db.session.remove()

    threads = [threading.Thread(target=bring, args=(order,)) for order in (words, words[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 1500
