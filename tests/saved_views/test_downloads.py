"""A list as CSV: every row that matches, the columns that show, in their order."""

import csv
from io import StringIO

import pytest
from flask.testing import FlaskClient

from app.accounts import modules
from app.accounts.models import Account
from app.core.extensions import db
from app.saved_views import downloads
from app.sites.models import Site
from tests.factories.people import NOBODY
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task, make_term


def table(client: FlaskClient, name: str, query: str = "") -> list[list[str]]:
    answer = client.get(f"/lists/{name}/export.csv{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(StringIO(answer.text[1:])))


def test_all_that_match_comes_in_the_order_of_the_list_a_batch_at_a_time(
    owner_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE", 2)
    for n in range(5):
        make_keyword(site, f"word {n}", volume=n if n < 4 else None, intent="local")
    make_keyword(site, "other", volume=9)
    rows = table(owner_client, "keywords", "?intent=local&sort=-volume&columns=volume,country&page=2&per_page=25")
    assert rows == [
        ["Keyword", "Volume", "Country"],
        *(["word 3", "3", ""], ["word 2", "2", ""], ["word 1", "1", ""], ["word 0", "0", ""], ["word 4", "", ""]),
    ]


def test_what_a_spreadsheet_would_run_is_text(owner_client: FlaskClient, site: Site) -> None:
    make_content(site, "=HYPERLINK(1)", cluster_id=make_cluster(site, "@sum").id)
    rows = table(owner_client, "content", "?columns=cluster")
    assert rows[1] == ["'=HYPERLINK(1)", "'@sum"]


def test_each_list_says_each_of_its_columns(owner_client: FlaskClient, site: Site) -> None:
    cluster = make_cluster(site, "Beans", description="About beans")
    make_keyword(site, "arabica", cluster_id=cluster.id, volume=10, cpc=0.5, country="US", intent="local")
    make_idea(cluster, "An idea")
    make_task(cluster, "A task")
    content = make_content(site, "A text", cluster_id=cluster.id)
    content.terms = [make_term(site, "News"), make_term(site, "Coffee")]
    db.session.commit()
    assert table(owner_client, "keywords")[1][:5] == ["arabica", "Beans", "10", "", "0.50"]
    assert table(owner_client, "clusters", "?columns=keywords,description")[1] == ["Beans", "1", "About beans"]
    assert table(owner_client, "ideas")[1] == ["An idea", "Beans", "Article", "Guide", "cold brew", "Open"]
    assert table(owner_client, "tasks")[1] == ["A task", "Beans", "Article", "cold brew", "", "", "Queued"]
    shown = table(owner_client, "content", "?columns=taxonomies,state,published,created")[1]
    assert shown[:4] == ["A text", "Coffee, News", "Draft", ""]
    assert shown[4].endswith("Z")


def test_a_list_of_all_sites_says_of_which_site_each_row_is(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    other = make_site(account, name="Other")
    make_content(site, "Here")
    make_content(other, "There")
    rows = table(owner_client, "content", "?sites=all&sort=title&columns=title")
    assert rows == [["Site", "Title"], [site.name, "Here"], ["Other", "There"]]
    assert len(table(owner_client, "content", f"?site={site.id}")) == 2


def test_the_file_is_named_after_the_list_and_the_view(owner_client: FlaskClient, site: Site) -> None:
    location = owner_client.post("/lists/content/views/", data={"name": "Ärger; “now”"}).location
    view_id = location.partition("view=")[2]
    answer = owner_client.get(f"/lists/content/export.csv?view={view_id}")
    assert "content-rger-now-" in answer.headers["Content-Disposition"]


def test_a_list_of_a_module_that_is_off_is_not_there(owner_client: FlaskClient, site: Site) -> None:
    modules.switch(site.account_id, NOBODY, "planner", False)
    db.session.commit()
    assert owner_client.get("/lists/keywords/export.csv").status_code == 404
    assert owner_client.get("/lists/content/export.csv").status_code == 200
