"""Too few credits: how many are missing and what to do, on a page or over the page, and nothing started."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.billing import credits
from app.billing.entitlements import Entitlements
from app.billing.plans import PACKS, PLANS
from app.billing.shortfall import shortfall_of
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from tests.factories.people import SignIn, make_member
from tests.factories.stripe import credits_left, give_credits
from tests.factories.things import make_task
from tests.fakes.stripe_server import FakeStripe

pytestmark = pytest.mark.usefixtures("openai")
HTMX = {"HX-Request": "true"}
GENERATE = "/writer/tasks/generate/"


@pytest.fixture
def poor(app: Flask, account: Account, cluster: Cluster) -> Account:
    """Three drafts are asked for (45 credits); there are credits for two."""
    give_credits(account, plan=38)
    for number in range(3):
        make_task(cluster, f"Task {number}")
    return account


def nothing_started(account: Account) -> bool:
    db.session.rollback()
    return credits_left(account) == (38, 0) and db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_form_leads_to_a_page_with_the_figures_and_the_ways(poor: Account, owner_client: FlaskClient) -> None:
    answer = owner_client.post(GENERATE, headers={"Referer": "http://localhost/writer/tasks/?status=queued"})
    assert answer.status_code == 402
    assert "<html" in answer.text
    for words in ("Not enough credits", "<dd>45", "<dd>38", "<dd>7", "enough for 2 drafts", "nothing was charged"):
        assert words in answer.text
    assert 'href="http://localhost/writer/tasks/?status=queued" data-reselect' in answer.text
    assert "/account/billing/#plans-title" in answer.text
    assert "Buy credits" not in answer.text  # nothing is sold without payments
    assert nothing_started(poor)


def test_htmx_gets_it_over_the_page_which_stays_as_it_is(poor: Account, owner_client: FlaskClient) -> None:
    answer = owner_client.post(GENERATE, headers=HTMX)
    assert answer.status_code == 402
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#dialogs", "innerHTML")
    assert "HX-Trigger" not in answer.headers
    assert answer.text.lstrip().startswith("<dialog")
    for words in ("data-opens", "<dd>45", "<dd>7", "Back to the selection"):
        assert words in answer.text
    assert nothing_started(poor)


def test_packs_are_offered_where_they_are_sold(poor: Account, owner_client: FlaskClient, stripe: FakeStripe) -> None:
    answer = owner_client.post(GENERATE)
    assert answer.status_code == 402
    assert "/account/billing/#packs-title" in answer.text


def test_who_may_not_pay_reads_who_can(poor: Account, owner_client: FlaskClient, sign_in: SignIn) -> None:
    answer = sign_in(make_member(poor, "editor")).post(GENERATE, headers=HTMX)
    assert answer.status_code == 402
    assert "/account/billing/" not in answer.text
    assert "Person" in answer.text
    assert "can buy credits and change the plan" in answer.text


def test_a_failed_run_that_is_tried_again_says_it_too(
    poor: Account, owner_client: FlaskClient, cluster: Cluster
) -> None:
    give_credits(poor, plan=60)
    owner_client.post(GENERATE)
    run = db.session.scalars(select(Run)).one()
    owner_client.post(f"/runs/{run.id}/cancel/")
    credits.sweep_reservations()
    give_credits(poor, plan=5)
    answer = owner_client.post(f"/runs/{run.id}/retry/", headers=HTMX)
    assert answer.status_code == 402
    assert "Not enough credits" in answer.text


def test_the_smallest_pack_that_covers_it_and_the_next_plan() -> None:
    def short(missing: int, plan: str = "starter", operation: str = "content") -> tuple[str, str | None, str]:
        details = {"needed": missing + 20, "have": 20, "missing": missing, "operation": operation}
        found = shortfall_of(details, Entitlements(1, PLANS[plan]))
        return found.pack.key, found.plan and found.plan.key, found.enough_for

    assert short(1) == ("small", "pro", "1 draft")
    assert short(101, "pro") == ("medium", "agency", "1 draft")
    assert short(9000, "agency") == (max(PACKS.values(), key=lambda pack: pack.credits).key, None, "1 draft")
    assert short(1, operation="clustering")[2] == ""
