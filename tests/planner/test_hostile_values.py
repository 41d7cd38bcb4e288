"""What forms and addresses of the planner and of signing in may hold, and what becomes of it."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.accounts.models import Account
from app.core.extensions import db
from app.core.runs import Run
from app.identity import people
from app.planner.imports.report import RejectedSheet
from app.planner.imports.rows import RejectedRow
from app.planner.imports.shelves import REPORTS
from app.planner.models import Cluster
from app.sites.models import Sector, Site
from tests.factories.people import PASSWORD
from tests.factories.things import make_cluster, make_keyword, make_site


@pytest.mark.parametrize("action", ["merge", "delete", "ideas"])
def test_all_that_match_is_no_choice_of_clusters(owner_client: FlaskClient, cluster: Cluster, action: str) -> None:
    answer = owner_client.post(f"/planner/clusters/{action}/", data={"all_matching": "1", "filter": "q=x"})
    page = owner_client.get("/planner/clusters/").text if answer.status_code == 303 else answer.text
    assert "No cluster is selected." in page
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_ideas_for_clusters_of_another_site_are_refused(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    other = make_cluster(make_site(account), "Elsewhere")
    answer = owner_client.post(f"/planner/clusters/ideas/?site={site.id}", data={"ids": [str(other.id)]})
    assert answer.status_code == 422
    assert "another site" in answer.text
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_the_filters_of_a_form_lead_back_to_the_list_and_nowhere_else(owner_client: FlaskClient, site: Site) -> None:
    keyword = make_keyword(site)
    data = {"ids": [str(keyword.id)], "filter": "endpoint=x&_external=1&_scheme=javascript&q=caf%C3%A9%0D%0A&page=3"}
    answer = owner_client.post("/planner/keywords/delete/", data=data)
    assert answer.status_code == 303
    assert answer.location.startswith("/planner/keywords/?endpoint=x&")
    assert "page=3" not in answer.location


def test_names_that_lower_differently_in_python_are_the_same_sector(owner_client: FlaskClient, site: Site) -> None:
    for _ in range(2):
        assert owner_client.post(f"/sites/{site.id}/sectors/", data={"name": "İstanbul ẞ"}).status_code == 303
    assert db.session.scalars(select(Sector.name)).all() == ["İstanbul ẞ"]


def test_an_address_with_a_turkish_letter_can_sign_in(site: Site) -> None:
    accounts.sign_up(email="İpek@example.com", name="İpek", password=PASSWORD, account_name="x")
    assert people.authenticate("İpek@example.com", PASSWORD) is not None


@pytest.mark.parametrize("target", ["//[", "/\nx", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\x00"])
def test_signing_in_leads_to_a_path_of_ours_only(owner_client: FlaskClient, target: str) -> None:
    answer = owner_client.get("/login", query_string={"next": target})
    assert answer.status_code == 302
    assert answer.location == "/dashboard/"


def test_a_json_body_is_no_form(client: FlaskClient) -> None:
    for body in (b"[" * 100_000, b'{"email": {"a": [1]}, "password": 5}'):
        assert client.post("/login", data=body, content_type="application/json").status_code == 422


def test_a_spreadsheet_runs_nothing_of_the_report(site: Site) -> None:
    texts = ["=1+1", "+1", "-1", "@x", " =1+1", "\xa0＝1", "＋1", "plain"]
    sheet = RejectedSheet(["=HYPERLINK(1)", "-volume"])
    for number, text in enumerate(texts):
        sheet.add(RejectedRow(number, text, "duplicate", (text, text)))
    lines = REPORTS.load(site.account_id, sheet.store(site.account_id)).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(lines))
    assert header == ["line", "'=HYPERLINK(1)", "'-volume", "reason"]
    assert [row[1] for row in rows] == [row[2] for row in rows] == [*(f"'{text}" for text in texts[:-1]), "plain"]
