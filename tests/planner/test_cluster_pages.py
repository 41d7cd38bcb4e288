"""Clusters in the browser: list, map, editing, merging, deleting."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.content.models import Content
from app.core.extensions import db
from app.planner.clusters.treemap import Tile, fitting, squarify, treemap
from app.planner.models import Cluster, Idea, Keyword
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
    assert 'hx-get="/planner/clusters/map/"' in page
    assert '<svg class="cluster-map' in owner_client.get("/planner/clusters/map/", headers={"HX-Request": "true"}).text
    assert '<svg class="cluster-map' in owner_client.get("/planner/clusters/map/").text
    assert "3,000" in page
    assert "Kettle &lt;b&gt;" in page
    assert "style=" not in page
    rows = owner_client.get("/planner/clusters/?sort=name&q=press", headers={"HX-Request": "true"}).text
    assert "French press" in rows
    assert "Kettle" not in rows


def test_a_cluster_page_shows_what_belongs_to_it(owner_client: FlaskClient, press: Cluster) -> None:
    make_idea(press, "Brew better")
    page = owner_client.get(f"/planner/clusters/{press.id}/").text
    for words in (
        "French press",
        "Steeped coffee",
        "french press 2",
        "Brew better",
        "Generate ideas",
        "3,000</strong> sea",
    ):
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


@pytest.mark.parametrize("draw", [squarify, treemap])
@pytest.mark.parametrize("sizes", [[50, 30, 20, 10, 10, 5], [9, 9, 9], [1000 / (n + 1) for n in range(20)], [7]])
def test_areas_of_the_map_are_proportional_to_volumes(
    draw: Callable[[list[float], float, float], list[Tile]], sizes: list[float]
) -> None:
    areas = {tile.index: tile.width * tile.height for tile in draw(sizes, 400, 200)}
    assert areas == {index: pytest.approx(80_000 * size / sum(sizes)) for index, size in enumerate(sizes)}


@pytest.mark.parametrize(
    ("sizes", "least_shown"),
    [([100, 1, 0], 3), ([10**6] + [0] * 6, 7), ([1.0] * 40, 40), ([1000 / (n + 1) for n in range(40)], 25), ([0.0], 1)],
)
def test_every_area_of_the_map_is_large_enough_for_a_name(sizes: list[float], least_shown: int) -> None:
    tiles = fitting(sizes, 1100, 300, least=(72, 30))
    assert len(tiles) >= least_shown
    assert sorted(tile.index for tile in tiles) == list(range(len(tiles)))
    assert all(tile.width >= 72 and tile.height >= 30 for tile in tiles)
    assert fitting([], 10, 10, least=(72, 30)) == []


def zoomed(client: FlaskClient, query: str, at: str) -> TestResponse:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/planner/clusters/{at}"}
    return client.get(f"/planner/clusters/{query}", headers=headers)


def test_the_map_zooms_into_a_cluster_and_the_address_says_so(
    owner_client: FlaskClient, site: Site, press: Cluster
) -> None:
    make_keyword(site, "kettle", volume=9, cluster_id=make_cluster(site, "Kettles").id)
    answer = zoomed(owner_client, f"map/?map={press.id}", "?sort=name")
    assert answer.headers["HX-Push-Url"] == f"/planner/clusters/?sort=name&map={press.id}"
    assert "french press 2" in answer.text
    assert "Kettles" not in answer.text
    assert f"/planner/clusters/map/?map={press.id}" in owner_client.get(f"/planner/clusters/?map={press.id}").text
    assert "french press 2" in owner_client.get(f"/planner/clusters/map/?map={press.id}").text  # without scripts
    out = zoomed(owner_client, "map/", f"?sort=name&map={press.id}")
    assert out.headers["HX-Push-Url"] == "/planner/clusters/?sort=name"
    assert "Kettles" in out.text
    rows = zoomed(owner_client, "?sort=ideas&map=7", f"?sort=name&map={press.id}")
    assert rows.headers["HX-Push-Url"] == f"/planner/clusters/?sort=ideas&map={press.id}"
    assert "cluster-figure" not in rows.text


def test_the_map_of_one_cluster_is_seen_from_inside_and_a_foreign_one_not_at_all(
    owner_client: FlaskClient, stranger_client: FlaskClient, site: Site, press: Cluster
) -> None:
    page = owner_client.get("/planner/clusters/map/").text
    assert "french press 1" in page
    assert "data-map-out" not in page
    assert "french press" not in zoomed(stranger_client, f"map/?map={press.id}", "").text
    make_cluster(site, "Nothing in it")
    assert "No keywords in this cluster." in owner_client.get("/planner/clusters/map/?map=2").text


def test_a_cluster_is_made_by_hand(owner_client: FlaskClient, site: Site) -> None:
    assert 'href="/planner/clusters/new/"' in owner_client.get("/planner/clusters/").text  # while there is none
    sent = {"name": "  Moka   pots ", "description": "What to buy"}
    answer = owner_client.post("/planner/clusters/new/", data=sent)
    made = db.session.scalars(select(Cluster)).one()
    assert (made.name, made.description, answer.location) == (
        "Moka pots",
        "What to buy",
        f"/planner/clusters/{made.id}/",
    )
    for wrong, status, words in (
        ({"name": "MOKA pots"}, 409, "already has a cluster of this name"),
        ({"name": " "}, 422, "1 to 200 characters"),
        ({"name": "Other", "description": "x" * 5001}, 422, "5,000 characters"),
    ):
        refused = owner_client.post("/planner/clusters/new/", data=sent | wrong)
        assert (refused.status_code, words in refused.text) == (status, True), wrong
        assert refused.text.count("form-error") == 1


def test_why_nothing_was_merged_or_moved_is_said_in_the_dialog(
    owner_client: FlaskClient, site: Site, press: Cluster
) -> None:
    gone, keyword = 10**9, make_keyword(site)
    merge, move = "/planner/clusters/merge/", "/planner/keywords/move/"
    for address, data, status, field in (
        (merge, {"ids": [press.id]}, 422, "target"),
        (merge, {"ids": [press.id, gone]}, 404, "target"),
        (merge, {"ids": [press.id], "target": "x"}, 404, "target"),
        (move, {"ids": [keyword.id], "target": str(gone)}, 404, "target"),
        (move, {"ids": [keyword.id], "target": ""}, 422, "target"),
        (move, {"ids": [keyword.id], "target": "new", "new_name": ""}, 422, "new_name"),
    ):
        answer = owner_client.post(address, data=data, headers={"HX-Request": "true"})
        assert (answer.status_code, json.loads(answer.headers["HX-Trigger"])["toast"]["field"]) == (status, field), data
        assert answer.headers["HX-Reswap"] == "none"  # what was chosen stays
