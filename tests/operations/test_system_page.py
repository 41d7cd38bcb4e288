"""The System page: for the people whom the installation names, and nobody else."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.scheduler import claim_tick
from app.identity.models import User
from app.operations import system
from app.operations.models import BackupRecord, OperatorAlert
from jobs.schedule import periodic_jobs
from tests.factories.people import SignIn, make_member


def name(app: Flask, monkeypatch: pytest.MonkeyPatch, *people: User) -> None:
    monkeypatch.setitem(app.config, "OPERATOR_EMAILS", frozenset(person.email for person in people))


def test_it_is_there_for_operators_alone(
    app: Flask,
    account: Account,
    owner: User,
    owner_client: FlaskClient,
    client: FlaskClient,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert owner_client.get("/system/").status_code == 404
    unconfirmed = make_member(account, "owner", email_confirmed_at=None)
    name(app, monkeypatch, owner, unconfirmed)
    assert owner_client.get("/system/").status_code == 200
    assert sign_in(unconfirmed).get("/system/").status_code == 404
    assert sign_in(make_member(account, "owner")).get("/system/").status_code == 404
    assert client.get("/system/").status_code == 303


def test_it_shows_schedules_alerts_and_the_last_proven_restore(
    app: Flask, owner: User, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(app, monkeypatch, owner)
    empty = owner_client.get("/system/").text
    assert "No worker is running." in empty
    assert "pg_stat_statements" in empty
    now = utcnow()
    for job in periodic_jobs():
        claim_tick(job, now)
    db.session.add(OperatorAlert(key="disk_full", cause="Little is free.", told_at=now))
    for kind, state, message in (
        ("database", "good", "66 tables"),
        ("media", "failed", "The disk is full."),
        ("drill", "good", "64 tables with 1,234 rows came back"),
    ):
        ended = now - timedelta(hours=1)
        db.session.add(
            BackupRecord(kind=kind, state=state, message=message, started_at=ended, ended_at=ended, size=5_000_000)
        )
    db.session.commit()
    page = owner_client.get("/system/").text
    for words in ("Disk full", "Little is free.", "The disk is full.", "64 tables with 1,234 rows", "4.8 MB", "24 h"):
        assert words in page
    assert "Late" not in page.partition("system-schedules")[2].partition("system-statements")[0]
    rows = system.schedules(now + timedelta(hours=1))
    assert next(row for row in rows if row.name == "sweep_runs").is_late


def test_it_is_there_without_redis(
    app: Flask, owner: User, owner_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name(app, monkeypatch, owner)
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    page = owner_client.get("/system/")
    assert page.status_code == 200
    assert "Redis does not answer" in page.text
