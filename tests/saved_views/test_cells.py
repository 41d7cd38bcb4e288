"""A cell of a list is changed in its row, taken back, and refused when somebody else was first."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Account
from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task, make_term

HTMX = {"HX-Request": "true"}
PAGES = {
    "content": "/content/",
    "keywords": "/planner/keywords/",
    "ideas": "/planner/ideas/",
    "tasks": "/writer/tasks/",
}
ROWS: dict[str, Callable[[Site, Cluster], Any]] = {
    "content": lambda site, cluster: make_content(site, "Row", cluster_id=cluster.id),
    "keywords": lambda site, cluster: make_keyword(site, "row", cluster_id=cluster.id),
    "ideas": lambda site, cluster: make_idea(cluster, "Row"),
    "tasks": lambda site, cluster: make_task(cluster, "Row"),
}


def opened(client: FlaskClient, address: str) -> str:
    """The etag that the editor at `address` was filled with."""
    page = client.get(address, headers=HTMX)
    assert page.status_code == 200
    return page.text.split('name="etag" value="')[1].split('"')[0]


def undo_of(answer: TestResponse) -> str:
    assert answer.status_code == 204
    return str(json.loads(answer.headers["HX-Trigger"])["toast"].get("undo", ""))


def put_into(client: FlaskClient, address: str, cluster: Cluster) -> str:
    """Put the row into a cluster; where that is undone."""
    data = {"etag": opened(client, address), "value": cluster.id}
    return undo_of(client.post(address, data=data, headers=HTMX))


@pytest.mark.parametrize("name", ROWS)
def test_what_somebody_else_has_changed_since_is_not_undone(owner_client: FlaskClient, site: Site, name: str) -> None:
    old, new, newer = (make_cluster(site, f"Cluster {number}") for number in range(3))
    row = ROWS[name](site, old)
    address = f"/lists/{name}/{row.id}/cluster/"
    first, second = put_into(owner_client, address, new), put_into(owner_client, address, newer)
    refused = owner_client.post(first, headers=HTMX)
    assert refused.status_code == 409
    assert "Somebody else changed this since: it is now" in refused.headers["HX-Trigger"]
    db.session.refresh(row)
    assert row.cluster_id == newer.id
    assert owner_client.post(second, headers=HTMX).status_code == 204
    db.session.refresh(row)
    assert row.cluster_id == new.id


@pytest.mark.parametrize("name", ["content", "keywords"])
def test_an_undo_is_that_of_its_row(owner_client: FlaskClient, site: Site, name: str) -> None:
    old, new = make_cluster(site, "Beans"), make_cluster(site, "Grinders")
    make = {"content": make_content, "keywords": make_keyword}[name]
    rows = [make(site, f"row {number}", cluster_id=old.id) for number in range(2)]
    address, other = (f"/lists/{name}/{row.id}/cluster/" for row in rows)
    state = put_into(owner_client, address, new).partition("key=")[2].partition(".")[0]
    theirs = put_into(owner_client, other, new).rpartition(".")[2]
    for key in (theirs, "x", "", str(2**80)):
        assert owner_client.post(f"{address}undo/?key={state}.{key}", headers=HTMX).status_code == 404
    db.session.expire_all()
    assert [row.cluster_id for row in rows] == [new.id, new.id]


@pytest.mark.parametrize("name", ROWS)
def test_the_cluster_of_a_row_is_changed_taken_back_and_refused_to_who_was_second(
    owner_client: FlaskClient, site: Site, name: str
) -> None:
    old, new = make_cluster(site, "Beans"), make_cluster(site, "Grinders")
    row = ROWS[name](site, old)
    address = f"/lists/{name}/{row.id}/cluster/"
    assert f'data-cell="/lists/{name}/0/cluster/"' in owner_client.get(PAGES[name]).text
    tag = opened(owner_client, address)
    saved = owner_client.post(address, data={"etag": tag, "value": new.id}, headers=HTMX)
    db.session.refresh(row)
    assert row.cluster_id == new.id
    late = owner_client.post(address, data={"etag": tag, "value": old.id}, headers=HTMX)
    assert late.status_code == 409
    assert "it is now “Grinders”" in late.text
    assert f'name="etag" value="{opened(owner_client, address)}"' in late.text
    elsewhere = make_cluster(make_site(db.session.get_one(Account, site.account_id)))
    data = {"etag": opened(owner_client, address), "value": elsewhere.id}
    refused = owner_client.post(address, data=data, headers=HTMX)
    assert refused.status_code == 422
    assert "site." in refused.text
    db.session.refresh(row)
    assert row.cluster_id == new.id
    assert owner_client.post(undo_of(saved), headers=HTMX).status_code == 204
    db.session.refresh(row)
    assert row.cluster_id == old.id


def test_terms_are_put_on_and_taken_off(owner_client: FlaskClient, site: Site) -> None:
    content, term = make_content(site, "Row"), make_term(site, "Drinks")
    address = f"/lists/content/{content.id}/taxonomies/"
    tag = opened(owner_client, address)
    undo = undo_of(owner_client.post(address, data={"etag": tag, "attach": term.id}, headers=HTMX))
    assert [one.id for one in db.session.get_one(Content, content.id, populate_existing=True).terms] == [term.id]
    assert owner_client.post(address, data={"etag": tag, "attach": term.id}, headers=HTMX).status_code == 409
    owner_client.post(undo, headers=HTMX)
    db.session.expire_all()
    assert content.terms == []
    page = make_content(site, "Page", content_type="Page")
    address = f"/lists/content/{page.id}/taxonomies/"
    data = {"etag": opened(owner_client, address), "attach": term.id}
    refused = owner_client.post(address, data=data, headers=HTMX)
    assert refused.status_code == 422
    assert "None of these can have the term “Drinks”" in refused.text


def test_a_task_gets_somebody_and_a_day_and_both_are_taken_back(
    owner_client: FlaskClient, owner: User, site: Site
) -> None:
    task = make_task(make_cluster(site), "Row")
    for column, value, field in (("assignee", owner.id, "assignee_id"), ("due", "2030-12-24", "due_on")):
        address = f"/lists/tasks/{task.id}/{column}/"
        data = {"etag": opened(owner_client, address), "value": value}
        undo = undo_of(owner_client.post(address, data=data, headers=HTMX))
        db.session.refresh(task)
        assert str(getattr(task, field)) == str(value)
        owner_client.post(undo, headers=HTMX)
        db.session.refresh(task)
        assert getattr(task, field) is None
    data = {"etag": opened(owner_client, address), "value": "never"}
    refused = owner_client.post(address, data=data, headers=HTMX)
    assert (refused.status_code, "A due date is a day" in refused.text) == (422, True)


def test_the_state_opens_what_changes_it(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Row")
    address = f"/lists/content/{content.id}/state/"
    assert 'hx-post="/content/publish/"' in owner_client.get(address, headers=HTMX).text
    assert owner_client.post(address, headers=HTMX).status_code == 404


def test_who_may_not_change_rows_sees_plain_text(account: Account, site: Site, sign_in: SignIn) -> None:
    row = make_content(site, "Row", cluster_id=make_cluster(site).id)
    viewer = sign_in(make_member(account, "viewer"))
    for page in PAGES.values():
        assert "data-cell" not in viewer.get(page).text
    for name in ("cluster", "taxonomies", "state"):
        assert viewer.get(f"/lists/content/{row.id}/{name}/", headers=HTMX).status_code == 403
        assert viewer.post(f"/lists/content/{row.id}/{name}/", headers=HTMX).status_code == 403


@pytest.mark.parametrize("path", ["content/0/cluster/", "content/1/title/", "clusters/1/cluster/", "nothing/1/x/"])
def test_what_is_not_there_has_no_cell(owner_client: FlaskClient, site: Site, path: str) -> None:
    make_content(site, "Row")
    for method in ("GET", "POST"):
        assert owner_client.open(f"/lists/{path}", method=method, headers=HTMX).status_code == 404
