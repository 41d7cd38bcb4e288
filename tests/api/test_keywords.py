"""Keywords over the API."""

from typing import Any

import pytest

from app.accounts.models import Account
from app.core.extensions import db
from app.planner.models import Keyword
from app.sites.models import Site
from tests.api.conftest import Caller
from tests.factories.things import make_cluster, make_keyword, make_site


@pytest.fixture
def site(account: Account) -> Site:
    return make_site(account)


def test_a_keyword_is_added_read_changed_and_deleted(caller: Caller, site: Site) -> None:
    made = caller("POST", "/planner/keywords/", json={"site_id": site.id, "keyword": "trail shoes", "volume": 1300})
    assert made.status_code == 201, made.text
    row = made.json["result"]
    assert (row["keyword"], row["volume"], row["site_id"]) == ("trail shoes", 1300, site.id)
    path = f"/planner/keywords/{row['id']}/"
    read = caller("GET", path)
    assert read.headers["ETag"] == f'"{row["etag"]}"'
    body = {"keyword": "trail shoes", "volume": 90, "cpc": 1.5, "country": "DE"}
    assert caller("PUT", path, json=body).status_code == 428
    stale = caller("PUT", path, json=body, headers={"If-Match": '"0000"'})
    assert (stale.status_code, stale.json["error"]["code"]) == (412, "PRECONDITION_FAILED")
    changed = caller("PUT", path, json=body, headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json["result"]["volume"], changed.json["result"]["cpc"]) == (90, 1.5)
    assert changed.json["result"]["etag"] != row["etag"]
    assert caller("DELETE", path).json["result"] == {"count": 1}
    assert caller("GET", path).status_code == 404


def test_what_was_read_already_is_not_sent_again(caller: Caller, site: Site) -> None:
    keyword = make_keyword(site, "tents")
    first = caller("GET", f"/planner/keywords/{keyword.id}/")
    again = caller("GET", f"/planner/keywords/{keyword.id}/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_list_is_walked_by_its_cursor_both_ways(caller: Caller, site: Site) -> None:
    for number in range(60):
        make_keyword(site, f"keyword {number:02}", volume=number)
    path = f"/planner/keywords/?site_id={site.id}&limit=25&sort=volume"
    pages, after = [], ""
    while True:
        page = caller("GET", f"{path}&after={after}" if after else path).json
        pages.append([row["volume"] for row in page["result"]])
        after = page["page"]["next"]
        if after is None:
            break
    assert [len(page) for page in pages] == [25, 25, 10]
    assert [volume for page_of in pages for volume in page_of] == list(range(60))
    back = caller("GET", f"{path}&before={page['page']['previous']}").json
    assert [row["volume"] for row in back["result"]] == pages[1]
    assert page["page"]["total"] == 60


def test_filters_search_and_fields(caller: Caller, site: Site) -> None:
    cluster = make_cluster(site, "Tents")
    make_keyword(site, "family tents", cluster_id=cluster.id, volume=500)
    make_keyword(site, "hiking boots", volume=900)
    path = f"/planner/keywords/?site_id={site.id}"
    assert [row["keyword"] for row in caller("GET", f"{path}&cluster={cluster.id}").json["result"]] == ["family tents"]
    assert [row["keyword"] for row in caller("GET", f"{path}&volume=600-").json["result"]] == ["hiking boots"]
    assert [row["keyword"] for row in caller("GET", f"{path}&q=boots").json["result"]] == ["hiking boots"]
    sparse = caller("GET", f"{path}&fields=keyword&sort=keyword").json["result"]
    assert [set(row) for row in sparse] == [{"id", "keyword"}] * 2


@pytest.mark.parametrize(
    "query", ["volume=lots", "sort=colour", "limit=7", "after=xyz", "clutser=1", "fields=colour", "intent=x", "q=a&q=b"]
)
def test_what_a_list_cannot_read_is_refused_and_named(caller: Caller, site: Site, query: str) -> None:
    answer = caller("GET", f"/planner/keywords/?site_id={site.id}&{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json["error"]["field"] in {query.partition("=")[0], "fields"}


def test_pasted_keywords_are_imported_and_first_tried(caller: Caller, site: Site) -> None:
    body = {"site_id": site.id, "text": "keyword,volume\ntrail shoes,1300\nhiking boots,900"}
    tried = caller("POST", "/planner/keywords/import/", json=body | {"dry_run": True})
    assert tried.status_code == 200, tried.text
    assert tried.json["result"] == {"run": None, "columns": {"keyword": 0, "volume": 1}, "count": 2, "rejected": 0}
    assert db.session.query(Keyword).count() == 0
    answer = caller("POST", "/planner/keywords/import/", json=body)
    assert answer.status_code == 202, answer.text
    run = answer.json["result"]["run"]
    assert (run["state"], answer.headers["Location"]) == ("succeeded", f"/api/v1/runs/{run['id']}/")
    assert db.session.query(Keyword).count() == 2


def test_clusters_are_made_by_a_run(caller: Caller, site: Site) -> None:
    keyword: Any = make_keyword(site, "trail shoes")
    answer = caller("POST", "/planner/clusters/make/", json={"site_id": site.id, "keyword_ids": [keyword.id]})
    assert answer.status_code == 202, answer.text
    assert answer.json["result"]["kind"] == "cluster_keywords"
    nothing = caller("POST", "/planner/clusters/make/", json={"site_id": make_site(keyword and _account(site)).id})
    assert (nothing.status_code, nothing.json["error"]["code"]) == (409, "NOTHING_TO_DO")


def _account(site: Site) -> Account:
    return db.session.get_one(Account, site.account_id)
