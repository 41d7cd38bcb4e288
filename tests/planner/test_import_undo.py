"""An import is taken back: what it added goes, what somebody has used or moved since stays, and the page says why."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.row_security import every_account
from app.core.runs import Run
from app.planner import actions
from app.planner.clusters.proposals import ProposedKeywords, Stored, store_proposals
from app.planner.imports import services as imports
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from app.writer.models import task_keywords
from tests.factories.things import make_cluster, make_idea, make_keyword, make_task
from tests.factories.work import newest_run, work

IMPORT = "/planner/keywords/import/"


def bring(client: FlaskClient, *words: str) -> str:
    answer = client.post(IMPORT, data={"keywords": "\n".join(words)})
    assert answer.status_code == 303
    return str(answer.location)


def page(client: FlaskClient, place: str) -> str:
    return " ".join(client.get(place).text.split())


def left() -> list[str]:
    db.session.expire_all()
    return sorted(db.session.scalars(select(Keyword.keyword)))


def row(word: str) -> Keyword:
    return db.session.scalars(select(Keyword).where(Keyword.keyword == word)).one()


def into(cluster: Cluster, *words: str) -> None:
    """As a clustering does."""
    moving = update(Keyword).where(Keyword.keyword.in_(words)).values(cluster_id=cluster.id)
    db.session.execute(moving)
    db.session.commit()


def test_exactly_what_the_import_added_goes(owner_client: FlaskClient, site: Site) -> None:
    make_keyword(site, "tea")
    bring(owner_client, "milk")
    place = bring(owner_client, "tea", "milk", "coffee", "cocoa")
    bring(owner_client, "water")
    assert "Removes 2 keywords that this import added and nobody has used since." in page(owner_client, place)
    answer = owner_client.post(f"{place}undo/")
    assert answer.status_code == 303
    assert left() == ["milk", "tea", "water"]
    shown = page(owner_client, place)
    assert "2 keywords were removed" in shown
    assert "Undo import" not in shown


def test_what_somebody_has_used_stays_and_is_named(owner_client: FlaskClient, site: Site) -> None:
    words = ["plain", "machine", "named", "idea", "task", "writing", "moved", "taken out"]
    place = bring(owner_client, *words)
    into(machine := make_cluster(site, "Machine"), "machine", "taken out")
    into(named := make_cluster(site, "Named"), "named")
    into(ideas := make_cluster(site, "Ideas"), "idea")
    into(tasks := make_cluster(site, "Tasks"), "task")
    make_idea(ideas)
    writing = make_task(tasks)
    db.session.execute(insert(task_keywords).values(task_id=writing.id, keyword_id=row("writing").id))
    db.session.commit()
    owner_client.post(f"/planner/clusters/{named.id}/", data={"name": "Better name", "description": ""})
    move = {"ids": str(row("moved").id), "target": "new", "new_name": "By hand"}
    owner_client.post("/planner/keywords/move/", data=move)
    owner_client.post("/planner/keywords/move/", data={"ids": str(row("taken out").id), "target": "none"})

    shown = page(owner_client, place)
    assert "Removes 2 keywords" not in shown  # taking one out has edited the cluster of the machine's
    assert "Removes 1 keyword " in shown
    for reason in (
        "1 in a task or a content",
        "2 moved by somebody",
        "1 in a cluster with ideas",
        "1 in a cluster with tasks or contents",
        "2 in a cluster that somebody made or edited since",
    ):
        assert reason in shown, reason
    owner_client.post(f"{place}undo/")
    assert left() == sorted(set(words) - {"plain"})
    assert "2 moved by somebody" in page(owner_client, place)
    assert db.session.get(Cluster, machine.id) is not None


def test_clusters_that_were_made_of_its_keywords_go_when_they_are_empty(owner_client: FlaskClient, site: Site) -> None:
    before = make_cluster(site, "Before", description="Searches such as “old” and 1 more.")
    make_keyword(site, "old", cluster_id=before.id)
    place = bring(owner_client, "one", "two", "three")
    store_proposals(site.account_id, site.id, [ProposedKeywords("Made of it", "", [row("one").id])])
    store_proposals(site.account_id, site.id, [ProposedKeywords("Before", "", [row("two").id])])
    db.session.commit()
    owner_client.post(f"{place}undo/")
    assert left() == ["old"]
    kept = db.session.scalars(select(Cluster)).one()
    assert (kept.name, kept.description) == ("Before", "Searches such as “old”.")
    assert "and 1 cluster of them that is empty now" in page(owner_client, place)


def test_it_is_taken_back_once_and_within_thirty_days(owner_client: FlaskClient, site: Site) -> None:
    place = bring(owner_client, "one")
    assert owner_client.post(f"{place}undo/").status_code == 303
    again = owner_client.post(f"{place}undo/")
    assert again.status_code == 409
    assert "This import was undone already." in again.text
    place = bring(owner_client, "two")
    db.session.execute(update(Run).values(ended_at=utcnow() - timedelta(days=30, minutes=1)))
    db.session.commit()
    assert "An import can be undone for 30 days." in owner_client.post(f"{place}undo/").text
    assert "Undo import" not in page(owner_client, place)
    assert left() == ["two"]


def test_two_at_once_take_it_back_once(app: Flask, owner_client: FlaskClient, site: Site) -> None:
    bring(owner_client, *(f"word {number}" for number in range(300)))
    run_id, account_id, outcome = newest_run().id, site.account_id, list[str]()
    db.session.commit()
    gate = threading.Barrier(2)

    def press() -> None:
        with app.app_context(), every_account("a test looks on"):
            gate.wait(10)
            try:
                outcome.append(actions.undo_import(account_id, Actor(None, "Somebody", permissions=None), run_id))
                db.session.commit()
            except Conflict as error:
                outcome.append(error.code)
            db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcome) == ["300 keywords removed", "UNDONE"]
    assert left() == []


def long_import(client: FlaskClient) -> tuple[str, Run]:
    place = bring(client, *(f"word {number}" for number in range(4500)))
    return place, newest_run()


def test_not_while_it_is_under_way(owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    place, run = long_import(owner_client)
    store, answers = imports.store_chunk, list[str]()

    def undo_meanwhile(rows: Any, target: Any) -> int:
        with pytest.raises(Conflict) as refused:
            actions.undo_import(site.account_id, Actor(None, "Somebody", permissions=None), run.id)
        answers.append(refused.value.code)
        return store(rows, target)

    assert owner_client.post(f"{place}undo/").status_code == 409
    monkeypatch.setattr(imports, "store_chunk", undo_meanwhile)
    assert work(run).state == "succeeded"
    assert set(answers) == {"RUN_ACTIVE"}
    assert len(left()) == 4500


def test_a_worker_that_lost_the_run_brings_nothing_back(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run was given up, cancelled and undone while it was busy with a chunk."""
    place, run = long_import(owner_client)
    store, run_id = imports.store_chunk, run.id
    calls: list[int] = []

    def be_late(rows: Any, target: Any) -> int:
        calls.append(len(rows))
        if len(calls) == 2:
            with db.engine.begin() as other:
                ended = {"state": "cancelled", "lease_token": None, "ended_at": utcnow()}
                other.execute(update(Run.__table__).where(Run.__table__.c.id == run_id).values(**ended))
            assert owner_client.post(f"{place}undo/").status_code == 303
        return store(rows, target)

    monkeypatch.setattr(imports, "store_chunk", be_late)
    work(run)
    assert calls == [2000, 2000]
    assert left() == []


def test_what_was_stopped_can_be_taken_back_and_started_again(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, run = long_import(owner_client)
    store = imports.store_chunk

    def cancel(rows: Any, target: Any) -> int:
        with db.engine.begin() as other:
            other.execute(update(Run.__table__).values(cancel_requested=True))
        return store(rows, target)

    monkeypatch.setattr(imports, "store_chunk", cancel)
    assert work(run).state == "cancelled"
    assert "Removes 2,000 keywords" in page(owner_client, place)
    owner_client.post(f"{place}undo/")
    assert left() == []
    monkeypatch.setattr(imports, "store_chunk", store)
    owner_client.post(f"/runs/{run.id}/retry/")
    assert work(run).state == "succeeded"
    assert len(left()) == 4500
    assert owner_client.post(f"{place}undo/").status_code == 303
    assert left() == []


def test_a_clustering_that_goes_on_meanwhile_makes_nothing_of_what_is_gone(
    owner_client: FlaskClient, site: Site
) -> None:
    place = bring(owner_client, "one", "two")
    ids = [row("one").id, row("two").id]
    owner_client.post(f"{place}undo/")
    assert store_proposals(site.account_id, site.id, [ProposedKeywords("Late", "", ids)]) == [Stored()]
    db.session.commit()
    assert db.session.scalars(select(Cluster)).all() == []


def test_a_viewer_and_strangers_undo_nothing(
    owner_client: FlaskClient, viewer_client: FlaskClient, stranger_client: FlaskClient, site: Site
) -> None:
    place = bring(owner_client, "one")
    assert "Undo import" not in page(viewer_client, place)
    assert viewer_client.post(f"{place}undo/").status_code == 403
    assert stranger_client.post(f"{place}undo/").status_code == 404
    assert left() == ["one"]
