"""What Prometheus, the dashboard and the rules are given: figures of a used installation, with nothing of tenants."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app.accounts.models import Account
from app.api.webhook_models import WebhookDelivery
from app.api.webhooks import create_webhook
from app.config import ROOT
from app.core import process_metrics
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.operations import metrics
from app.operations.alerts import KEYS
from app.operations.figures import take_figures
from app.operations.models import BackupRecord
from app.sites.models import Site
from tests.factories.things import make_call, make_content
from tests.factories.world import CANARY, World, world

__all__ = ["world"]
NAME = re.compile(r"igny8_[a-z0-9_]+")


@pytest.fixture(autouse=True)
def counted_now() -> None:
    metrics.forget_figures()


def values_of(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    return values_of(text).get((name, tuple(sorted(labels.items()))))


def ended(site: Site, kind: str, state: str, *, minutes: int = 5, seconds: float = 10, **fields: object) -> None:
    end = utcnow() - timedelta(minutes=minutes)
    run = Run(
        account_id=site.account_id,
        site_id=site.id,
        kind=kind,
        title=CANARY,
        job="jobs.none",
        state=state,
        started_at=end - timedelta(seconds=seconds),
        ended_at=end,
        **fields,
    )
    db.session.add(run)
    db.session.commit()


def test_figures_of_the_last_hour(client: FlaskClient, account: Account, site: Site) -> None:
    for seconds in (10, 20, 30):
        ended(site, "publish", "succeeded", seconds=seconds)
    ended(site, "publish", "failed", error={"code": "UNEXPECTED", "step": "media"})
    ended(site, "publish", "failed", minutes=90, error={"code": "UNEXPECTED", "step": "media"})
    ended(site, "import", "succeeded", done=400)
    for fields in ({"ms": 1000}, {"ms": 3000}, {"state": "failed", "error_code": "AI_TIMEOUT", "ms": None}):
        make_call(account, **fields)
    db.session.add(BackupRecord(kind="database", state="good", ended_at=utcnow() - timedelta(hours=2)))
    db.session.commit()
    webhook = create_webhook(account.id, "https://example.com/hook", ["run.ended"])
    for number, hours in enumerate((2, 30)):
        facts = {"event": "run.ended", "event_key": str(number), "payload": {}, "error": "", "state": "failed"}
        end = utcnow() - timedelta(hours=hours)
        db.session.add(WebhookDelivery(account_id=account.id, webhook_id=webhook.id, ended_at=end, **facts))
    db.session.commit()
    text = client.get("/metrics").text
    assert value(text, "igny8_webhooks_given_up_day") == 1
    assert value(text, "igny8_runs_ended_hour", kind="publish", state="succeeded") == 3
    assert value(text, "igny8_runs_ended_hour", kind="publish", state="failed") == 1
    assert value(text, "igny8_runs_crashed_hour", kind="publish") == 1
    assert value(text, "igny8_publish_failures_hour", step="media") == 1
    assert value(text, "igny8_publish_seconds", quantile="0.5") == pytest.approx(20)
    assert value(text, "igny8_imported_rows_hour") == 400
    assert value(text, "igny8_ai_calls_hour", operation="draft", state="succeeded") == 2
    assert value(text, "igny8_ai_errors_hour", operation="draft", code="AI_TIMEOUT") == 1
    assert value(text, "igny8_ai_seconds", operation="draft", quantile="0.5") == pytest.approx(2)
    assert value(text, "igny8_ai_spend_dollars_hour", operation="draft") == pytest.approx(0.01275)
    assert value(text, "igny8_backup_age_seconds", kind="database") == pytest.approx(7200, abs=60)
    assert (value(text, "igny8_disk_free_ratio", place="instance") or 0) > 0


def test_every_figure_has_its_query_and_nothing_of_a_tenant_is_told(client: FlaskClient, world: World) -> None:
    text = client.get("/metrics").text
    assert CANARY not in text
    assert value(text, "igny8_queue_jobs", queue="bulk") is not None
    content_types = {family.name for family in text_string_to_metric_families(text)}
    assert {name for name, *_ in metrics.GAUGES} <= content_types


def test_the_database_is_asked_once_in_some_seconds(client: FlaskClient, app: Flask, site: Site) -> None:
    before = client.get("/metrics").text
    ended(site, "publish", "succeeded")
    assert "igny8_runs_ended_hour{" not in before
    assert "igny8_runs_ended_hour{" not in client.get("/metrics").text
    metrics.forget_figures()
    assert "igny8_runs_ended_hour{" in client.get("/metrics").text


def test_requests_are_counted_by_their_route(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    owner_client.get(f"/content/{content.id}/edit/")
    owner_client.get(f"/nowhere/{CANARY}")
    text = process_metrics.render().decode()
    labels = {"method": "GET", "route": "/content/<int:content_id>/edit/"}
    assert (value(text, "igny8_web_request_seconds_count", **labels) or 0) >= 1
    assert (value(text, "igny8_web_requests_total", status="2xx", **labels) or 0) >= 1
    assert (value(text, "igny8_web_requests_total", status="4xx", method="none", route="none") or 0) >= 1
    assert CANARY not in text


COUNT = """
from app.core import process_metrics as m
for _ in range({requests}):
    m.REQUESTS.labels("GET", "/", "2xx").inc()
m.POOL.set({connections})
from app.operations import metrics
from app.operations.figures import Figures, QueueFigures
from app.core.clock import utcnow
figures = Figures(utcnow(), queues={{"bulk": QueueFigures({requests}, 0.0)}}, workers=())
print(metrics.render_figures(figures).decode())
print(m.render().decode())
"""


def count(folder: Path, place: str, requests: int, connections: int) -> str:
    environment = {**os.environ, process_metrics.FOLDER: str(folder), process_metrics.PLACE: place}
    script = COUNT.format(requests=requests, connections=connections)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_web_processes_are_added_up_and_one_that_follows_another_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(process_metrics.FOLDER, str(tmp_path))
    count(tmp_path, "web0", 2, 3)
    text = count(tmp_path, "web1", 5, 4)
    assert value(text, "igny8_web_requests_total", method="GET", route="/", status="2xx") == 7
    assert value(text, "igny8_web_pool_connections") == 7
    assert [line for line in text.splitlines() if line.startswith("igny8_queue_jobs")] == [
        'igny8_queue_jobs{queue="bulk"} 5.0'
    ]
    process_metrics.forget_process("web0")
    files = len(list(tmp_path.iterdir()))
    text = count(tmp_path, "web0", 10, 1)
    assert value(text, "igny8_web_requests_total", method="GET", route="/", status="2xx") == 17
    assert value(text, "igny8_web_pool_connections") == 5
    assert len(list(tmp_path.iterdir())) == files + 1  # that of its connections, which had gone with the first


def known_names(app: Flask) -> set[str]:
    names = {name for name, *_ in metrics.GAUGES}
    for family in text_string_to_metric_families(process_metrics.render().decode()):
        names |= {family.name, f"{family.name}_total", f"{family.name}_bucket", f"{family.name}_count"}
    return names


def test_every_metric_of_rules_and_dashboard_exists(app: Flask) -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    dashboard = json.loads((ROOT / "deploy/grafana/igny8.json").read_text())
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used = {name for expression in asked for name in NAME.findall(expression)}
    assert used - known_names(app) == set()
    assert known_names(app) & used >= {name for name, *_ in metrics.GAUGES}  # each is looked at
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_prometheus_has_the_alerts_that_are_mailed(app: Flask) -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    assert {rule["labels"]["key"] for rule in rules if "key" in rule["labels"]} == set(KEYS)
    assert all(rule["annotations"]["summary"] and rule["annotations"]["description"] for rule in rules)


def test_figures_without_redis_have_what_the_database_knows(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    figures = take_figures()
    assert figures.queues is None
    assert figures.by_label("connections")
    assert b"igny8_queue_jobs{" not in metrics.render_figures(figures)
