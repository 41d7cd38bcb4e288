"""The site switcher does not contradict the page."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.batches.services import start_batch
from app.publishing.schedule import services as schedule
from app.sites.models import Site
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
