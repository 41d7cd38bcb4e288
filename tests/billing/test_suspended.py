"""A failed payment: grace, then read-only, then back; nothing is lost and everything can be seen."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.models import Account
from app.billing import upkeep
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.core.runs import Run, start_run
from app.planner.models import Cluster
from app.publishing.services import start_publish
from app.sites.models import Site
from jobs.billing import compare_all
from tests.factories.people import SignIn, make_member
from tests.factories.stripe import buy, come_back, credits_left, entitlements, let_the_grace_pass, suspend
from tests.factories.things import make_cluster, make_content, make_task
from tests.factories.work import a_kind, work
from tests.factories.world import World, address, ask, everything_of, routes, world
from tests.fakes.stripe_server import FakeStripe

__all__ = ["world"]
# What a read-only account may still do, and what belongs to the person and not to the account.
STILL = ("profile:", "account:", "ai:", "team:", "billing:")


def fail_payment(client: FlaskClient, account: Account, stripe: FakeStripe) -> str:
    """Subscribe, and let the next month's payment fail; the customer's id."""
    buy(client, stripe, "starter")
    come_back(client, account)
    customer = entitlements(account).customer_id or ""
    stripe.use_card(customer, "declined")
    stripe.advance(31)
    come_back(client, account)
    return customer


def test_grace_then_read_only_then_back(owner_client: FlaskClient, account: Account, stripe: FakeStripe) -> None:
    customer = fail_payment(owner_client, account, stripe)
    assert entitlements(account).state == "grace"
    assert "The last payment failed" in owner_client.get("/dashboard/").text
    assert upkeep.due_accounts() == []
    let_the_grace_pass(account)
    upkeep.compare_with_stripe([account.id])
    now = entitlements(account)
    assert (now.state, now.reason, now.suspended_at is not None) == ("suspended", "payment_failed", True)
    page = owner_client.get("/dashboard/").text
    assert "This account is read-only because the last payment failed" in page
    stripe.use_card(customer, "good")
    come_back(owner_client, account)
    now = entitlements(account)
    assert (now.state, now.reason, now.suspended_at) == ("active", None, None)
    assert credits_left(account) == (200, 0)
    subjects = db.session.scalars(select(OutgoingMail.subject).order_by(OutgoingMail.id)).all()
    assert subjects == ["The payment for Acme failed", "Acme is read-only", "Acme goes on"]


def test_grace_is_not_begun_anew_by_looking_again(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    fail_payment(owner_client, account, stripe)
    until = entitlements(account).grace_until
    stripe.advance(6)
    come_back(owner_client, account)
    assert entitlements(account).grace_until == until


def test_nobody_is_suspended_because_stripe_does_not_answer(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    fail_payment(owner_client, account, stripe)
    let_the_grace_pass(account)
    stripe.fail_next(500, times=9)
    assert upkeep.compare_with_stripe([account.id]) == {"checked": 0, "mended": 0, "failed": 1}
    assert entitlements(account).state == "grace"


def test_the_nightly_look_mends_what_events_missed(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")  # and no event arrives
    assert upkeep.compare_with_stripe(upkeep.all_customers()) == {"checked": 1, "mended": 1, "failed": 0}
    assert upkeep.compare_with_stripe(upkeep.all_customers()) == {"checked": 1, "mended": 0, "failed": 0}
    assert (entitlements(account).plan.key, credits_left(account)) == ("starter", (200, 0))
    stripe.end_subscription(entitlements(account).subscription_id or "", "payment_disputed")
    assert compare_all()["mended"] == 1
    assert entitlements(account).reason == "payment_disputed"


def test_an_account_that_is_to_be_deleted_is_not_charged_again(
    owner_client: FlaskClient, account: Account, stripe: FakeStripe
) -> None:
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    assert upkeep.end_subscriptions_of_leaving_accounts() == 0
    db.session.execute(update(Account).values(deletion_due_at=utcnow()))
    db.session.commit()
    stripe.fail_next(500, times=9)
    assert upkeep.end_subscriptions_of_leaving_accounts() == 0
    stripe.failures.clear()
    assert upkeep.end_subscriptions_of_leaving_accounts() == 1
    assert upkeep.end_subscriptions_of_leaving_accounts() == 0
    stripe.advance(40)
    assert len(stripe.state.invoices) == 1
    assert stripe.subscription_of(entitlements(account).customer_id or "")["status"] == "canceled"


def test_every_change_is_refused_with_the_reason(app: Flask, world: World, sign_in: SignIn) -> None:
    owner = sign_in(make_member(world.account, "owner"))
    suspend(world.account)
    before = everything_of(world.account)
    wrong = []
    for rule, method in routes(app):
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        if (
            method == "GET"
            or permission is None
            or permission.startswith(STILL)
            or permission.endswith(":read")
            or rule.rule.startswith("/api/")
        ):
            continue
        answer = ask(owner, method, address(app, rule, world), world)
        if answer.status_code != 403 or "read-only because the last payment failed" not in answer.text:
            wrong.append((str(rule), answer.status_code))
    assert wrong == []
    assert everything_of(world.account) == before


def test_everything_can_still_be_seen(app: Flask, world: World, sign_in: SignIn) -> None:
    owner = sign_in(make_member(world.account, "owner"))
    views = app.view_functions
    paths = [
        address(app, rule, world)
        for rule, method in routes(app)
        if method == "GET" and getattr(views[rule.endpoint], "permission", None) and "/api/" not in rule.rule
    ]
    before = {path: owner.get(path).status_code for path in paths}
    suspend(world.account)
    assert {path: owner.get(path).status_code for path in paths} == before
    assert owner.get("/account/billing/usage.csv").status_code == 200


def test_no_work_starts_and_what_waits_is_refused_by_the_worker(account: Account, site: Site) -> None:
    content = make_content(site)
    waiting = start_publish(content, THE_APP)
    db.session.commit()
    suspend(account)
    done = work(waiting)
    assert done.state == "failed"
    assert done.error is not None
    assert (done.error["code"], done.error["retryable"]) == ("ACCOUNT_SUSPENDED", True)
    from app.billing.entitlements import Suspended

    with pytest.raises(Suspended):
        start_run(account_id=account.id, kind=a_kind("t", "jobs.publishing.publish_content"), title="T", actor=THE_APP)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1
    assert db.session.scalars(select(Content.status)).all() == ["draft"]


def test_the_reason_is_told_to_those_who_may_not_pay_with_whom_to_ask(
    account: Account, owner_client: FlaskClient, sign_in: SignIn, cluster: Cluster
) -> None:
    make_task(cluster)
    suspend(account)
    editor = sign_in(make_member(account, "admin"))
    page = editor.get("/writer/tasks/").text
    assert "Ask Person" in page
    answer = editor.post("/writer/tasks/generate/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "read-only" in answer.headers["HX-Trigger"]


def test_a_suspended_account_does_not_touch_others(account: Account, owner_client: FlaskClient, site: Site) -> None:
    from tests.factories.people import make_account

    other = make_account("Other")
    suspend(other)
    make_cluster(site)
    assert (
        owner_client.post(
            "/sites/new/", data={"name": "x", "url": "https://x.example.com", "time_zone": "UTC"}
        ).status_code
        == 303
    )
