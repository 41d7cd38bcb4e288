"""One idea by hand: a new one, changes that two people make, another cluster, the same title twice."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.extensions import db
from app.core.row_security import within
from app.planner.ideas.services import stored_plan
from app.planner.models import Cluster, Idea
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_idea, make_site, make_task

PLAN = {
    "title": "Brew better",
    "primary_keyword": "moka pot",
    "content_type": "Article",
    "content_structure": "Guide",
    "description": "How to brew",
}


def tag_of(page: str) -> str:
    tag = re.search(r'name="etag" value="(\w+)"', page)
    assert tag
    return tag[1]


def test_an_idea_is_added_by_hand_and_opened(owner_client: FlaskClient, cluster: Cluster) -> None:
    form = owner_client.get(f"/planner/ideas/new/?cluster={cluster.id}").text
    assert f'<option value="{cluster.id}" selected>' in form
    answer = owner_client.post("/planner/ideas/new/", data=PLAN | {"cluster": str(cluster.id)})
    idea = db.session.scalars(select(Idea)).one()
    assert (idea.title, idea.cluster_id, idea.site_id) == ("Brew better", cluster.id, cluster.site_id)
    assert answer.location == f"/planner/ideas/{idea.id}/edit/"
    assert f'href="{answer.location}"' in owner_client.get("/planner/ideas/").text


def test_all_that_is_wrong_is_said_at_once_and_kept(owner_client: FlaskClient, cluster: Cluster) -> None:
    wrong = {"title": "", "primary_keyword": "", "content_type": "Poem", "content_structure": "", "country": "Germany"}
    answer = owner_client.post(
        "/planner/ideas/new/", data=PLAN | wrong | {"cluster": str(cluster.id), "tone": "x" * 61}
    )
    assert answer.status_code == 422
    for words in ("A title has", "keyword has", "content type.", "structure.", "two-letter code", "A tone has at most"):
        assert words in answer.text
    assert "How to brew" in answer.text
    assert 'value="Germany"' in answer.text


def test_a_title_that_the_cluster_has_is_told_with_a_link(owner_client: FlaskClient, cluster: Cluster) -> None:
    there = make_idea(cluster, "Brew better", normalised_title="brew better")
    elsewhere = make_idea(make_cluster(db.session.get_one(Site, cluster.site_id)), "Other")
    sent = PLAN | {"title": "BREW better!", "cluster": str(cluster.id)}
    for address in ("/planner/ideas/new/", f"/planner/ideas/{elsewhere.id}/edit/"):
        answer = owner_client.post(address, data=sent)
        assert answer.status_code == 409
        assert f'href="/planner/ideas/{there.id}/edit/">Open the one that has this title' in answer.text
    assert db.session.get_one(Idea, elsewhere.id).title == "Other"


def test_an_idea_moves_to_another_cluster_of_its_site_only(
    owner_client: FlaskClient, account: Account, site: Site, cluster: Cluster
) -> None:
    idea, beans = make_idea(cluster), make_cluster(site, "Beans")
    foreign = make_account("Other")
    with within(foreign.id):
        strange = make_cluster(make_site(foreign))
    for wrong in (make_cluster(make_site(account)).id, strange.id, "", "x"):
        answer = owner_client.post(f"/planner/ideas/{idea.id}/edit/", data=PLAN | {"cluster": str(wrong)})
        assert answer.status_code == 422, wrong
    owner_client.post(f"/planner/ideas/{idea.id}/edit/", data=PLAN | {"cluster": str(beans.id)})
    assert db.session.get_one(Idea, idea.id).cluster_id == beans.id


def test_the_second_of_two_people_is_told_what_the_first_saved(owner_client: FlaskClient, cluster: Cluster) -> None:
    idea = make_idea(cluster, "Brew better")
    address = f"/planner/ideas/{idea.id}/edit/"
    sent = stored_plan(idea) | {"etag": tag_of(owner_client.get(address).text)}
    assert owner_client.post(address, data=sent | {"title": "First"}).status_code == 303
    refused = owner_client.post(address, data=sent | {"title": "Second"})
    assert refused.status_code == 409
    assert '<dd class="theirs-words" dir="auto">First</dd>' in refused.text
    assert 'value="Second"' in refused.text
    again = sent | {"title": "Second", "etag": tag_of(refused.text)}
    assert owner_client.post(address, data=again).status_code == 303
    assert db.session.get_one(Idea, idea.id).title == "Second"


@pytest.mark.parametrize("has_task", [True, False])
def test_deleting_says_what_stays(owner_client: FlaskClient, cluster: Cluster, has_task: bool) -> None:
    idea = make_idea(cluster, task_id=make_task(cluster).id if has_task else None)
    address = f"/planner/ideas/{idea.id}/"
    words = "The task that was made of it stays." if has_task else "It cannot be brought back."
    page = owner_client.get(f"{address}edit/").text
    assert words in page
    assert ("Create task</button>" in page) is not has_task
    assert owner_client.post(f"{address}delete/").location == "/planner/ideas/"
    assert owner_client.get(f"{address}edit/").status_code == 404
