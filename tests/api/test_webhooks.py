"""Webhooks: what is told, signed, tried again, given up, and sent again by hand; to a real HTTP server."""

import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import Account
from app.api import webhooks
from app.api.webhook_events import tell_of_conflicts, tell_of_published, tell_of_run
from app.api.webhook_models import Webhook, WebhookDelivery
from app.api.webhook_sending import OF_EACH, WAITS, send_all_due, send_due
from app.billing.entitlements import Entitlements
from app.billing.plans import PLANS
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.mirror.events import RemoteChanged
from app.publishing.events import Published
from tests.factories.letters import link, mails
from tests.factories.people import make_account, make_member
from tests.factories.things import make_content, make_site

EVERYTHING = tuple(webhooks.EVENT_WORDS)


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent, and answers `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.status = 204
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.taken.append((dict(self.headers), body))
        self.send_response(receiver.status)
        if receiver.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def webhook(account: Account, receiver: Receiver) -> Webhook:
    hook = webhooks.create_webhook(account.id, receiver.url, EVERYTHING)
    db.session.commit()
    return hook


def ended_run(account: Account) -> Run:
    ended = {"state": "succeeded", "ended_at": utcnow()}
    run = Run(account_id=account.id, kind="cluster_keywords", title="Clustering", job="jobs.none", **ended)
    db.session.add(run)
    db.session.commit()
    return run


def put_down(account: Account, key: str = "k", event: str = webhooks.RUN_ENDED) -> WebhookDelivery:
    webhooks.put_down(account.id, event, key, {"about": key})
    db.session.commit()
    return db.session.query(WebhookDelivery).order_by(WebhookDelivery.id.desc()).first()  # type: ignore[return-value]


def let_time_pass(**delta: float) -> None:
    """What is due later is due now."""
    db.session.execute(update(WebhookDelivery).values(due_at=utcnow() - timedelta(seconds=1)))
    db.session.execute(update(Webhook).values(failing_since=Webhook.failing_since - timedelta(**delta)))
    db.session.commit()


def events_put_down() -> list[str]:
    return [row.event for row in db.session.query(WebhookDelivery).order_by(WebhookDelivery.id)]


def test_a_run_that_ended_is_told_signed_and_once(account: Account, webhook: Webhook, receiver: Receiver) -> None:
    run = ended_run(account)
    tell_of_run(run.id)
    tell_of_run(run.id)
    db.session.commit()
    assert send_due() == 1
    [(headers, body)] = receiver.taken
    told = json.loads(body)
    assert (told["type"], told["data"]["id"], told["data"]["state"]) == ("run.ended", str(run.id), "succeeded")
    assert headers["X-IGNY8-Event"] == "run.ended"
    assert headers["X-IGNY8-Delivery"] == told["id"]
    timestamp, digest = (part.partition("=")[2] for part in headers["X-IGNY8-Signature"].split(","))
    secret = webhooks.secret_of(db.session.get_one(Webhook, webhook.id)).encode()
    assert digest == hmac.new(secret, f"{timestamp}.".encode() + body, sha256).hexdigest()
    assert abs(int(timestamp) - utcnow().timestamp()) < 60
    assert send_due() == 0
    row = db.session.query(WebhookDelivery).one()
    assert (row.state, row.status, row.attempts) == ("sent", 204, 1)


def test_publishes_and_conflicts_are_told(account: Account, webhook: Webhook) -> None:
    site = make_site(account)
    first, second = make_content(site, "One"), make_content(site, "Two")
    tell_of_published(Published(account.id, site.id, (first.id, second.id)))
    second.sync_state = "both"
    db.session.flush()
    tell_of_conflicts(RemoteChanged(account.id, site.id, (first.id, second.id)))
    db.session.commit()
    rows = db.session.query(WebhookDelivery).order_by(WebhookDelivery.id).all()
    assert [(row.event, row.payload["content_ids"]) for row in rows] == [
        ("content.published", [first.id, second.id]),
        ("content.conflict", [second.id]),
    ]


def test_low_credits_are_told_once_a_day(account: Account, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = next(plan for plan in PLANS.values() if plan.credits)
    assert plan.credits is not None
    for left, told in ((plan.credits // 10 + 1, 0), (plan.credits // 20, 1), (1, 1)):
        now = Entitlements(account.id, plan, plan_credits=left)
        monkeypatch.setattr("app.api.webhook_events.entitlements_of", lambda _account_id, now=now: now)
        tell_of_run(ended_run(account).id)
        db.session.commit()
        assert events_put_down().count("credits.low") == told


def test_what_nobody_wants_is_not_put_down(account: Account, receiver: Receiver) -> None:
    webhooks.create_webhook(account.id, receiver.url, ["content.published"])
    db.session.commit()
    tell_of_run(ended_run(account).id)
    assert events_put_down() == []
    other = make_account("Other")
    assert webhooks.put_down(other.id, "content.published", "k", {}) == 0


def test_what_is_not_taken_is_tried_again_for_three_days_then_given_up(
    account: Account, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.status = 500
    delivery = put_down(account)
    waits = []
    for _ in WAITS:
        before = utcnow()
        assert send_due() == 1
        db.session.refresh(delivery)
        waits.append(round((delivery.due_at - before).total_seconds() / 60))
        assert send_due() == 0, "not before its time"
        let_time_pass(minutes=0)
    assert waits == [1, 5, 30, 120, 300, 600, 720, 1080, 1440]
    assert timedelta(hours=70) < sum(WAITS, timedelta()) <= timedelta(days=3)
    let_time_pass(days=4)
    assert send_due() == 1
    db.session.expire_all()
    assert (delivery.state, delivery.status, delivery.attempts) == ("failed", 500, len(WAITS) + 1)
    hook = db.session.get_one(Webhook, webhook.id)
    assert not hook.is_active
    assert "three days" in hook.off_reason


def test_owners_and_admins_are_mailed_once_when_a_webhook_is_switched_off_and_its_page_says_so(
    account: Account, owner: User, owner_client: FlaskClient, webhook: Webhook, receiver: Receiver
) -> None:
    admin, editor = make_member(account, "admin"), make_member(account, "editor")
    receiver.status = 500
    path = f"/account/webhooks/{webhook.id}/"
    put_down(account, "first")
    put_down(account, "second")
    send_due()
    assert "It has not taken anything for a time" in owner_client.get(path).text
    assert mails() == []
    let_time_pass(days=4)
    send_due()
    assert sorted(mail.recipient for mail in mails()) == sorted([owner.email, admin.email])
    assert editor.email not in {mail.recipient for mail in mails()}
    assert receiver.url in decrypt(mails()[0].body)
    assert link(owner.email) == path
    page = owner_client.get(path).text
    assert "took nothing for three days" in page
    assert "told by mail" in page
    owner_client.post(f"{path}switch/", data={"on": "1"})
    assert "told by mail" not in owner_client.get(path).text
    let_time_pass(days=0)
    send_due()
    let_time_pass(days=4)
    send_due()
    assert len(mails(owner.email)) == 2, "once each time"


def test_an_address_that_takes_one_again_is_not_switched_off(
    account: Account, webhook: Webhook, receiver: Receiver
) -> None:
    receiver.status = 503
    put_down(account)
    send_due()
    let_time_pass(days=4)
    receiver.status = 200
    send_due()
    db.session.expire_all()
    assert webhook.is_active
    assert webhook.failing_since is None


def test_a_redirect_and_an_inner_address_are_refused(app: Flask, account: Account, receiver: Receiver) -> None:
    webhooks.create_webhook(account.id, receiver.url, EVERYTHING)
    receiver.status = 302
    put_down(account)
    assert send_due() == 1
    assert db.session.query(WebhookDelivery).one().status == 302
    allowed = app.config["ALLOWED_PRIVATE_HOSTS"]
    app.config["ALLOWED_PRIVATE_HOSTS"] = ()
    try:
        let_time_pass(minutes=0)
        assert send_due() == 1
    finally:
        app.config["ALLOWED_PRIVATE_HOSTS"] = allowed
    db.session.expire_all()
    row = db.session.query(WebhookDelivery).one()
    assert (row.state, row.status) == ("waiting", None)
    assert row.error
    assert len(receiver.taken) == 1


def test_what_a_worker_that_died_had_claimed_is_sent_by_the_next(
    account: Account, webhook: Webhook, receiver: Receiver
) -> None:
    delivery = put_down(account)
    delivery.lease_until, delivery.attempts = utcnow() + timedelta(minutes=5), 1
    db.session.commit()
    assert send_due() == 0
    delivery.lease_until = utcnow() - timedelta(seconds=1)
    db.session.commit()
    assert send_due() == 1
    assert len(receiver.taken) == 1


def test_a_page_makes_shows_switches_sends_again_and_deletes(
    account: Account, owner_client: FlaskClient, receiver: Receiver, sign_in: Any
) -> None:
    assert "no webhook yet" in owner_client.get("/account/webhooks/").text
    for form in ({"url": "ftp://x"}, {"url": receiver.url}, {"url": "", "events": "run.ended"}):
        assert owner_client.post("/account/webhooks/", data=form).status_code == 422
    made = owner_client.post("/account/webhooks/", data={"url": receiver.url, "events": ["run.ended"]})
    assert made.status_code == 303
    hook = db.session.query(Webhook).one()
    delivery = put_down(account)
    send_due()
    page = owner_client.get(f"/account/webhooks/{hook.id}/").text
    assert webhooks.secret_of(hook) in page
    assert "Send again" in page
    again = f"/account/webhooks/deliveries/{delivery.id}/again/"
    assert owner_client.post(again).status_code == 303
    assert owner_client.post(again).status_code == 409
    assert send_due() == 1
    assert [json.loads(body)["id"] for _headers, body in receiver.taken] == [str(delivery.public_id)] * 2
    owner_client.post(f"/account/webhooks/{hook.id}/switch/", data={"on": "0"})
    assert webhooks.put_down(account.id, "run.ended", "later", {}) == 0
    assert sign_in(make_member(account, "editor")).get("/account/webhooks/").status_code == 403
    assert owner_client.post(f"/account/webhooks/{hook.id}/delete/").status_code == 303
    assert db.session.query(WebhookDelivery).count() == 0


INNER = ("localhost", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254")


@pytest.fixture
def guarded(app: Flask) -> Iterator[None]:
    """Nothing inside is allowed, as on an installation that whoever runs it has not opened."""
    allowed = app.config["ALLOWED_PRIVATE_HOSTS"]
    app.config["ALLOWED_PRIVATE_HOSTS"] = ()
    yield
    app.config["ALLOWED_PRIVATE_HOSTS"] = allowed


def test_inner_addresses_are_not_called_however_they_are_written(
    account: Account, receiver: Receiver, guarded: None
) -> None:
    """Also not those that were added before they were refused, or whose name leads inside by now."""
    port = receiver.server_address[1]
    for host in INNER:
        webhook = webhooks.create_webhook(account.id, "https://example.com/", ["run.ended"])
        webhook.url = f"http://{host}:{port}/"
    db.session.commit()
    put_down(account)
    assert send_due() == len(INNER)
    assert receiver.taken == []
    assert {row.status for row in db.session.query(WebhookDelivery)} == {None}


ELSEWHERE = (
    *INNER,
    "hook.internal",
    "intranet",
    "10.0.0.1",
    "192.168.1.1",
    "[fd00::1]",
    "example.com:22",
    "localhost.",
)


def test_an_inner_address_is_refused_in_words_when_it_is_added(account: Account, guarded: None) -> None:
    for host in ELSEWHERE:
        with pytest.raises(DomainError) as refused:
            webhooks.create_webhook(account.id, f"http://{host}/", ["run.ended"])
        assert (refused.value.code, refused.value.field) == ("WEBHOOK_URL", "url"), host
        assert refused.value.cure, host
    assert webhooks.create_webhook(account.id, "https://hook.example.com:8443/a?b=c", ["run.ended"]).id


def test_an_address_that_does_not_answer_holds_up_nobody_else(
    account: Account, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once, and the rest of its events wait; what is due elsewhere is sent in the same round."""
    monkeypatch.setattr("app.api.webhook_sending.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = webhooks.create_webhook(account.id, f"http://127.0.0.1:{silent.getsockname()[1]}/", EVERYTHING)
        db.session.commit()
        for number in range(30):
            webhooks.put_down(account.id, webhooks.RUN_ENDED, f"slow {number}", {})
        db.session.commit()
        other = make_account("Other")
        webhooks.create_webhook(other.id, receiver.url, EVERYTHING)
        db.session.commit()
        webhooks.put_down(other.id, webhooks.RUN_ENDED, "quick", {})
        db.session.commit()
        assert send_due() == OF_EACH + 1
        assert len(receiver.taken) == 1
        assert send_due() == 0
    rows = db.session.query(WebhookDelivery).filter_by(webhook_id=slow.id).all()
    assert sorted(row.attempts for row in rows) == [*[0] * 29, 1]
    assert {row.lease_until for row in rows} == {None}
    assert all(row.due_at > utcnow() for row in rows)


def test_many_events_for_one_address_are_sent_in_one_go(account: Account, webhook: Webhook, receiver: Receiver) -> None:
    for number in range(23):
        webhooks.put_down(account.id, webhooks.RUN_ENDED, f"many {number}", {})
    db.session.commit()
    assert send_all_due() == 23
    assert len({body for _headers, body in receiver.taken}) == 23


def test_while_a_worker_sends_to_an_address_no_other_does(account: Account, webhook: Webhook) -> None:
    first = put_down(account, "first")
    first.lease_until, first.attempts = utcnow() + timedelta(minutes=5), 1
    put_down(account, "second")
    assert send_due() == 0
