"""Rows of a page, density and columns of a list, kept for each person."""

import re

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core import features
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.arrangement import arranged_columns, column_names, optional_columns
from app.planner.models import SearchPerformance
from app.sites.models import Site
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task

LISTS = ("content", "keywords", "clusters", "ideas", "tasks")
PAGES = {
    "content": "/content/",
    "keywords": "/planner/keywords/",
    "clusters": "/planner/clusters/",
    "ideas": "/planner/ideas/",
    "tasks": "/writer/tasks/",
}


@pytest.fixture
def full(site: Site) -> Site:
    """A site with 26 rows in each list, one more than a short page has."""
    for n in range(26):
        cluster = make_cluster(site)
        make_content(site)
        make_keyword(site, f"word {n}")
        make_idea(cluster)
        make_task(cluster)
    return site


def rows_of(client: FlaskClient, name: str, query: str = "") -> int:
    return client.get(PAGES[name] + query).text.count('aria-label="Select"')


@pytest.mark.parametrize("name", LISTS)
def test_rows_of_a_page_and_density_are_kept_for_the_person_and_the_list(
    owner_client: FlaskClient, full: Site, account: Account, sign_in: SignIn, name: str
) -> None:
    colleague = sign_in(make_member(account, "editor"))
    assert rows_of(owner_client, name) == 26
    answer = owner_client.post(f"/lists/{name}/display/", data={"per_page": "25", "query": "sort=title&page=2&after=x"})
    assert answer.status_code == 303
    assert answer.location == f"{PAGES[name]}?sort=title"
    owner_client.post(f"/lists/{name}/display/", data={"density": "compact"})
    page = owner_client.get(PAGES[name]).text
    assert page.count('aria-label="Select"') == 25
    assert 'data-density="compact"' in page
    assert rows_of(owner_client, name, "?page=2") == 1
    assert rows_of(colleague, name) == 26
    assert [rows_of(owner_client, other) for other in LISTS if other != name] == [26] * 4


@pytest.mark.parametrize("name", LISTS)
def test_cells_stand_under_the_heads_of_their_columns_in_any_order(
    owner_client: FlaskClient, site: Site, name: str
) -> None:
    cluster = make_cluster(site, "Beans", description="About beans")
    keyword = make_keyword(site, "arabica", cluster_id=cluster.id, country="US", intent="local")
    owned = {"account_id": site.account_id, "site_id": site.id}
    db.session.add(SearchPerformance(**owned, keyword_id=keyword.id, clicks=1, impressions=9, measured_at=utcnow()))
    make_idea(cluster, "An idea")
    make_task(cluster, "A task")
    make_content(site, "A text", cluster_id=cluster.id, external_url="https://x.example/a", slug="a-text")
    kind = features.lists()[name]
    for names in ([column.name for column in optional_columns(kind.spec)][::-1], [kind.spec.columns[0].name]):
        path = f"{PAGES[name]}?columns={','.join(names)}"
        page = owner_client.get(path, headers={"HX-Request": "true"}).text
        head, body = (
            re.split(r"<thead[^>]*>", page)[1].split("</thead>")[0],
            page.split("<tbody")[1].split("</tbody>")[0],
        )
        shown = arranged_columns(kind.spec, names)
        assert len(re.findall(r"<th\b", head)) == len(shown) + 1
        of_scripts = int(name == "content")  # the cell of what can be done, made of the template of the page
        assert len(re.findall(r"<td\b", body)) == len(shown) + 1 - of_scripts
        labels = [column.label for column in shown if not column.hidden]
        assert re.findall(rf">({'|'.join(labels)})(?=<)", head) == labels


@pytest.mark.parametrize("nonsense", ["", "7", "-25", "1000000", "\0", "25.0"])
def test_what_no_page_has_is_not_kept(owner_client: FlaskClient, full: Site, nonsense: str) -> None:
    owner_client.post("/lists/keywords/display/", data={"per_page": nonsense, "density": nonsense})
    page = owner_client.get("/planner/keywords/").text
    assert page.count('aria-label="Select"') == 26
    assert 'data-density="comfortable"' in page


def test_a_list_that_there_is_not_is_not_found(owner_client: FlaskClient, site: Site) -> None:
    assert owner_client.post("/lists/nothing/display/", data={"per_page": "25"}).status_code == 404
    assert owner_client.get("/lists/nothing/columns/").status_code == 404


def test_the_title_comes_first_and_the_buttons_last_whatever_is_chosen() -> None:
    spec = features.lists()["content"].spec
    assert column_names(arranged_columns(spec, ["url", "nothing", "type", "url"])) == ["title", "url", "type"]
    assert arranged_columns(spec, ["url"])[-1].label == "Actions"
    assert column_names(arranged_columns(spec, ["title"])) == ["title"]
    usual = column_names(arranged_columns(spec, []))
    assert usual == column_names(arranged_columns(spec, ["nothing"]))
    assert "created" not in usual


def test_every_list_knows_what_each_of_its_columns_says() -> None:
    kinds = features.lists()
    assert set(kinds) == {*LISTS, "scores", "link_pages"}
    for kind in kinds.values():
        assert [column.label for column in kind.spec.columns if not column.hidden and column.value is None] == []
        names = [column.name for column in kind.spec.columns]
        assert len(set(names)) == len(names)
        assert all("," not in name for name in names)
