"""What is done in the browser and at the command line, and what the audit log tells of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import cli
from app.accounts.models import Account
from app.content.models import Content
from app.core import audit
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.publishing.models import PublishBatch
from app.sites import connection
from app.sites.models import Site
from tests.conftest import ENCRYPTION_KEY
from tests.factories.imports import start
from tests.factories.people import PASSWORD, make_account
from tests.factories.stripe import buy, come_back
from tests.factories.things import make_content
from tests.fakes.stripe_server import FakeStripe
from tests.test_audited import AUDITED

Act = Callable[..., AuditEvent]


@pytest.fixture
def act(account: Account, owner: User, owner_client: FlaskClient) -> Act:
    """Do something in the browser, and give the newest event: whose it is and from where is looked at here."""

    def go(endpoint: str, path: str, action: str = "", expected: int = 303, **data: Any) -> AuditEvent:
        answer = owner_client.post(path, data=data, environ_base={"REMOTE_ADDR": "203.0.113.9"})
        assert answer.status_code == expected, answer.text
        stmt = select(AuditEvent).where(AuditEvent.account_id == account.id).order_by(AuditEvent.id.desc())
        event = db.session.scalars(stmt).first()
        assert event is not None
        assert event.action == (action or AUDITED[endpoint])
        assert (event.actor_id, event.actor, event.ip) == (owner.id, f"{owner.name} <{owner.email}>", "203.0.113.9")
        return event

    return go


@pytest.fixture
def contents(site: Site) -> list[Content]:
    connection.make_key(site)
    return [make_content(site) for _ in range(3)]


def schedule(owner_client: FlaskClient, contents: list[Content]) -> Run:
    day = f"{utcnow() + timedelta(days=30):%Y-%m-%d}"
    form = {"content_ids": [one.id for one in contents], "date": day, "time": "09:00", "zone": "UTC"}
    assert owner_client.post("/content/schedule/", data=form).status_code == 303
    return db.session.scalars(select(Run).where(Run.kind == "publish").order_by(Run.created_at)).first()  # type: ignore[return-value]


def test_a_batch_and_its_parts(act: Act, contents: list[Content]) -> None:
    ids = [one.id for one in contents]
    assert act("publishing.start_publishing", "/content/publish/", content_ids=ids).after == {"items": 3}
    batch = db.session.scalars(select(PublishBatch)).one()
    path = f"/publishing/batches/{batch.id}"
    event = act("publishing.cancel_batch", f"{path}/cancel/")
    assert (event.subject, event.after) == (f"batch {batch.id}", {"items": 3})
    db.session.execute(update(Run).where(Run.kind == "publish").values(state="failed"))
    db.session.commit()
    assert act("publishing.retry_batch", f"{path}/retry/").after == {"items": 3}


def test_what_a_batch_does_not_do_is_not_told(owner_client: FlaskClient, contents: list[Content]) -> None:
    owner_client.post("/content/publish/", data={"content_ids": [one.id for one in contents]})
    batch = db.session.scalars(select(PublishBatch)).one()
    for _ in range(2):
        owner_client.post(f"/publishing/batches/{batch.id}/cancel/")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "publish.cancelled")).all()
    assert len(events) == 1


def test_a_publish_that_is_moved_and_cancelled(act: Act, owner_client: FlaskClient, contents: list[Content]) -> None:
    run = schedule(owner_client, contents[:1])
    before, run_id = run.due_at, run.id
    day = f"{utcnow() + timedelta(days=40):%Y-%m-%d}"
    event = act("publishing.move_run", f"/calendar/{run_id}/move/", date=day, time="10:30", zone="UTC")
    assert event.before == {"due_at": before.isoformat()}
    assert str((event.after or {})["due_at"]).startswith(f"{day}T10:30")
    event = act("runs.cancel", f"/runs/{run_id}/cancel/", "publish.cancelled")
    assert event.before == {"state": "queued"}
    schedule(owner_client, contents[1:2])
    other = db.session.scalars(select(Run).where(Run.subject_id == contents[1].id)).one()
    due_at = other.due_at.isoformat()
    assert act("publishing.unschedule_run", f"/calendar/{other.id}/unschedule/").before == {"due_at": due_at}
    act("runs.retry", f"/runs/{run_id}/retry/", "publish.retried")
    here = f"/content/{contents[2].id}/publishing"
    act("publishing.schedule_here", f"{here}/schedule/", date=day, time="10:30", zone="UTC")
    act("publishing.unschedule_here", f"{here}/unschedule/")


def test_an_import_from_wordpress(act: Act, account: Account, site: Site, contents: list[Content]) -> None:
    event = act("imports.start", "/content/import/", types=["post"], statuses=["publish"])
    assert (event.subject, event.after) == (site.name, {"types": ["post"], "statuses": ["publish"]})
    run = db.session.scalars(select(Run).where(Run.account_id == account.id)).one()
    act("imports.pause", f"/content/import/{run.id}/pause/")
    act("imports.resume", f"/content/import/{run.id}/resume/")
    act("imports.cancel", f"/content/import/{run.id}/cancel/")


def test_a_second_click_starts_and_tells_nothing_new(owner_client: FlaskClient, site: Site) -> None:
    connection.make_key(site)
    db.session.commit()
    start(site)
    owner_client.post("/content/import/", data={"types": ["post"], "statuses": ["publish"]})
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.action == "import.started")).all() == []


def test_money(act: Act, account: Account, owner_client: FlaskClient, stripe: FakeStripe) -> None:
    act("billing.choose_plan", "/account/billing/plan/", "plan.checkout_opened", plan="starter")
    buy(owner_client, stripe, "starter")
    come_back(owner_client, account)
    act("billing.buy_pack", "/account/billing/pack/", pack="small")
    act("billing.open_portal", "/account/billing/portal/")
    act("billing.end_subscription", "/account/billing/cancel/")
    act("billing.end_subscription", "/account/billing/cancel/", "plan.kept", go_on="1")
    of_stripe = select(AuditEvent).where(AuditEvent.action == "plan.set_by_stripe").order_by(AuditEvent.id)
    event = db.session.scalars(of_stripe).first()
    assert event is not None
    assert (event.actor, event.actor_id, event.ip) == ("Stripe", None, "")  # the owner's coming back only showed it
    assert event.before == {"plan": None}
    assert event.after == {"plan": "starter"}


def test_people(act: Act) -> None:
    act("account.send_invitation", "/account/team/invite/", email="g@example.com", role="viewer")
    act("account.rename", "/account/settings/", name="Renamed")
    act("account.end_other_sessions", "/account/security/sessions/end/")


def test_another_name_is_told_under_the_one_before(owner: User, owner_client: FlaskClient) -> None:
    before = owner.name
    owner_client.post("/account/profile/", data={"name": "Another Name", "time_zone": "UTC", "language": "en"})
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "person.renamed")).one()
    assert (event.before, event.after) == ({"name": before}, {"name": "Another Name"})
    assert (event.actor_id, event.actor) == (owner.id, f"{before} <{owner.email}>")


def test_accounts_that_are_made(app: Flask, client: FlaskClient, act: Act, owner: User, account: Account) -> None:
    form = {"name": "Anna", "email": "anna@example.com", "password": PASSWORD, "account_name": "Her own"}
    client.post("/signup", data=form)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.subject == "Her own")).one()
    assert (event.action, event.after, event.actor) == (
        "account.made",
        {"owner": "anna@example.com"},
        "Anna <anna@example.com>",
    )


def test_commands_of_the_operator_are_told_to_the_accounts_they_concern(
    app: Flask, account: Account, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.fernet import Fernet

    other = make_account("Other")
    connection.make_key(site)
    db.session.commit()
    monkeypatch.setattr("app.create_app", lambda: app)
    monkeypatch.setenv("DATABASE_URL", "set")
    app.config["ENCRYPTION_KEYS"] = [Fernet.generate_key().decode(), ENCRYPTION_KEY]
    try:
        assert cli.main(["rotate-secrets"]) == 0
        assert cli.main(["rotate-secrets"]) == 0  # nothing is left to be done, nothing is told
    finally:
        app.config["ENCRYPTION_KEYS"] = [ENCRYPTION_KEY]
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.account_id)).all()
    assert [(one.account_id, one.action, one.actor) for one in events] == [
        (account.id, "operator.encryption_key_changed", audit.OPERATOR),
        (other.id, "operator.encryption_key_changed", audit.OPERATOR),
    ]
    cli._record_recount({site.id})
    mended = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "operator.recounted")).all()
    assert [one.account_id for one in mended] == [account.id]
