"""The usage log, its filters, graph and CSV; limits by plan."""

import csv
import io
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.billing import limits, usage
from app.billing.models import CreditUsage
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import within
from app.identity.models import User
from app.sites.models import Site
from tests.factories.people import make_account, make_member
from tests.factories.stripe import give_credits
from tests.factories.things import make_site


def used(account: Account, number: int, **fields: Any) -> None:
    values = {
        "account_id": account.id,
        "key": f"k{account.id}-{number}",
        "operation": "content",
        "credits": 5,
        "object_type": "content",
        "object_id": number,
        "object_title": f"Thing {number}",
        "provider": "gpt-5",
        "tokens_in": 100,
        "tokens_out": 200,
        "cost_micros": 2125,
        "created_at": utcnow(),
    }
    db.session.add(CreditUsage(**{**values, **fields}))
    db.session.commit()


def test_filters_graph_and_sums(owner_client: FlaskClient, owner: User, account: Account, site: Site) -> None:
    other = make_member(account, "editor", name="Zoe")
    used(account, 1, actor_id=owner.id, site_id=site.id)
    used(account, 2, actor_id=other.id, operation="ideas", credits=15, created_at=utcnow() - timedelta(days=2))
    used(account, 3, operation="clustering", credits=10, created_at=utcnow() - timedelta(days=90))
    used(make_account("Elsewhere"), 4)
    page = owner_client.get("/account/billing/usage/").text
    assert "Thing 1" in page
    assert "Thing 2" in page
    assert "Thing 3" not in page  # before these 30 days
    assert "Thing 4" not in page
    assert "2 operations" in page
    only = owner_client.get(f"/account/billing/usage/?person={other.id}", headers={"HX-Request": "true"}).text
    assert "Thing 2" in only
    assert "Thing 1" not in only
    assert "<html" not in only
    assert "Thing 1" in owner_client.get(f"/account/billing/usage/?on_site={site.id}&operation=content").text
    old = (utcnow() - timedelta(days=95)).date().isoformat()
    assert "Thing 3" in owner_client.get(f"/account/billing/usage/?since={old}").text
    daily = usage.usage_by_day(account.id, usage.UsageFilter.read({"since": old}))
    assert {name: sum(values) for name, values in daily.series.items()} == {"clustering": 10, "ideas": 15, "content": 5}
    assert len(daily.days) == len(daily.series["ideas"]) == 96


@pytest.mark.parametrize(
    "query",
    [
        "since=x&until=y&person=z&operation=%00&on_site=-1&page=-3",
        "since=9999-99-99",
        "until=0001-01-01",
        "since=2999-01-01&until=1999-01-01",
        "person=99999999999999999999",
        "page=999999999999",
    ],
)
def test_filters_that_make_no_sense(owner_client: FlaskClient, account: Account, query: str) -> None:
    used(account, 1)
    assert owner_client.get(f"/account/billing/usage/?{query}").status_code == 200
    assert owner_client.get(f"/account/billing/usage.csv?{query}").status_code == 200


def test_the_csv_has_every_row_and_no_formulas(
    owner_client: FlaskClient, owner: User, account: Account, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "AT_ONCE", 3)
    for number in range(8):
        used(account, number, actor_id=owner.id, site_id=site.id, object_title=f'=cmd|{number}, "x"\n')
    used(make_account("Elsewhere"), 9)
    answer = owner_client.get("/account/billing/usage.csv")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="usage-')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["object_id"] for row in rows] == ["7", "6", "5", "4", "3", "2", "1", "0"]
    assert rows[0]["title"] == '\'=cmd|7, "x"\n'
    assert (rows[0]["person"], rows[0]["site"], rows[0]["cost_usd"]) == (owner.name, site.name, "0.002125")


def test_sites_and_seats_are_bounded_by_the_plan(owner_client: FlaskClient, account: Account, owner: User) -> None:
    give_credits(account)
    for _ in range(2):
        make_site(account)
    form = {"name": "Third", "url": "https://third.example.com", "time_zone": "UTC"}
    assert owner_client.post("/sites/new/", data=form).status_code == 303
    answer = owner_client.post("/sites/new/", data={**form, "url": "https://fourth.example.com"})
    assert answer.status_code == 422
    assert "Starter includes 3 sites, and this account has 3." in answer.text
    limits.check_seats(account.id)
    make_member(account, "editor")
    make_member(account, "systembot")
    limits.check_seats(account.id)
    make_member(account, "viewer")
    with pytest.raises(limits.LimitReached):
        limits.check_seats(account.id)
    db.session.rollback()


def test_two_at_once_do_not_pass_the_limit_together(app: Flask, account: Account) -> None:
    give_credits(account)
    make_site(account)
    start, results = threading.Barrier(6), list[str]()

    def add(number: int, account_id: int) -> None:
        with app.app_context(), within(account_id):
            start.wait(30)
            try:
                limits.check_sites(account_id)
                db.session.add(Site(account_id=account_id, name="x", url=f"https://n{number}.example.com"))
                db.session.commit()
                results.append("added")
            except limits.LimitReached:
                db.session.rollback()
                results.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=add, args=(number, account.id)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["added"] * 2 + ["refused"] * 4


def test_without_payments_nothing_is_bounded(account: Account) -> None:
    for _ in range(12):
        make_site(account)
    limits.check_sites(account.id)
    limits.check_seats(account.id)


def test_the_balance_is_in_the_header(owner_client: FlaskClient, account: Account) -> None:
    assert "balance-chip" not in owner_client.get("/dashboard/").text
    give_credits(account, plan=180)
    page = owner_client.get("/dashboard/").text
    assert "180 credits left" in page
    assert 'href="/account/billing/"' in page


def test_days_are_those_of_the_person_in_list_graph_and_csv(
    owner_client: FlaskClient, owner: User, account: Account
) -> None:
    owner.time_zone = "Pacific/Auckland"
    late = datetime(utcnow().year - 1, 12, 4, 10, 59, tzinfo=UTC)  # 23:59 of that day in Auckland
    used(account, 0, credits=3, created_at=late)
    used(account, 1, credits=4, created_at=late + timedelta(minutes=2))
    days = [f"{late.year}-12-04", f"{late.year}-12-05"]
    for day, thing, other in ((days[0], "Thing 0", "Thing 1"), (days[1], "Thing 1", "Thing 0")):
        query = f"since={day}&until={day}"
        for address in ("usage/", "usage.csv"):
            text = owner_client.get(f"/account/billing/{address}?{query}").text
            assert (thing in text, other in text) == (True, False)
    wanted = usage.UsageFilter.read({"since": days[0], "until": days[1]}, ZoneInfo("Pacific/Auckland"))
    assert list(usage.usage_by_day(account.id, wanted).series.values()) == [[3, 4]]
