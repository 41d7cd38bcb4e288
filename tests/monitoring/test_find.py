"""Finding pages, actions, contents and clusters from anywhere."""

from flask.testing import FlaskClient

from app.accounts.models import Account
from app.sites.models import Site
from tests.factories.things import make_cluster, make_content, make_site

HTMX = {"HX-Request": "true"}


def test_titles_of_all_sites_and_clusters_are_found(
    owner_client: FlaskClient, stranger_client: FlaskClient, account: Account, site: Site
) -> None:
    here, there = make_content(site, "Cold brew at home"), make_content(make_site(account), "Cold brew abroad")
    cluster = make_cluster(site, "Cold brew")
    found = owner_client.get("/find/?q=cold+brew", headers=HTMX).text
    for address in (f"/content/{here.id}/edit/", f"/content/{there.id}/edit/", f"/planner/clusters/{cluster.id}/"):
        assert address in found
    assert "<html" not in found
    assert "Cold brew at home" not in stranger_client.get("/find/?q=cold+brew", headers=HTMX).text
    assert "Nothing is called “&lt;b&gt;”" in owner_client.get("/find/?q=<b>", headers=HTMX).text


def test_pages_and_actions_are_offered_to_who_may_use_them(
    owner_client: FlaskClient, viewer_client: FlaskClient, site: Site
) -> None:
    assert "/planner/keywords/import/" in owner_client.get("/find/?q=import", headers=HTMX).text
    assert "/planner/keywords/import/" not in viewer_client.get("/find/?q=import", headers=HTMX).text
    assert "/calendar/" in viewer_client.get("/find/?q=calen", headers=HTMX).text
    assert "<html" in viewer_client.get("/find/").text


def test_it_is_found_without_a_site(owner_client: FlaskClient) -> None:
    assert "/sites/new/" in owner_client.get("/find/?q=add+site", headers=HTMX).text
