"""What opens something, and who somebody is: in no run, page, log line or audit entry, however it got on its way."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import jobs
from app.accounts.models import Account
from app.billing.stripe_client import Gateway
from app.core import audit, logs
from app.core.actor import THE_APP
from app.core.audit import AuditEvent
from app.core.crypto import decrypt, encrypt
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.services import start_run
from app.identity import totp
from app.identity.models import User
from app.sites import connection
from app.sites.models import Site
from tests.factories.people import NOBODY, PASSWORD
from tests.factories.work import a_kind

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], int]
CALLER, CALLER6 = "203.0.113.77", "2001:db8:85a3::8a2e:370:7334"
KINDS = {
    "api token": "igny8_" + "Tq" * 20,
    "openai": "sk-proj-" + "o" * 40,
    "stripe": "sk_live_" + "s" * 24,
    "webhook": "whsec_" + "w" * 32,
    "restricted": "rk_live_" + "r" * 24,
    "bearer": "Bearer " + "b" * 30,
    "basic": "Basic " + "dXNlcjpwYXNz" * 3,
    "hash": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g",
    "link": "https://app.example.com/password/reset/?t=" + "k" * 43,
    "url": "postgresql://igny8:pa55word@db/igny8",
    "totp": "otpauth://totp/IGNY8:x?secret=JBSWY3DPEHPK3PXP&issuer=IGNY8",
}
CORE = {name: value.split("=")[-1] if name == "hash" else value[-20:] for name, value in KINDS.items()}
CORE |= {"url": "pa55word", "totp": "JBSWY3DPEHPK3PXP", "link": "k" * 43}


@pytest.fixture
def secrets(app: Flask, site: Site) -> dict[str, str]:
    """Of each kind what must not be seen; with what this installation really has."""
    link = connection.make_key(site)
    key = connection.connection_key(link, "http://localhost")
    sealed = encrypt("a secret")
    db.session.commit()
    return {**KINDS, "connection key": key, "sealed": sealed}


@pytest.fixture
def log(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, from DEBUG on."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.configure("DEBUG", secrets=[app.config["SECRET_KEY"], *app.config["ENCRYPTION_KEYS"]])
    yield out
    monkeypatch.undo()
    logs.configure("WARNING")


def core(secrets: dict[str, str]) -> list[str]:
    return [CORE.get(name, value[-30:]) for name, value in secrets.items()]


def absent(secrets: dict[str, str], text: str) -> None:
    assert [part for part in core(secrets) if part in text] == []


def run_of(account: Account, site: Site) -> Run:
    run = start_run(
        account_id=account.id, kind=a_kind("t", "jobs.attack.run"), title="Attack", site_id=site.id, actor=THE_APP
    )
    db.session.commit()
    return run


@pytest.mark.parametrize("how", ["told", "details", "crash"])
def test_a_run_that_fails_over_secrets_shows_none(
    account: Account,
    site: Site,
    owner_client: FlaskClient,
    log: io.StringIO,
    secrets: dict[str, str],
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = " | ".join(secrets.values())

    def broken(_context: object) -> None:
        if how == "crash":
            raise RuntimeError(words)
        details = {"answer": words, "deep": [{"headers": words}]}
        raise DomainError(words if how == "told" else "It failed.", code="X", details=details)

    monkeypatch.setattr(jobs, "_load", lambda _name: broken)
    run = run_of(account, site)
    jobs.execute(str(run.id))
    db.session.expire_all()
    run = db.session.get_one(Run, run.id)
    assert run.state == "failed"
    absent(secrets, json.dumps(run.error) + json.dumps(run.data) + str(run.message))
    for path in (f"/runs/{run.id}/", "/runs/menu/", "/dashboard/"):
        for headers in ({}, {"HX-Request": "true"}):
            absent(secrets, owner_client.get(path, headers=headers).text)
    absent(secrets, log.getvalue())
    assert log.getvalue() != ""


@pytest.mark.parametrize("path", ["/runs/menu/", "/api/v1/me/"])
def test_an_error_page_repeats_no_secret(
    app: Flask,
    owner_client: FlaskClient,
    log: io.StringIO,
    secrets: dict[str, str],
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused() -> str:
        raise DomainError(" | ".join(secrets.values()), code="X", details={"answer": list(secrets.values())})

    monkeypatch.setitem(app.view_functions, "runs.menu", refused)
    for headers in ({}, {"HX-Request": "true"}):
        answer = owner_client.get(path, headers=headers)
        absent(secrets, answer.text + str(answer.headers))
    absent(secrets, log.getvalue())


def test_the_audit_log_keeps_no_secret_wherever_it_stands(
    account: Account, owner_client: FlaskClient, secrets: dict[str, str]
) -> None:
    for value in secrets.values():
        audit.record(
            account.id, "site.added", subject=value, before={"note": value}, after={"list": [value, "x"]}, by=NOBODY
        )
    audit.record(
        account.id, "site.added", after={"password": "plain words", "api_key": "k", "totp_secret": "s"}, by=NOBODY
    )
    db.session.commit()
    kept = [str((row.subject, row.before, row.after)) for row in db.session.scalars(select(AuditEvent))]
    absent(secrets, " ".join(kept))
    assert "plain words" not in " ".join(kept)
    absent(secrets, owner_client.get("/account/audit/").text + owner_client.get("/account/audit/export.csv").text)


def test_stripe_that_repeats_the_key_does_not_show_it(serve: Serve) -> None:
    key = "sk_live_" + "m" * 30

    def answer(request: BaseHTTPRequestHandler) -> None:
        told = {"error": {"type": "invalid_request_error", "message": f"Sent: {request.headers['Authorization']}"}}
        body = json.dumps(told).encode()
        request.send_response(400)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    port = serve(answer)
    with pytest.raises(DomainError) as caught:
        Gateway(key, f"http://127.0.0.1:{port}", (f"127.0.0.1:{port}",)).snapshot("cus_1")
    assert caught.value.details["answer"]
    assert key not in json.dumps(caught.value.as_dict())


def test_a_second_factor_leaves_its_secret_nowhere(
    account: Account, owner: User, owner_client: FlaskClient, log: io.StringIO
) -> None:
    owner_client.get("/account/security/second-factor/")
    secret = decrypt(db.session.get_one(User, owner.id).totp_secret or "")
    code = pyotp.TOTP(secret).now()
    page = owner_client.post("/account/security/second-factor/", data={"code": code})
    assert page.status_code == 200
    assert totp.is_enabled(db.session.get_one(User, owner.id))
    kept = " ".join(str((row.subject, row.before, row.after)) for row in db.session.scalars(select(AuditEvent)))
    shown = "".join(owner_client.get(path).text for path in ("/account/security/", "/account/audit/", "/dashboard/"))
    for place in (kept, shown, log.getvalue()):
        assert secret not in place
        assert " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)) not in place
        assert code not in place


@pytest.mark.parametrize("address", [CALLER, CALLER6, "198.51.100.9", "fe80::1ff:fe23:4567:890a"])
def test_no_log_line_says_where_somebody_is(
    app: Flask, owner: User, log: io.StringIO, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError(f"{owner.email} at {address}, [{address}]:443 and {address}: gone")

    email = owner.email
    monkeypatch.setitem(app.view_functions, "auth.signup", broken)
    browser = app.test_client()
    where = {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": address, "HTTP_USER_AGENT": "Marked-Agent/1"}
    for data in ({"email": email, "password": "wrong password"}, {"email": email, "password": PASSWORD}):
        browser.post("/login", data=data, environ_base=where)
    assert browser.get("/no/such/", environ_base=where).status_code == 404
    browser.post("/logout", environ_base=where)
    assert browser.get("/signup", environ_base=where).status_code == 500
    logging.getLogger("library").warning("peer %s:%s, %s", address, 443, email)
    logs.get_logger("attack").info("told", ip=address, peer={"remote_addr": address}, user_agent="Marked-Agent/1")
    said = log.getvalue()
    assert "request_crashed" in said
    for word in (address, email, "Marked-Agent"):
        assert word not in said


@pytest.mark.parametrize(
    "text",
    [
        "at 12:34:56",
        "2026-11-20T20:11:06.123Z",
        "version 8.4.1",
        "127.0.0.1:8000",
        "[::1]:80",
        "a::b",
        "std::string",
        "10:20",
        "1.2.3",
        "https://example.com:8443/a:b",
        "00:1a:2b:3c:4d:5e",
    ],
)
def test_what_is_no_address_of_a_person_stays_readable(text: str) -> None:
    assert logs.scrub(text) in (text, text.replace("a::b", "[address]"))


def test_words_that_only_look_like_keys_stay_readable() -> None:
    for text in (
        "The table igny8_outbox is missing.",
        "Use the role igny8_app.",
        "igny8-image:" + "a" * 64,
        "task-management",
        "risk-averse-companies",
    ):
        assert logs.scrub_secrets(text) == text
