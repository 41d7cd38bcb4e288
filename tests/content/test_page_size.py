"""Lists send what is in their rows: menus, dialogs and long lists of choices come when somebody opens them."""

import pytest
from flask.testing import FlaskClient

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.planner.models import Cluster, Idea, Keyword
from app.publishing.services import start_publishes
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.things import make_cluster, make_content, make_term

LONG = "A title as long as titles are, of sixty letters and some, number"


def fill(site: Site, rows: int) -> None:
    owner = {"account_id": site.account_id, "site_id": site.id}
    clusters = [Cluster(**owner, name=f"A cluster with a name of some length {number}") for number in range(120)]
    db.session.add_all(clusters)
    db.session.flush()
    for number in range(rows):
        text, place = f"{LONG} {number}", clusters[number].id
        address = f"https://example.com/{LONG.lower().replace(' ', '-')}-{number}"
        kind = {"content_type": "Article", "content_structure": "Guide", "remote_status": "publish"}
        place_in_wordpress = {"external_id": number + 1, "external_url": address}
        db.session.add(Content(**owner, title=text, cluster_id=place, status="published", **kind, **place_in_wordpress))
        planned = {"content_type": "Article", "content_structure": "Guide", "primary_keyword": "cold brew coffee"}
        db.session.add(Idea(**owner, **planned, title=text, normalised_title=text, cluster_id=place))
        db.session.add(Task(**owner, **planned, title=text, cluster_id=place))
        db.session.add(Keyword(**owner, keyword=text, normalised=text, cluster_id=place, volume=number, country="US"))
    db.session.commit()


LISTS = ("/content/", "/planner/keywords/", "/planner/clusters/", "/planner/ideas/", "/writer/tasks/")
MOST = 60_000  # bytes of a page of fifty rows before compression


@pytest.mark.parametrize("address", LISTS)
def test_a_page_of_fifty_rows_is_small(owner_client: FlaskClient, site: Site, address: str) -> None:
    fill(site, 50)
    page = owner_client.get(address)
    assert page.text.count('aria-label="Select"') == 50
    assert len(page.data) <= MOST
    assert len(owner_client.get(address, headers={"Accept-Encoding": "br"}).data) < 16_000


@pytest.mark.parametrize(
    ("address", "parameter"),
    [("/content/", "cluster"), ("/planner/keywords/", "cluster"), ("/planner/ideas/", "cluster")],
)
def test_of_many_clusters_the_chosen_one_is_sent_and_all_are_fetched(
    owner_client: FlaskClient, site: Site, address: str, parameter: str
) -> None:
    fill(site, 1)
    last = make_cluster(site, "Zebra")
    page = owner_client.get(f"{address}?{parameter}={last.id}").text
    assert f'<option value="{last.id}" selected>Zebra</option>' in page
    assert page.count("A cluster with a name of some length 7<") <= 2  # in the rows
    rest = page.split('data-rest="', 1)[1].split('"', 1)[0]
    assert owner_client.get(rest).text.count("<option") == 121


def test_of_few_terms_all_are_sent_and_of_many_the_chosen_one(owner_client: FlaskClient, site: Site) -> None:
    make_content(site)
    terms = [make_term(site, f"Term {number}") for number in range(3)]
    for address in ("/content/", "/content/batch/attach-term/", "/content/batch/detach-term/"):
        assert owner_client.get(address).text.count(">Term 1 · Category<") == 1
    assert owner_client.get("/content/batch/delete/").status_code == 404
    terms += [make_term(site, f"Term {number}") for number in range(100, 152)]
    page = owner_client.get(f"/content/?term={terms[-1].id}").text
    assert page.count("Term 1 · ") == 0
    assert f'value="{terms[-1].id}" selected' in page
    assert owner_client.get("/content/choices/terms/").text.count("<option") == 55


@pytest.mark.parametrize(("publishing", "count"), [(False, 1), (True, 0)])
def test_the_menu_of_a_row_has_what_can_be_done_with_it(
    owner_client: FlaskClient, site: Site, publishing: bool, count: int
) -> None:
    content = make_content(site, external_url="https://example.com/a", external_id=3)
    if publishing:
        start_publishes(site.account_id, [content.id], THE_APP)
        db.session.commit()
    panel = owner_client.get(f"/content/{content.id}/menu/").text
    assert panel.count(f'action="/content/{content.id}/verify/"') == count
    assert panel.count('action="/content/publish/"') == count
    assert f'href="/content/{content.id}/edit/"' in panel
