"""Files that this application made come back as what they are: nothing twice, nothing of another site."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.core.errors import DomainError
from app.core.extensions import db
from app.export import tables
from app.export.archive import csv_cell
from app.planner.imports import own_exports
from app.planner.imports.own_exports import OwnSite
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task

ADDRESS = "/planner/keywords/import/"


def send(client: FlaskClient, file: bytes, address: str = ADDRESS) -> Any:
    return client.post(address, data={"csv_file": (io.BytesIO(file), "a.csv")}, content_type="multipart/form-data")


def keywords_of(site: Site) -> list[str]:
    return list(db.session.scalars(select(Keyword.keyword).where(Keyword.site_id == site.id).order_by(Keyword.id)))


def table_of_export(account: Account, name: str) -> bytes:
    """A table as an account's export has it."""
    table = next(table for table in tables.tables() if table.name == name)
    out = io.StringIO()
    writer = csv.DictWriter(out, [column.name for column in tables.exported_columns(table)])
    writer.writeheader()
    writer.writerows({key: csv_cell(value) for key, value in row.items()} for row in tables.rows(table, account.id))
    return out.getvalue().encode()


def test_an_export_of_all_sites_brings_only_what_is_of_this_one(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    other = make_site(account)
    make_keyword(site, "moka pot", volume=10, intent="local", country="NA")
    make_keyword(other, "boat hire", volume=20)
    file = table_of_export(account, "keywords")
    preview = " ".join(send(owner_client, file, f"{ADDRESS}preview/").text.split())
    assert "It is of another site." in preview
    assert "1 can be stored, 1 will be rejected" in preview
    answer = send(owner_client, file)
    assert "Added 0 keywords, 1 was already there, 1 row was rejected." in owner_client.get(answer.location).text
    report = owner_client.get(f"{answer.location}rejected.csv").data
    assert "Added 0 keywords, 1 row was rejected." in owner_client.get(send(owner_client, report).location).text
    assert (keywords_of(site), keywords_of(other)) == (["moka pot"], ["boat hire"])


@pytest.mark.parametrize("name", ["clusters", "ideas", "tasks", "content"])
def test_another_list_is_refused_with_the_way_to_it(owner_client: FlaskClient, site: Site, name: str) -> None:
    cluster = make_cluster(site, "Moka")
    make_keyword(site, "moka pot", cluster_id=cluster.id)
    make_idea(cluster)
    make_task(cluster)
    make_content(site)
    answer = send(owner_client, owner_client.get(f"/lists/{name}/export.csv").data)
    assert answer.status_code == 422
    assert f"This is a file of the list {name.capitalize()}, not of keywords." in answer.text
    assert f">Open {name.capitalize()}</a>" in answer.text
    assert keywords_of(site) == ["moka pot"]


@pytest.mark.parametrize(
    ("file", "is_ours"),
    [
        ("Cluster,Keywords,Volume\nMoka,moka pot,10", False),
        ("Cluster,Keywords,Volume\nMoka,3,10", True),
        ("Cluster,Volume,Added\nMoka,10,2026-01-01", True),
        ("Title,URL,State\nMoka,https://a.example,draft", False),
        ("Title,Type,Structure\nMoka,post,guide", True),
        ("Keywords\tCluster\nmoka pot\tMoka", False),
    ],
)
@pytest.mark.usefixtures("app")
def test_files_of_other_tools_with_columns_like_ours_are_no_lists_of_ours(file: str, is_ours: bool) -> None:
    if is_ours:
        with pytest.raises(DomainError, match="This is a file of the list"):
            own_exports.refuse_other_lists(file)
    else:
        own_exports.refuse_other_lists(file)


def test_another_table_of_an_export_is_refused(owner_client: FlaskClient, account: Account, site: Site) -> None:
    make_cluster(site, "Moka")
    answer = send(owner_client, table_of_export(account, "clusters"))
    assert answer.status_code == 422
    assert "Choose keywords.csv of the folder tables." in answer.text


@pytest.mark.parametrize(
    ("header", "row", "is_elsewhere"),
    [
        ("Site,Keyword,Volume", "Coffee & Co,a,1", False),
        ("Site,Keyword", "shop.example,a", False),
        ("Site,Keyword", "'-Harbour,a", True),
        ("Site,Keyword,Clicks,Impressions", "https://www.shop.example/,a,1,9", False),
        ("Site,Keyword,Clicks,Impressions", "sc-domain:shop.example,a,1,9", False),
        ("Site,Keyword,Clicks,Impressions", "shop.example/tea,a,1,9", False),
        ("Site,Keyword,Clicks,Impressions", "https://other.example/,a,1,9", True),
        ("Site,Keyword,Clicks,Impressions", "https://[,a,1,9", True),
        ("line,Site,Keyword,reason", "2,coffee & co,a,x", False),
        ("line,Site,Keyword,reason", "2,,a,x", True),
        ("Keyword,Volume", "a,1", None),
        ("Site,Keyword,Traffic", "a,b,1", None),
        ("site,keyword", "a,b", None),
        ("id,account_id,site_id,keyword,normalised,created_at", "1,3,7,a,a,x", False),
        ("id,account_id,site_id,keyword,normalised,created_at", "1,4,7,a,a,x", True),
        ("id,account_id,site_id,keyword,normalised,created_at", "1,3", True),
    ],
)
@pytest.mark.usefixtures("app")
def test_our_own_files_are_known_by_all_names_of_their_header(header: str, row: str, is_elsewhere: bool | None) -> None:
    tells = own_exports.elsewhere(header.split(","), OwnSite.of("Coffee & Co", "https://www.shop.example/x", 3, 7))
    assert (tells and tells(row.split(","))) is is_elsewhere
