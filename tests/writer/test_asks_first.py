"""What would act on everything because nothing is selected asks first; selections say what was left out."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.extensions import db
from app.core.runs import Run
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.things import make_cluster, make_idea, make_keyword, make_task


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    "address", ["/writer/tasks/from-ideas/", "/writer/tasks/generate/", "/planner/keywords/cluster/"]
)
def test_a_form_that_did_not_ask_takes_nothing_for_nothing(owner_client: FlaskClient, site: Site, address: str) -> None:
    cluster = make_cluster(site)
    make_idea(cluster)
    make_task(cluster)
    make_keyword(site, "free")
    answer = owner_client.post(address, data={"on_all": "ask"})
    assert answer.status_code == 422
    assert "is selected." in answer.text
    unreadable = owner_client.post(address, data={"on_all": "yes", "ids": ["abc", ""]})
    assert (unreadable.status_code, "can be read." in unreadable.text) == (422, True)
    assert (count(Task), count(Run)) == (1, 0)
    assert owner_client.post(address, data={"on_all": "yes"}).status_code == 303
    assert (count(Task), count(Run)) in {(2, 0), (1, 1)}


def test_lists_tell_how_many_all_are(owner_client: FlaskClient, site: Site) -> None:
    cluster = make_cluster(site)
    make_idea(cluster, title="One")
    make_idea(cluster, title="Two", task_id=5)
    make_task(cluster)
    assert 'data-waiting="1"' in owner_client.get("/planner/ideas/").text
    assert 'data-waiting="1"' in owner_client.get("/writer/tasks/").text
    make_keyword(site, "free")
    make_keyword(site, "placed", cluster_id=cluster.id)
    assert 'data-waiting="1"' in owner_client.get("/planner/keywords/").text
    assert 'data-waiting="0"' in owner_client.get("/writer/tasks/?status=completed").text


def test_selected_rows_that_need_nothing_are_named(owner_client: FlaskClient, site: Site) -> None:
    cluster = make_cluster(site)
    tasks = [make_task(cluster, title="Waits"), make_task(cluster, title="Done", status="completed")]
    owner_client.post("/writer/tasks/generate/", data={"ids": [*(task.id for task in tasks), 999_999]})
    page = owner_client.get("/writer/tasks/").text
    assert "Writing 1 draft. Left out: 1 written or being written; 1 not there any more." in page
    keywords = [make_keyword(site, "free"), make_keyword(site, "placed", cluster_id=cluster.id)]
    ids = [keyword.id for keyword in keywords]
    owner_client.post("/planner/keywords/cluster/", data={"ids": ids})
    page = owner_client.get("/planner/keywords/").text
    assert "Clustering 1 keyword. Left out: 1 in a cluster already." in page
    owner_client.post("/planner/keywords/move/", data={"ids": ids, "target": cluster.id})
    page = owner_client.get("/planner/keywords/").text
    assert f"Moved 1 keyword to “{cluster.name}”. Left out: 1 there already." in page
    owner_client.post("/planner/keywords/delete/", data={"ids": [*ids, 999_999]})
    assert "Deleted 2 keywords. Left out: 1 that is not there any more." in owner_client.get("/planner/keywords/").text
