"""One task by hand: all its fields, two people, the brief that goes with it, deleting."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.briefs.models import Brief
from app.writer.briefs.services import brief_of
from app.writer.models import Task
from app.writer.task_edits import stored_task
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_cluster, make_content, make_keyword, make_site, make_task


@pytest.fixture
def task(cluster: Cluster) -> Task:
    return make_task(cluster, "Brew better")


def address(task: Task) -> str:
    return f"/writer/tasks/{task.id}/edit/"


def tag_of(page: str) -> str:
    tag = re.search(r'name="etag" value="(\w+)"', page)
    assert tag
    return tag[1]


def test_every_field_is_saved_and_the_brief_follows(
    owner_client: FlaskClient, owner: User, site: Site, task: Task
) -> None:
    beans = make_cluster(site, "Beans")
    make_keyword(site, "arabica", cluster_id=beans.id, volume=10)
    brief_of(task)
    db.session.commit()
    sent = {
        "title": "Brew best",
        "primary_keyword": "arabica",
        "content_type": "Page",
        "content_structure": "Landing Page",
        "description": "For offices",
        "tone": "dry",
        "country": "de",
        "cluster": str(beans.id),
        "assignee": str(owner.id),
        "due_on": "2030-12-24",
        "note": "Ask Anna for pictures.",
    }
    answer = owner_client.post(address(task), data=sent)
    assert answer.status_code == 303
    stored = db.session.get_one(Task, task.id)
    assert stored_task(stored) == sent | {"country": "DE", "keywords": str(stored.keywords[0].id)}
    assert stored.due_on == date(2030, 12, 24)
    assert [keyword.keyword for keyword in stored.keywords] == ["arabica"]
    brief = db.session.scalars(select(Brief)).one()
    assert (brief.title, brief.primary_keyword, brief.country, brief.version) == ("Brew best", "arabica", "DE", 2)
    owner_client.post(address(task), data=sent | {"note": "Later"})
    assert db.session.scalars(select(Brief.version)).one() == 2  # nothing of the brief's was changed


def test_all_that_is_wrong_is_said_at_once_and_kept(owner_client: FlaskClient, account: Account, task: Task) -> None:
    neighbour = make_cluster(make_site(account))
    wrong = {"title": "", "due_on": "never", "assignee": "123456", "note": "n" * 2001, "tone": "warm"}
    answer = owner_client.post(address(task), data=stored_task(task) | wrong)
    assert answer.status_code == 422
    for words in ("A title has", "a day such as", "may write on this site", "2,000 characters"):
        assert words in answer.text
    assert 'value="warm"' in answer.text
    foreign = owner_client.post(address(task), data=stored_task(task) | {"cluster": str(neighbour.id)})
    assert (foreign.status_code, "not on this site" in foreign.text) == (422, True)
    assert db.session.get_one(Task, task.id).title == "Brew better"


def test_the_second_of_two_people_is_told_what_the_first_saved(
    owner_client: FlaskClient, owner: User, task: Task
) -> None:
    sent = stored_task(task) | {"etag": tag_of(owner_client.get(address(task)).text)}
    assert owner_client.post(address(task), data=sent | {"assignee": str(owner.id)}).status_code == 303
    refused = owner_client.post(address(task), data=sent | {"note": "Mine"})
    assert refused.status_code == 409
    assert f'<dd class="theirs-words" dir="auto">{owner.name}</dd>' in refused.text
    assert "Mine" in refused.text
    again = sent | {"note": "Mine", "assignee": str(owner.id), "etag": tag_of(refused.text)}
    assert owner_client.post(address(task), data=again).status_code == 303
    stored = db.session.get_one(Task, task.id)
    assert (stored.note, stored.assignee_id) == ("Mine", owner.id)


def test_a_task_is_made_with_assignee_and_due_date(owner_client: FlaskClient, owner: User, cluster: Cluster) -> None:
    plan = {"title": "T", "primary_keyword": "k", "content_type": "Article", "content_structure": "Guide"}
    more = {"cluster": str(cluster.id), "assignee": str(owner.id), "due_on": "2030-01-02", "note": "n"}
    assert owner_client.post("/writer/tasks/new/", data=plan | more).status_code == 303
    made = db.session.scalars(select(Task)).one()
    assert (made.assignee_id, made.due_on, made.note) == (owner.id, date(2030, 1, 2), "n")


@pytest.mark.parametrize("written", [True, False])
def test_deleting_says_what_becomes_of_a_draft(
    owner_client: FlaskClient, site: Site, task: Task, written: bool
) -> None:
    if written:
        make_content(site, task_id=task.id)
    page = owner_client.get(address(task)).text
    assert ("Its draft stays." in page, "Its brief goes with it." in page) == (written, not written)
    place = address(task)
    assert owner_client.post(place.replace("edit", "delete")).location == "/writer/tasks/"
    assert owner_client.get(place).status_code == 404


def test_a_viewer_reads_and_is_offered_nothing(account: Account, sign_in: SignIn, task: Task) -> None:
    page = sign_in(make_member(account, "viewer")).get(address(task)).text
    assert '<fieldset class="plain-fieldset form-stack" disabled>' in page
    assert "/delete/" not in page
