"""The stamp of a page: the same as long as it shows the same, another one when a row was written, came or went."""

from html import unescape

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.extensions import db
from app.core.listing.pages import fetch_page, page_stamp
from app.planner.lists import CLUSTER_LIST, KEYWORD_LIST
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.things import make_cluster, make_keyword, make_site

WORDS = ("kettle", "cup mug", "cup tea")


@pytest.fixture
def keywords(site: Site) -> list[Keyword]:
    return [make_keyword(site, word, volume=10) for word in WORDS]


def stamp_of(site: Site, **values: str) -> str:
    query = KEYWORD_LIST.read(values)
    conditions = KEYWORD_LIST.where(site.account_id, site.id, query)
    stamp = page_stamp(KEYWORD_LIST, query, conditions)
    assert stamp == fetch_page(KEYWORD_LIST, query, db.select(Keyword).where(*conditions)).stamp
    return stamp


@pytest.mark.parametrize("values", [{}, {"sort": "cluster"}, {"q": "cup"}, {"page": "last"}, {"cluster": "none"}])
def test_it_is_another_one_when_a_row_is_written_comes_or_goes(
    site: Site, keywords: list[Keyword], values: dict[str, str]
) -> None:
    stamps = [stamp_of(site, **values)]
    assert stamp_of(site, **values) == stamps[0]
    keywords[1].difficulty = 7
    db.session.commit()
    stamps.append(stamp_of(site, **values))
    keywords.append(make_keyword(site, "cup urn"))
    db.session.commit()
    stamps.append(stamp_of(site, **values))
    db.session.delete(keywords[2])
    db.session.commit()
    stamps.append(stamp_of(site, **values))
    assert len(set(stamps)) == 4


def test_what_is_not_among_the_rows_changes_nothing(site: Site, keywords: list[Keyword]) -> None:
    stamp = stamp_of(site, q="kettle")
    keywords[1].difficulty = 7
    db.session.commit()
    assert stamp_of(site, q="kettle") == stamp
    assert stamp_of(site) != stamp


def test_figures_of_a_cluster_are_among_what_it_shows(site: Site) -> None:
    cluster = make_cluster(site)
    db.session.commit()

    def stamp() -> str:
        query = CLUSTER_LIST.read({})
        return page_stamp(CLUSTER_LIST, query, CLUSTER_LIST.where(site.account_id, site.id, query))

    before = stamp()
    make_keyword(site, "kettle", cluster_id=cluster.id)
    db.session.commit()
    assert stamp() != before


@pytest.mark.parametrize(
    ("name", "address"), [("keywords", "/planner/keywords/"), ("clusters", "/planner/clusters/?sort=name")]
)
def test_the_page_asks_by_its_stamp_and_is_told(
    owner_client: FlaskClient, site: Site, keywords: list[Keyword], name: str, address: str
) -> None:
    keywords[0].cluster_id = make_cluster(site).id
    db.session.commit()
    ask = unescape(owner_client.get(address).text.split(f'hx-get="/lists/{name}/moved/', 1)[1].split('"', 1)[0])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{address}"}
    same = owner_client.get(f"/lists/{name}/moved/{ask}", headers=headers)
    assert (same.status_code, same.headers.get("HX-Trigger")) == (204, None)
    keywords[0].volume = 99
    db.session.commit()
    moved = owner_client.get(f"/lists/{name}/moved/{ask}", headers=headers)
    assert (moved.status_code, moved.headers.get("HX-Trigger")) == (204, "listMoved")


def test_the_list_of_a_site_chosen_in_another_tab_does_not_come_in_its_place(
    owner_client: FlaskClient, account: Account, site: Site, keywords: list[Keyword]
) -> None:
    page = owner_client.get("/planner/keywords/").text
    ask = unescape(page.split('hx-get="/lists/keywords/moved/', 1)[1].split('"', 1)[0])
    other = make_site(account, name="Other")
    owner_client.get(f"/planner/keywords/?site={other.id}")
    answer = owner_client.get(f"/lists/keywords/moved/{ask}", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers.get("HX-Trigger")) == (204, None)
