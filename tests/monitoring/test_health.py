"""Health and metrics for machines, the dashboard and runs for people."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import null

from app.accounts.models import Account
from app.core.actor import THE_APP
from app.core.events.models import EventDelivery
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.planner.models import Cluster
from app.sites.models import Site
from app.sync.run_kinds import COMPARE
from tests.factories.people import SignIn, make_member
from tests.factories.things import make_content, make_idea, make_keyword, make_task
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


def test_the_dashboard_leads_on_from_wherever_one_is(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    def next_step() -> str:
        page = owner_client.get(f"/dashboard/?site={site.id}").text
        return page.split("Next step</p><h2>")[1].split("</h2>")[0]

    assert next_step() == "Import keywords"
    make_keyword(site, cluster_id=cluster.id)
    assert next_step() == "Generate ideas"
    make_idea(cluster)
    assert next_step() == "Turn ideas into tasks"
    make_task(cluster)
    assert next_step() == "Generate drafts"


def test_the_dashboard_without_a_site_says_how_to_start(owner_client: FlaskClient, viewer_client: FlaskClient) -> None:
    assert "Add site" in owner_client.get("/dashboard/").text
    assert "Start with a site" in viewer_client.get("/dashboard/").text
    assert "/sites/new/" not in viewer_client.get("/dashboard/").text


def test_a_run_is_watched_cancelled_and_tried_again(owner_client: FlaskClient, account: Account, site: Site) -> None:
    content = make_content(site)
    run = start(account, params={"content_id": content.id})
    hx = {"HX-Request": "true"}
    bar = owner_client.get(f"/runs/{run.id}/", headers=hx).text
    assert 'hx-trigger="every 1s"' in bar
    assert 'data-state="queued"' in bar
    ended = owner_client.post(f"/runs/{run.id}/cancel/", headers=hx).text
    assert 'data-state="cancelled"' in ended
    assert "every 1s" not in ended
    again = owner_client.post(f"/runs/{run.id}/retry/", headers=hx).text
    assert 'data-state="queued"' in again
    assert owner_client.post(f"/runs/{run.id}/retry/").status_code == 409
    page = owner_client.get(f"/runs/{run.id}/").text
    assert "<h1>Publish “A”</h1>" in page
    assert "Publish “A”" in owner_client.get("/runs/menu/").text


def test_a_viewer_watches_but_does_not_cancel(viewer_client: FlaskClient, account: Account, site: Site) -> None:
    run = start(account, site_id=site.id)
    assert viewer_client.get(f"/runs/{run.id}/").status_code == 200
    assert f"/runs/{run.id}/cancel/" not in viewer_client.get(f"/runs/{run.id}/").text
    assert viewer_client.post(f"/runs/{run.id}/cancel/").status_code == 403


def test_work_is_cancelled_by_those_who_may_start_it(account: Account, site: Site, sign_in: SignIn) -> None:
    editor = sign_in(make_member(account, "editor", sites=[site.id]))
    run = start_run(account_id=account.id, kind=COMPARE, title="Compare", actor=THE_APP, site_id=site.id)
    db.session.commit()
    assert f"/runs/{run.id}/cancel/" not in editor.get(f"/runs/{run.id}/").text
    assert editor.post(f"/runs/{run.id}/cancel/").status_code == 403
    admin = sign_in(make_member(account, "admin"))
    assert f"/runs/{run.id}/cancel/" in admin.get(f"/runs/{run.id}/").text
    assert admin.post(f"/runs/{run.id}/cancel/").status_code == 303
    assert editor.post(f"/runs/{run.id}/retry/").status_code == 403


def test_work_of_the_whole_account_is_not_for_those_who_see_single_sites(
    viewer_client: FlaskClient, owner_client: FlaskClient, account: Account
) -> None:
    run = start(account)
    assert viewer_client.get(f"/runs/{run.id}/").status_code == 404
    assert owner_client.get(f"/runs/{run.id}/").status_code == 200
