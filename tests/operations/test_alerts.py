"""What is wrong is told once, with cause and cure, and so is its end."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import features, mail, tallies
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.core.own_jobs import may_be_called
from app.core.queue import queue_of
from app.operations import alert_mails, alerts, pings
from app.operations.alerts import Alert, find_alerts
from app.operations.figures import DiskFigures, Figures, QueueFigures, WorkerFigures
from app.operations.models import OperatorAlert
from jobs import operations

ALL_QUEUES = ("interactive", "default", "bulk")
GOOD_BACKUPS = {(kind, ""): 60.0 for kind in alerts.OLDEST_BACKUP}
Rows = Mapping[str, Mapping[tuple[str, str], float]]


def figures(rows: Rows | None = None, **fields: object) -> Figures:
    """A healthy installation, but for what is given."""
    ticks = {(job.name, ""): 0.0 for job in features.periodic()}
    values = {
        "rows": {"tick": ticks, "backup": GOOD_BACKUPS, **(rows or {})},
        "queues": {name: QueueFigures(0, 0.0) for name in ALL_QUEUES},
        "workers": (WorkerFigures("w1", "idle", ALL_QUEUES, utcnow()),),
        "stripe_failures": 0,
        "disks": {"instance": DiskFigures(50, 100)},
        **fields,
    }
    return Figures(utcnow(), **values)  # type: ignore[arg-type]


WRONG: dict[str, Figures | dict[str, object]] = {
    "redis_missing": {"queues": None, "workers": None},
    "worker_missing": {"workers": (WorkerFigures("w1", "idle", ("default", "interactive"), None),)},
    "queue_old": {"queues": {name: QueueFigures(9, 300.0) for name in ALL_QUEUES}},
    "ai_timeouts": {
        "rows": {
            "calls": {("draft", "failed"): 6, ("draft", "succeeded"): 10},
            "call_errors": {("draft", "AI_TIMEOUT"): 6},
        }
    },
    "failed_work": {"rows": {"ended": {("publish", "failed"): 5, ("publish", "succeeded"): 9}}},
    "stripe_failing": {"stripe_failures": 3},
    "cron_lag": {"rows": {"tick": {("sweep_runs", ""): 400.0}}},
    "outbox_lag": {"rows": {"lag": {("mails", ""): 1000.0}}},
    "events_given_up": {"rows": {"events": {("toy", "given_up"): 2}}},
    "webhooks_given_up": {"rows": {"webhooks_given_up": {("", ""): 2}, "webhook_accounts": {("", ""): 1}}},
    "disk_full": {"disks": {"media": DiskFigures(9, 100)}},
    "backup_old": {"rows": {"backup": {**GOOD_BACKUPS, ("database", ""): 13 * 3600.0}}},
}
FINE: dict[str, dict[str, object]] = {
    "some_timeouts": {"rows": {"calls": {("draft", "succeeded"): 100}, "call_errors": {("draft", "AI_TIMEOUT"): 6}}},
    "some_failures": {"rows": {"ended": {("publish", "failed"): 5, ("publish", "succeeded"): 90}}},
    "bulk_may_wait": {
        "queues": {"interactive": QueueFigures(1, 1), "default": QueueFigures(9, 60), "bulk": QueueFigures(9, 3000)}
    },
    "no_webhooks_given_up": {"rows": {"webhooks_given_up": {("", ""): 0}, "webhook_accounts": {("", ""): 0}}},
    "events_under_way": {"rows": {"events": {("toy", "waiting"): 9_000}}},
}


@pytest.mark.parametrize("key", WRONG)
def test_each_alert_is_found_and_says_what_to_do(app: Flask, key: str) -> None:
    found = find_alerts(figures(**WRONG[key]), backs_up=True)  # type: ignore[arg-type]
    assert [alert.key for alert in found] == [key]
    assert all((found[0].title, found[0].cause, found[0].cure))


@pytest.mark.parametrize("case", FINE)
def test_what_happens_every_day_is_no_alert(app: Flask, case: str) -> None:
    assert find_alerts(figures(**FINE[case]), backs_up=True) == []  # type: ignore[arg-type]


def test_a_crash_is_told_at_once_and_no_backups_too(app: Flask) -> None:
    crashed = {"ended": {("publish", "failed"): 1.0}, "crashed": {("publish", ""): 1.0}}
    assert [alert.key for alert in find_alerts(figures(crashed), backs_up=True)] == ["failed_work"]
    assert [alert.key for alert in find_alerts(figures(), backs_up=False)] == ["backup_missing"]
    assert set(WRONG) | {"backup_missing"} == set(alerts.KEYS)


@pytest.fixture
def operator(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(app.config, "OPERATOR_EMAILS", frozenset({"ops@example.com"}))
    return "ops@example.com"


def mails() -> list[str]:
    return [m.subject for m in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))]


ALERT = Alert("disk_full", "A disk fills up", "Less than a tenth is free.", "Make room.")


def test_an_alert_is_told_once_after_a_while_and_so_is_its_end(app: Flask, operator: str) -> None:
    now = utcnow()
    assert alert_mails.keep_alerts([ALERT], now) == []
    assert alert_mails.keep_alerts([ALERT], now + timedelta(minutes=1)) == []
    assert alert_mails.keep_alerts([ALERT], now + timedelta(minutes=2)) == ["disk_full"]
    for minute in (3, 60, 600):
        assert alert_mails.keep_alerts([ALERT], now + timedelta(minutes=minute)) == []
    assert mails() == ["IGNY8: A disk fills up"]
    body = mail.outbox()[0][1]
    assert "Less than a tenth is free." in body
    assert "What to do: Make room." in body
    assert [alert.key for alert in alert_mails.open_alerts()] == ["disk_full"]
    assert alert_mails.keep_alerts([], now + timedelta(minutes=603)) == []  # it may come again
    assert alert_mails.keep_alerts([], now + timedelta(minutes=606)) == ["disk_full"]
    assert mails()[1:] == ["IGNY8: over: disk full"]
    assert alert_mails.open_alerts() == []


def test_what_a_restart_brings_is_not_told(app: Flask, operator: str) -> None:
    now = utcnow()
    alert_mails.keep_alerts([ALERT], now)
    assert alert_mails.keep_alerts([], now + timedelta(minutes=6)) == []
    assert db.session.scalars(select(OperatorAlert)).all() == []
    assert mails() == []


def test_schedulers_side_by_side_tell_it_once(app: Flask, operator: str) -> None:
    now = utcnow()
    alert_mails.keep_alerts([ALERT], now)
    later = now + timedelta(minutes=5)
    assert [alert_mails.keep_alerts([ALERT], later) for _ in range(2)] == [["disk_full"], []]
    assert len(mails()) == 1


def test_the_installation_is_watched_as_it_is(app: Flask, operator: str) -> None:
    assert alert_mails.watch() == []
    seen = set(db.session.scalars(select(OperatorAlert.key)))
    assert {"worker_missing", "backup_missing"} <= seen


def test_failures_are_tallied_for_an_hour(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        tallies.tally("stripe_failures")
    assert tallies.tallied("stripe_failures") == 3
    monkeypatch.setattr("app.core.tallies.time.time", lambda: utcnow().timestamp() + 4000)
    assert tallies.tallied("stripe_failures") == 0


@pytest.fixture
def watcher() -> Iterator[tuple[str, list[str]]]:
    """A service that notices when no sign of life comes: its address, and what it was asked."""
    asked: list[str] = []

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404 if self.path == "/refused" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Watcher)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_the_sign_of_life_is_sent_by_a_worker_and_survives_silence(
    app: Flask, monkeypatch: pytest.MonkeyPatch, watcher: tuple[str, list[str]]
) -> None:
    assert not pings.ping()  # no address, no sign
    address, asked = watcher
    monkeypatch.setitem(app.config, "HEALTHCHECK_PING_URL", f"{address}/uuid")
    pings.hand_out_ping()
    assert queue_of("interactive").count == 1
    assert may_be_called(pings.ENTRY)
    operations.ping()
    assert asked == ["/uuid"]
    assert not pings.send_ping(f"{address}/refused")
    monkeypatch.setitem(app.config, "HEALTHCHECK_PING_URL", "http://127.0.0.1:1/ping")
    assert not pings.ping()
