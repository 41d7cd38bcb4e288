"""Tasks in the browser: listing, making, deleting."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.extensions import db
from app.planner.models import Cluster, Idea
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task

GOOD = {
    "title": "Brew better",
    "primary_keyword": "moka pot",
    "content_type": "Article",
    "content_structure": "Guide",
    "description": "How to brew",
    "tone": "friendly",
    "country": "us",
}


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Task)) or 0


def test_lists_and_filters(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    make_task(cluster, "Waiting", content_type="Page")
    done = make_task(cluster, "Finished", status="completed")
    content = make_content(site, task_id=done.id, is_outline=True)
    page = owner_client.get("/writer/tasks/").text
    assert f'href="/content/{content.id}/edit/"' in page
    assert "Outline" in page
    for query, there, missing in (
        ("?status=queued", "Waiting", "Finished"),
        ("?status=completed", "Finished", "Waiting"),
        ("?type=Page", "Waiting", "Finished"),
        ("?q=FINISH", "Finished", "Waiting"),
    ):
        rows = owner_client.get(f"/writer/tasks/{query}", headers={"HX-Request": "true"}).text
        assert there in rows
        assert missing not in rows
    for query in ("?page=99999999999", "?cluster=x", "?sort=-nonsense", "?q=%00"):
        assert owner_client.get(f"/writer/tasks/{query}").status_code == 200


def test_makes_a_task_by_hand(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    make_keyword(site, "moka pot", cluster_id=cluster.id)
    assert "New task" in owner_client.get("/writer/tasks/new/").text
    answer = owner_client.post("/writer/tasks/new/", data={**GOOD, "cluster": str(cluster.id)})
    assert answer.status_code == 303
    task = db.session.scalars(select(Task)).one()
    assert (task.title, task.status, task.country, task.site_id) == ("Brew better", "queued", "US", site.id)
    assert [keyword.keyword for keyword in task.keywords] == ["moka pot"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cluster": ""}, "Choose the cluster"),
        ({"title": "x" * 301}, "1 to 300 characters"),
        ({"title": " \x00 "}, "1 to 300 characters"),
        ({"content_type": "Poem"}, "Choose a content type"),
        ({"content_structure": "Poem"}, "Choose a structure"),
        ({"country": "Mars"}, "two-letter code"),
        ({"description": "y" * 6000}, "5,000 characters"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    owner_client: FlaskClient, cluster: Cluster, wrong: dict[str, str], words: str
) -> None:
    answer = owner_client.post("/writer/tasks/new/", data={**GOOD, "cluster": str(cluster.id), **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert "friendly" in answer.text
    assert count() == 0


def test_a_cluster_of_others_does_not_exist(owner_client: FlaskClient, account: Account, cluster: Cluster) -> None:
    theirs = make_cluster(make_site(make_account("Elsewhere")))
    assert owner_client.post("/writer/tasks/new/", data={**GOOD, "cluster": str(theirs.id)}).status_code == 422
    other_site = make_cluster(make_site(account))
    answer = owner_client.post("/writer/tasks/new/", data={**GOOD, "cluster": str(other_site.id)})
    assert answer.status_code == 422
    assert count() == 0


def test_without_clusters_a_task_cannot_be_made_yet(owner_client: FlaskClient, site: Site) -> None:
    assert "A task needs a cluster" in owner_client.get("/writer/tasks/new/").text


def test_deleting_a_task_frees_its_idea_and_keeps_its_draft(
    owner_client: FlaskClient, site: Site, cluster: Cluster
) -> None:
    idea = make_idea(cluster)
    owner_client.post("/writer/tasks/from-ideas/", data={"ids": [idea.id]})
    task = db.session.scalars(select(Task)).one()
    make_content(site, task_id=task.id)
    owner_client.post("/writer/tasks/delete/", data={"ids": [task.id]})
    assert count() == 0
    assert db.session.scalars(select(Idea.task_id)).all() == [None]
    owner_client.post("/writer/tasks/from-ideas/", data={"ids": [idea.id]})
    assert count() == 1


def test_a_viewer_reads_and_a_stranger_sees_nothing(
    viewer_client: FlaskClient, stranger_client: FlaskClient, cluster: Cluster
) -> None:
    task = make_task(cluster, "Brew better")
    page = viewer_client.get("/writer/tasks/").text
    assert "Brew better" in page
    assert "Generate drafts" not in page
    assert "New task" not in page
    assert viewer_client.get("/writer/tasks/new/").status_code == 403
    for action in ("new", "generate", "delete"):
        assert viewer_client.post(f"/writer/tasks/{action}/", data={"ids": [task.id]}).status_code == 403
    assert "Brew better" not in stranger_client.get("/writer/tasks/").text
    make_site(db.session.scalars(select(Account).where(Account.name == "Elsewhere")).one())
    stranger_client.post("/writer/tasks/delete/", data={"ids": [task.id]})
    stranger_client.post("/writer/tasks/generate/", data={"ids": [task.id]})
    assert count() == 1
    assert "Brew better" not in stranger_client.get(f"/writer/tasks/states/?ids={task.id}").text


def test_without_a_site_the_page_says_so(owner_client: FlaskClient) -> None:
    assert "Start with a site" in owner_client.get("/writer/tasks/").text
    assert "Start with a site" in owner_client.get("/writer/tasks/new/").text
    assert owner_client.post("/writer/tasks/generate/").status_code == 422
