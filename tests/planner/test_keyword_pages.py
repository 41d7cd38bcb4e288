"""The keyword list: filters, sorting, paging, deleting, moving."""

from base64 import urlsafe_b64encode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.extensions import db
from app.planner.lists import KEYWORD_LIST
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_keyword, make_sector, make_site


@pytest.fixture
def words(site: Site) -> dict[str, Keyword]:
    """A handful of keywords with different figures."""
    sector = make_sector(site)
    beans = make_cluster(site, "Beans")
    return {
        "moka pot": make_keyword(site, "moka pot", volume=22000, difficulty=12, intent="commercial", country="US"),
        "cold brew": make_keyword(site, "cold brew", volume=900, difficulty=55, intent="informational", country="DE"),
        "coffee beans": make_keyword(site, "coffee beans", volume=50, cluster_id=beans.id, sector_id=sector.id),
        "日本 旅行": make_keyword(site, "日本 旅行"),
    }


def shown(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"/planner/keywords/{query}", headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    texts = ["moka pot", "cold brew", "coffee beans", "日本 旅行"]
    found = [text for text in texts if f'/">{text}</a>' in answer.text]
    return sorted(found, key=lambda text: answer.text.index(f'/">{text}</a>'))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["moka pot", "cold brew", "coffee beans", "日本 旅行"]),
        ("?sort=keyword", ["coffee beans", "cold brew", "moka pot", "日本 旅行"]),
        ("?sort=-difficulty", ["cold brew", "moka pot", "coffee beans", "日本 旅行"]),
        ("?sort=nonsense", ["moka pot", "cold brew", "coffee beans", "日本 旅行"]),
        ("?q=brew", ["cold brew"]),
        ("?q=POT+mok", ["moka pot"]),
        ("?q=旅行", ["日本 旅行"]),
        ("?q=%25", []),
        ("?volume=100-999", ["cold brew"]),
        ("?volume=10000-", ["moka pot"]),
        ("?volume=-99", ["coffee beans"]),
        ("?difficulty=0-29", ["moka pot"]),
        ("?intent=informational", ["cold brew"]),
        ("?country=us", ["moka pot"]),
        ("?cluster=none", ["moka pot", "cold brew", "日本 旅行"]),
        ("?sector=999999", []),
    ],
)
def test_filters_and_sorting_live_in_the_address(
    owner_client: FlaskClient, words: dict[str, Keyword], query: str, expected: list[str]
) -> None:
    assert shown(owner_client, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("c++", ["c++ tutorial"]),
        ("tutorial c++", ["c++ tutorial"]),
        ("c#", ["c# course"]),
        ("c", ["c tutorial", "c# course", "c++ tutorial", "cats 50% off"]),
        ("node.js", ["best node.js books"]),
        (".net", ["asp .net"]),
        ("at&t", ["at&t plans"]),
        ("50%", ["cats 50% off"]),
        ("2.5", ["jack 2.5 mm"]),
        ("5_", []),
        ('"tutorial", c', ["c tutorial", "c++ tutorial"]),
    ],
)
def test_signs_in_a_search_count(site: Site, query: str, expected: list[str]) -> None:
    texts = ["c++ tutorial", "c tutorial", "c# course", "best node.js books", "asp .net", "net prices"]
    for text in [*texts, "at&t plans", "at t plans", "cats 50% off", "jack 2.5 mm", "jack 25 mm"]:
        make_keyword(site, text)
    where = KEYWORD_LIST.where(site.account_id, site.id, KEYWORD_LIST.read({"q": query}))
    found = db.session.scalars(select(Keyword.keyword).where(*where))
    assert sorted(found) == expected


def test_odd_parameters_do_no_harm(owner_client: FlaskClient, words: dict[str, Keyword]) -> None:
    for query in (
        "?q=' %26 !:*",
        "?q=%00",
        "?page=99999999999",
        "?page=x",
        "?volume=x-y",
        "?cluster=99999999999999999999",
        "?q=" + "a" * 5000,
        "?sector=-1",
        "?difficulty=-",
        "?run=nonsense",
    ):
        assert owner_client.get(f"/planner/keywords/{query}").status_code == 200, query


@pytest.mark.parametrize("value", ["5000000000", "-1", '"x"', "1.5", "[]", "true", '"1e999"'])
@pytest.mark.parametrize("sort", ["volume", "-cpc", "keyword", "-cluster", "added"])
def test_a_place_with_an_odd_value_does_no_harm(
    owner_client: FlaskClient, words: dict[str, Keyword], value: str, sort: str
) -> None:
    place = urlsafe_b64encode(f"[{value},1]".encode()).decode().rstrip("=")
    for name in ("after", "before"):
        assert owner_client.get(f"/planner/keywords/?sort={sort}&{name}={place}").status_code == 200


def test_a_long_list_has_pages(owner_client: FlaskClient, account: Account, site: Site) -> None:
    rows = [
        {"account_id": account.id, "site_id": site.id, "keyword": f"word {n:03}", "normalised": f"word {n:03}"}
        for n in range(120)
    ]
    db.session.execute(db.insert(Keyword), rows)
    db.session.commit()
    second = owner_client.get("/planner/keywords/?sort=keyword&page=2").text
    assert "word 050" in second
    assert "word 049" not in second
    assert "51–100 of 120 keywords" in second


def test_deletes_the_selected_ones_alone(owner_client: FlaskClient, words: dict[str, Keyword]) -> None:
    answer = owner_client.post("/planner/keywords/delete/", data={"ids": [words["moka pot"].id]})
    assert answer.status_code == 303
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 3


def test_deletes_all_that_match_the_filter(owner_client: FlaskClient, words: dict[str, Keyword]) -> None:
    owner_client.post("/planner/keywords/delete/", data={"all_matching": "1", "filter": "cluster=none&page=2"})
    assert db.session.scalars(select(Keyword.keyword)).all() == ["coffee beans"]


def test_nothing_selected_gets_a_sentence(owner_client: FlaskClient, words: dict[str, Keyword]) -> None:
    answer = owner_client.post("/planner/keywords/delete/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "No keyword is selected" in answer.headers["HX-Trigger"]
    assert db.session.scalar(select(func.count()).select_from(Keyword)) == 4


def test_moves_keywords_to_a_new_cluster_and_out_again(
    owner_client: FlaskClient, words: dict[str, Keyword], site: Site
) -> None:
    ids = [words["moka pot"].id, words["cold brew"].id]
    owner_client.post("/planner/keywords/move/", data={"ids": ids, "target": "new", "new_name": "  Brewing "})
    cluster = db.session.scalars(select(Cluster).where(Cluster.name == "Brewing")).one()
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id == cluster.id)) == 2
    owner_client.post("/planner/keywords/move/", data={"ids": ids[:1], "target": "none"})
    assert db.session.scalar(select(func.count()).where(Keyword.cluster_id == cluster.id)) == 1


def test_a_taken_or_missing_name_gets_a_sentence(owner_client: FlaskClient, words: dict[str, Keyword]) -> None:
    ids = [words["moka pot"].id]
    taken = {"target": "new", "new_name": "BEANS"}
    for data, status in ((taken, 409), ({"target": "new"}, 422), ({"target": "x"}, 422)):
        assert owner_client.post("/planner/keywords/move/", data={"ids": ids, **data}).status_code == status


def test_rows_of_others_cannot_be_touched(owner_client: FlaskClient, site: Site) -> None:
    elsewhere = make_site(make_account("Elsewhere"))
    theirs, cluster = make_keyword(elsewhere, "theirs"), make_cluster(elsewhere)
    mine = make_keyword(site, "mine")
    owner_client.post("/planner/keywords/delete/", data={"ids": [theirs.id]})
    assert db.session.get(Keyword, theirs.id) is not None
    answer = owner_client.post("/planner/keywords/move/", data={"ids": [mine.id], "target": str(cluster.id)})
    assert answer.status_code == 404
    other_site = make_cluster(make_site(db.session.get_one(Account, site.account_id)))
    answer = owner_client.post("/planner/keywords/move/", data={"ids": [mine.id], "target": str(other_site.id)})
    assert answer.status_code == 422


def test_a_viewer_reads_and_changes_nothing(viewer_client: FlaskClient, words: dict[str, Keyword]) -> None:
    page = viewer_client.get("/planner/keywords/").text
    assert "moka pot" in page
    for word in ("Import keywords", "Cluster keywords", 'aria-label="Select"', "Delete"):
        assert word not in page
    ids = [words["moka pot"].id]
    for action in ("cluster", "delete", "move"):
        assert viewer_client.post(f"/planner/keywords/{action}/", data={"ids": ids}).status_code == 403
    assert viewer_client.get("/planner/keywords/import/").status_code == 403
    assert viewer_client.post("/planner/keywords/import/", data={"keywords": "x"}).status_code == 403


def test_without_a_site_the_page_says_so(owner_client: FlaskClient) -> None:
    for page in ("keywords", "clusters", "ideas"):
        assert "Start with a site" in owner_client.get(f"/planner/{page}/").text
    assert owner_client.post("/planner/keywords/cluster/").status_code == 422


@pytest.mark.parametrize("page", ["keywords", "clusters"])
def test_the_count_above_the_table_comes_along_when_the_table_reloads(
    owner_client: FlaskClient, site: Site, page: str
) -> None:
    make_keyword(site)
    make_cluster(site)
    address = f"/planner/{page}/"
    whole, part = owner_client.get(address).text, owner_client.get(address, headers={"HX-Request": "true"}).text
    for html in (whole, part):
        assert html.count('id="page-sub"') == html.count('id="all-unclustered"') == 1
        assert "1 keyword not in a cluster" in html
    assert 'id="page-sub" hx-swap-oob="true"' in part
    assert "hx-swap-oob" not in whole


@pytest.mark.parametrize("page", ["keywords", "clusters"])
def test_the_button_that_takes_all_when_none_is_selected_says_how_many(
    owner_client: FlaskClient, site: Site, page: str
) -> None:
    for number in range(12):
        make_keyword(site, f"word {number}")
    placed = make_keyword(site, "placed")
    placed.cluster_id = make_cluster(site).id
    db.session.commit()
    for headers in ({}, {"HX-Request": "true"}):
        assert ">(all 12)</span>" in owner_client.get(f"/planner/{page}/?q=placed", headers=headers).text
