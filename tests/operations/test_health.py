"""Health and metrics for machines."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import null

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.events.models import EventDelivery
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.operations.metrics import forget_figures
from app.sites.models import Site
from tests.factories.work import a_kind


def start(account: Account, **options: object) -> Run:
    run = start_run(
        account_id=account.id,
        kind=a_kind("publish", "jobs.publishing.publish_content"),
        title="Publish “A”",
        actor=THE_APP,
        **options,
    )
    db.session.commit()
    return run


def test_health_names_what_is_missing(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["status"] == "degraded"
    assert answer.json["checks"]["database"]["ok"]
    assert answer.json["checks"]["redis"]["ok"]
    assert answer.json["checks"]["workers"] == {"ok": False, "detail": "no worker is running"}


@pytest.fixture(autouse=True)
def counted_now() -> None:
    forget_figures()


def test_metrics_count_queues_and_runs(client: FlaskClient, account: Account) -> None:
    start(account, queue="interactive")
    text = client.get("/metrics").text
    assert 'igny8_queue_jobs{queue="interactive"} 1.0' in text
    assert 'igny8_runs{kind="publish",state="queued"} 1.0' in text


def test_operators_see_events_that_were_given_up(client: FlaskClient, account: Account, site: Site) -> None:
    assert client.get("/healthz").json["checks"]["events"] == {"ok": True, "detail": "none given up"}
    db.session.add(
        EventDelivery(
            account_id=account.id, site_id=site.id, subscriber="toy", event="published", attempts=10, due_at=null()
        )
    )
    db.session.commit()
    check = client.get("/healthz").json["checks"]["events"]
    assert check["ok"]
    assert check["detail"].startswith("given up after 10 tries: 1 for toy;")
    assert 'igny8_events{state="given_up",subscriber="toy"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "8.8.8.8"}, 404),
        ("secret-token", {}, 404),
        ("secret-token", {"Authorization": "Bearer wrong"}, 404),
        ("secret-token", {"Authorization": "Bearer secret-token"}, 200),
    ],
)
def test_metrics_are_not_for_everyone(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, token: str, headers: dict[str, str], status: int
) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", token)
    assert client.get("/metrics", headers=headers).status_code == status


PROXIED = [
    {"HTTP_HOST": "app.example.com"},
    {"HTTP_HOST": "10.1.2.3:8000"},
    {"HTTP_HOST": ""},
    {"HTTP_VIA": "1.1 proxy"},
    {"HTTP_X_REAL_IP": "8.8.8.8"},
    {"HTTP_FORWARDED": "for=8.8.8.8"},
    *(
        {f"HTTP_{name}": "8.8.8.8"}
        for name in (
            "CF_CONNECTING_IP",
            "CF_RAY",
            "X_FORWARDED_PORT",
            "X_FORWARDED_SERVER",
            "TRUE_CLIENT_IP",
            "X_ORIGINAL_HOST",
            "X_ORIGINAL_URL",
            "X_CLUSTER_CLIENT_IP",
            "FLY_CLIENT_IP",
            "X_ENVOY_EXTERNAL_ADDRESS",
            "X_CLIENT_IP",
            "CDN_LOOP",
        )
    ),
    {"REMOTE_ADDR": "10.0.0.9"},
]


@pytest.mark.parametrize("asked", PROXIED)
def test_strangers_hear_no_more_than_whether_all_is_well(client: FlaskClient, asked: dict[str, str]) -> None:
    assert client.get("/metrics", environ_overrides=asked).status_code == 404
    answer = client.get("/healthz", environ_overrides=asked)
    assert (answer.status_code, answer.json) == (503, {"status": "degraded"})


@pytest.mark.parametrize("setting", [{"PUBLIC_URL": "https://app.example.com"}, {"TRUSTED_PROXIES": 1}])
def test_behind_a_silent_proxy_nobody_is_on_this_machine(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch, setting: dict[str, object]
) -> None:
    for name, value in {**setting, "IS_LOCAL": True}.items():
        monkeypatch.setitem(app.config, name, value)
    for host in ("localhost", "127.0.0.1:8000"):  # what nginx sends on, unless told otherwise
        headers = {"Host": host}
        assert client.get("/metrics", headers=headers).status_code == 404
        assert client.get("/dev/outbox/", headers=headers).status_code == 404
        assert "checks" not in client.get("/healthz", headers=headers).json
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "secret-token")
    told = client.get("/healthz", headers={"Authorization": "Bearer secret-token"})
    assert told.json["checks"]["redis"]["ok"]


def test_with_an_address_of_this_machine_its_own_callers_are_told(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PUBLIC_URL", "http://127.0.0.1:8000")
    monkeypatch.setitem(app.config, "IS_LOCAL", True)
    for path in ("/metrics", "/dev/outbox/"):
        assert client.get(path, headers={"Host": "127.0.0.1:8000"}).status_code == 200
