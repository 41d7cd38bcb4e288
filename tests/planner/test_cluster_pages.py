"""Clusters in the browser: list, map, editing, merging, deleting."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.content.models import Content
from app.core.extensions import db
from app.planner.models import Cluster, Idea, Keyword
from app.planner.treemap import squarify, treemap
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task


@pytest.fixture
def press(site: Site) -> Cluster:
    cluster = make_cluster(site, "French press", description="Steeped coffee")
    for n in range(3):
        make_keyword(site, f"french press {n}", volume=1000, cluster_id=cluster.id)
    return cluster


def test_the_list_shows_figures_and_a_map(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    other = make_cluster(site, "Kettle <b>")
    make_keyword(site, "kettle", volume=50, cluster_id=other.id)
    make_idea(press)
    page = owner_client.get("/planner/clusters/").text
    assert '<svg class="cluster-map' in page
    assert "3,000" in page
    assert "Kettle &lt;b&gt;" in page
    assert "style=" not in page
    rows = owner_client.get("/planner/clusters/?sort=name&q=press", headers={"HX-Request": "true"}).text
    assert "French press" in rows
    assert "Kettle" not in rows


def test_a_cluster_page_shows_what_belongs_to_it(owner_client: FlaskClient, press: Cluster) -> None:
    make_idea(press, "Brew better")
    page = owner_client.get(f"/planner/clusters/{press.id}/").text
    for words in ("French press", "Steeped coffee", "french press 2", "Brew better", "Generate ideas", "3,000 sea"):
        assert words in page
    assert f'hx-get="/content/by-cluster/{press.id}/"' in page


def test_renames_and_describes(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    make_cluster(site, "Taken")
    place = f"/planner/clusters/{press.id}/"
    assert owner_client.post(place, data={"name": " Cafetière ", "description": "New"}).status_code == 303
    db.session.expire_all()
    assert (press.name, press.description) == ("Cafetière", "New")
    answer = owner_client.post(place, data={"name": "TAKEN", "description": "Kept"})
    assert answer.status_code == 422
    assert "already has a cluster of this name" in answer.text
    assert owner_client.post(place, data={"name": " "}).status_code == 422
    assert owner_client.post(place, data={"name": "x" * 201}).status_code == 422
    assert owner_client.post(place, data={"name": "ok", "description": "y" * 6000}).status_code == 422
    db.session.expire_all()
    assert press.name == "Cafetière"


def test_merging_moves_everything_and_doubles_nothing(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    other = make_cluster(site, "Cafetière")
    make_keyword(site, "cafetière", cluster_id=other.id)
    make_idea(press, "Same")
    make_idea(other, "Same")
    make_idea(other, "Different")
    used = make_idea(other, "Used", normalised_title="used")
    make_idea(press, "Used", normalised_title="used")
    used.task_id = make_task(other, idea_id=used.id).id
    content = make_content(site, cluster_id=other.id)
    db.session.commit()
    answer = owner_client.post("/planner/clusters/merge/", data={"ids": [press.id, other.id], "target": str(press.id)})
    assert answer.status_code == 303
    assert "Dropped 1 idea whose title is there already." in owner_client.get(answer.location).text
    db.session.expire_all()
    assert db.session.scalars(select(Cluster.id)).all() == [press.id]
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id == press.id)) == 4
    titles = db.session.scalars(select(Idea.title).where(Idea.cluster_id == press.id)).all()
    assert sorted(titles) == ["Different", "Same", "Used", "Used"]
    assert db.session.scalars(select(Task.cluster_id)).all() == [press.id]
    assert db.session.get_one(Content, content.id).cluster_id == press.id


def test_merging_needs_two_of_one_site(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    assert owner_client.post("/planner/clusters/merge/", data={"ids": [press.id]}).status_code == 422
    theirs = make_cluster(make_site(make_account("Elsewhere")))
    data = {"ids": [press.id, theirs.id], "target": str(press.id)}
    assert owner_client.post("/planner/clusters/merge/", data=data).status_code == 404
    data = {"ids": [press.id], "target": str(theirs.id)}
    assert owner_client.post("/planner/clusters/merge/", data=data).status_code == 404


def test_deleting_frees_keywords_and_keeps_tasks_safe(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    busy = make_cluster(site, "Busy")
    make_task(busy)
    answer = owner_client.post("/planner/clusters/delete/", data={"ids": [press.id, busy.id]})
    assert "has Writer tasks" in owner_client.get(answer.location).text
    db.session.expire_all()
    assert db.session.scalar(select(func.count()).select_from(Cluster)) == 2
    owner_client.post("/planner/clusters/delete/", data={"ids": [press.id]})
    db.session.expire_all()
    assert db.session.scalars(select(Cluster.name)).all() == ["Busy"]
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id.is_(None))) == 3


def test_splitting_moves_keywords_from_the_cluster_page(owner_client: FlaskClient, site: Site, press: Cluster) -> None:
    ids = db.session.scalars(select(Keyword.id).where(Keyword.cluster_id == press.id)).all()
    data = {"ids": ids[:2], "target": "new", "new_name": "Filters", "back": str(press.id)}
    answer = owner_client.post("/planner/keywords/move/", data=data)
    assert answer.location == f"/planner/clusters/{press.id}/"
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id == press.id)) == 1


def test_a_viewer_reads_and_a_stranger_finds_nothing(
    viewer_client: FlaskClient, stranger_client: FlaskClient, press: Cluster
) -> None:
    page = viewer_client.get(f"/planner/clusters/{press.id}/").text
    assert "Generate ideas" not in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    place = f"/planner/clusters/{press.id}/"
    batches = [f"/planner/clusters/{action}/" for action in ("merge", "delete", "ideas")]
    for address in (place, f"{place}ideas/", *batches):
        assert viewer_client.post(address, data={"ids": [press.id]}).status_code == 403
    assert stranger_client.get(place).status_code == 404
    assert stranger_client.post(place, data={"name": "x"}).status_code == 404
    assert stranger_client.post(f"{place}ideas/").status_code == 404


def test_the_map_fills_its_area_without_overlaps() -> None:
    tiles = squarify([50, 30, 20, 10, 10, 5], 400, 200)
    assert sum(tile.width * tile.height for tile in tiles) == pytest.approx(80_000)
    for a in tiles:
        for b in tiles:
            apart = a.x + a.width <= b.x + 1e-6 or b.x + b.width <= a.x + 1e-6
            apart = apart or a.y + a.height <= b.y + 1e-6 or b.y + b.height <= a.y + 1e-6
            assert a is b or apart


def test_labels_are_cut_to_their_tile() -> None:
    tiles = treemap(["a very long name of a cluster that cannot fit", "b" * 200, "c"], [100, 1, 0], 300, 200)
    assert sorted(tile.index for tile in tiles) == [0, 1, 2]
    for tile in tiles:
        assert all(len(line) * 7.8 <= tile.width for line in tile.lines)
    assert treemap([], [], 10, 10) == []
