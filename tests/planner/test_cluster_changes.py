"""What is done to clusters can be taken back: moves, joins, splits, merges, names."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.actor import Actor
from app.core.extensions import db
from app.planner.clustering.topics import Nearest, keep_nearest
from app.planner.clusters import changes
from app.planner.models import Cluster, Idea, Keyword, NearestCluster
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task


def undo(client: FlaskClient, site: Site) -> Any:
    change = changes.last_undoable_change(site.account_id, site.id)
    assert change is not None
    return client.post(f"/planner/clusters/changes/{change.id}/undo/")


def place_of(keyword_id: int) -> int | None:
    db.session.expire_all()
    return db.session.scalar(select(Keyword.cluster_id).where(Keyword.id == keyword_id))


def move(client: FlaskClient, ids: list[int], target: object, **data: str) -> None:
    answer = client.post("/planner/keywords/move/", data={"ids": ids, "target": str(target), **data})
    assert answer.status_code == 303, answer.text


def test_a_keyword_without_a_cluster_joins_one_of_its_nearest_with_one_click(
    owner_client: FlaskClient, site: Site
) -> None:
    shoes = make_cluster(site, "Running shoes")
    flat = make_keyword(site, "running shoes for flat feet")
    keep_nearest(site.account_id, site.id, {flat.id: [Nearest("Running shoes", 56), Nearest("Gone", 50)]})
    db.session.commit()
    page = owner_client.get("/planner/keywords/?cluster=none").text
    assert f'name="target" value="{shoes.id}"' in page
    move(owner_client, [flat.id], shoes.id, filter="cluster=none")
    assert place_of(flat.id) == shoes.id
    page = owner_client.get("/planner/keywords/").text
    assert "Moved 1 keyword to “Running shoes”." in page
    assert f'name="target" value="{shoes.id}"' not in page
    assert undo(owner_client, site).status_code == 303
    assert place_of(flat.id) is None
    assert db.session.scalars(select(NearestCluster.nearness)).all() == [56]


def test_keywords_go_back_where_each_came_from_but_for_what_was_moved_on_since(
    owner_client: FlaskClient, site: Site
) -> None:
    one, two, three = (make_cluster(site, name) for name in ("One", "Two", "Three"))
    home = [one.id, two.id, one.id]
    ids = [make_keyword(site, f"word {number}", cluster_id=place).id for number, place in enumerate(home)]
    target = three.id
    move(owner_client, ids, target)
    change = changes.last_undoable_change(site.account_id, site.id)
    assert change is not None
    move(owner_client, [ids[2]], home[1])
    assert owner_client.post(f"/planner/clusters/changes/{change.id}/undo/").status_code == 303
    assert [place_of(one) for one in ids] == [home[0], home[1], home[1]]


def test_a_cluster_that_was_split_off_goes_with_the_undo(owner_client: FlaskClient, site: Site) -> None:
    shoes = make_cluster(site, "Shoes")
    word = make_keyword(site, "wide shoes", cluster_id=shoes.id)
    home, keyword = shoes.id, word.id
    move(owner_client, [keyword], "new", new_name="Wide shoes")
    undo(owner_client, site)
    assert place_of(keyword) == home
    assert db.session.scalars(select(Cluster.name)).all() == ["Shoes"]


def test_a_merge_is_taken_back_with_ideas_tasks_and_content(owner_client: FlaskClient, site: Site) -> None:
    kept, gone = make_cluster(site, "Kept"), make_cluster(site, "Gone")
    word = make_keyword(site, "gone word", cluster_id=gone.id).id
    make_idea(kept, title="Doubled")
    ideas = [make_idea(gone, title="Doubled").id, make_idea(gone, title="Only here").id]
    near = make_keyword(site, "near word").id
    keep_nearest(site.account_id, site.id, {near: [Nearest("Gone", 60), Nearest("Kept", 50)]})
    db.session.commit()
    task, content = make_task(gone).id, make_content(site, cluster_id=gone.id).id
    old, new = gone.id, kept.id
    answer = owner_client.post("/planner/clusters/merge/", data={"ids": [new, old], "target": str(new)})
    assert answer.status_code == 303
    assert place_of(word) == new
    assert list(db.session.scalars(select(NearestCluster.cluster_id))) == [new]
    assert undo(owner_client, site).status_code == 303
    assert place_of(word) == old
    assert set(db.session.scalars(select(Idea.id).where(Idea.cluster_id == old))) == set(ideas)
    assert db.session.scalar(select(Task.cluster_id).where(Task.id == task)) == old
    contents = Cluster.metadata.tables["contents"]
    assert db.session.scalar(select(contents.c.cluster_id).where(contents.c.id == content)) == old
    assert len(db.session.scalars(select(Idea.id).where(Idea.cluster_id == new)).all()) == 1


def test_a_name_comes_back_unless_another_cluster_has_it_now(owner_client: FlaskClient, site: Site) -> None:
    cluster_id = make_cluster(site, "Before").id
    owner_client.post(f"/planner/clusters/{cluster_id}/", data={"name": "After", "description": "new"})
    change = changes.last_undoable_change(site.account_id, site.id)
    assert change is not None
    assert change.words == "Renamed “Before” to “After”"
    make_cluster(site, "BEFORE")
    assert undo(owner_client, site).status_code == 409
    db.session.expire_all()
    db.session.delete(db.session.scalars(select(Cluster).where(Cluster.name == "BEFORE")).one())
    db.session.commit()
    undo(owner_client, site)
    db.session.expire_all()
    assert db.session.scalars(select(Cluster.name)).all() == ["Before"]


def test_nothing_is_taken_back_twice(owner_client: FlaskClient, site: Site) -> None:
    shoes, word = make_cluster(site, "Shoes"), make_keyword(site, "shoes")
    move(owner_client, [word.id], shoes.id)
    change = changes.last_undoable_change(site.account_id, site.id)
    assert change is not None
    path = f"/planner/clusters/changes/{change.id}/undo/"
    assert [owner_client.post(path).status_code for _ in range(2)] == [303, 409]
    assert changes.last_undoable_change(site.account_id, site.id) is None


def test_the_oldest_changes_are_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 2)
    for number in range(4):
        changes.record_change(site.account_id, site.id, Actor(None, "rule", permissions=None), f"change {number}", {})
    words = db.session.scalars(select(changes.ClusterChange.words).order_by(changes.ClusterChange.id)).all()
    assert words == ["change 2", "change 3"]
