"""The site switcher does not contradict the page."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.publishing.batches.services import start_batch
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_content, make_idea, make_site, make_task


def chosen(page: str) -> str:
    found = re.search(r'aria-label="Site: ([^"]*)\. Switch site"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("page", ["edit", "preview", "check", "drift"])
def test_a_page_about_content_is_of_its_site(
    owner_client: FlaskClient, account: Account, site: Site, page: str
) -> None:
    other = make_site(account, name="Other")
    content = make_content(other)
    assert chosen(owner_client.get(f"/content/?site={site.id}").text) == site.name
    address = f"/content/{content.id}/{page}/"
    owner_client.get(address, headers={"HX-Request": "true"})
    assert chosen(owner_client.get("/content/").text) == site.name
    shown = owner_client.get(address).text
    assert chosen(shown) == "Other"
    assert f'href="/content/?site={site.id}"' in shown
    assert chosen(owner_client.get("/content/").text) == "Other"
    assert chosen(owner_client.get(f"/content/?site={site.id}").text) == site.name


def test_the_settings_of_a_site_are_of_that_site(owner_client: FlaskClient, account: Account, site: Site) -> None:
    other = make_site(account, name="Other")
    assert chosen(owner_client.get(f"/sites/{other.id}/settings/").text) == "Other"
    assert chosen(owner_client.get(f"/sites/{site.id}/settings/").text) == site.name


def test_a_page_of_any_row_is_of_its_site_and_another_site_leads_to_its_list(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    other = make_site(account, name="Other")
    cluster = make_cluster(other)
    idea, task, content = make_idea(cluster), make_task(cluster), make_content(other)
    run = Run(account_id=account.id, kind="t", title="x", job="jobs.none", state="failed", site_id=other.id)
    db.session.add(run)
    db.session.commit()
    later = schedule.schedule(account.id, [make_content(other).id], utcnow() + timedelta(days=2), THE_APP)[0]
    db.session.commit()
    lists = {
        f"/calendar/{later.id}/move/": "/calendar/",
        f"/planner/clusters/{cluster.id}/": "/planner/clusters/",
        f"/planner/ideas/{idea.id}/edit/": "/planner/ideas/",
        f"/writer/tasks/{task.id}/brief/": "/writer/tasks/",
        f"/writer/contents/{content.id}/versions/": "/content/",
        f"/writer/contents/{content.id}/checks/": "/content/",
        f"/runs/{run.id}/": "/dashboard/",
    }
    for address, list_address in lists.items():
        owner_client.get(f"/content/?site={site.id}")
        page = owner_client.get(address).text
        assert (chosen(page), f'href="{list_address}?site={site.id}"' in page) == ("Other", True), address


def test_a_page_of_many_sites_and_a_refused_form_lead_to_a_list_too(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    other = make_site(account, name="Other")
    batch = start_batch(account.id, [make_content(site).id, make_content(other).id], THE_APP)
    db.session.commit()
    address = f"/publishing/batches/{batch.id}/"
    leads_to = re.findall(rf'href="([^"]*)\?site={other.id}"', owner_client.get(address).text)
    assert leads_to
    assert all(href.startswith("/") and href != address for href in leads_to)
    refused = owner_client.post(f"/planner/ideas/{make_idea(make_cluster(site)).id}/edit/", data={"title": ""})
    assert (refused.status_code, f'href="/planner/ideas/?site={other.id}"' in refused.text) == (422, True)


def _two_tabs(client: FlaskClient, account: Account) -> tuple[Site, Site]:
    """Two sites; another tab has chosen the second since."""
    shown, other = make_site(account, url="https://shown.test"), make_site(account, url="https://other.test")
    assert client.get(f"/planner/clusters/?site={other.id}").status_code == 200
    return shown, other


NEW_CLUSTER = {"name": "Moka pots", "csrf_token": ""}


def test_a_form_is_for_the_site_that_its_page_showed(owner_client: FlaskClient, account: Account) -> None:
    shown, other = _two_tabs(owner_client, account)
    answer = owner_client.post("/planner/clusters/new/", data={**NEW_CLUSTER, "for_site": str(shown.id)})
    assert answer.status_code == 303
    assert db.session.scalars(select(Cluster.site_id)).one() == shown.id
    page = owner_client.get("/planner/clusters/").text  # the other tab's choice stays
    assert f'<meta name="site" content="{other.id}">' in page


def test_what_scripts_send_is_for_the_site_that_the_page_showed(owner_client: FlaskClient, account: Account) -> None:
    shown, _ = _two_tabs(owner_client, account)
    headers = {"HX-Request": "true", "X-Site": str(shown.id)}
    assert owner_client.post("/planner/clusters/new/", data=NEW_CLUSTER, headers=headers).status_code < 400
    assert db.session.scalars(select(Cluster.site_id)).one() == shown.id
    make_cluster(shown, "Only here")
    assert "Only here" in owner_client.get("/planner/clusters/", headers=headers).text


@pytest.mark.parametrize("way", ["address", "form", "header"])
def test_a_form_for_a_site_that_one_may_not_see_is_refused(
    owner_client: FlaskClient, account: Account, stranger_client: FlaskClient, way: str
) -> None:
    _two_tabs(owner_client, account)
    foreign = str(make_site(make_account("Others"), url="https://foreign.test").id)
    query = f"?site={foreign}" if way == "address" else ""
    form = {**NEW_CLUSTER, **({"for_site": foreign} if way == "form" else {})}
    headers = {"X-Site": foreign} if way == "header" else {}
    answer = owner_client.post(f"/planner/clusters/new/{query}", data=form, headers=headers)
    assert answer.status_code == 404
    assert "Nothing was done" in unescape(answer.text)
    assert db.session.scalars(select(Cluster.id)).all() == []


def test_every_form_of_a_page_says_which_site_it_is_for(owner_client: FlaskClient, site: Site) -> None:
    page = owner_client.get("/planner/clusters/new/").text
    forms = page.count('name="csrf_token"')
    assert forms > 0
    assert page.count(f'name="for_site" value="{site.id}"') == forms
