"""Secrets at rest and on their way: rotated while people work, and in no log, page, run, export or audit line."""

import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app import cli
from app.accounts import api_tokens
from app.accounts.models import Account
from app.core import logs, mail, rotation
from app.core.crypto import decrypt, encrypt
from app.core.db import Base
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.export.archive import Archive
from app.identity.models import User
from app.sites import connection
from app.sites.models import Site, WordPressConnection
from tests.conftest import ENCRYPTION_KEY
from tests.factories.models import endpoint_at, error_at
from tests.factories.people import actor_of

Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], int]
MARK = "Zq7-marked-secret-Zq7"
PERSON = "marked.person@private-mail.example"


@pytest.fixture
def kept(app: Flask, owner: User, site: Site) -> Iterator[dict[str, str]]:
    """A secret of each kind in the database; the keys are put back afterwards."""
    owner.totp_secret = encrypt("JBSWY3DPEHPK3PXP")
    link = connection.make_key(site)
    for number in range(rotation.AT_ONCE + 5):
        mail.queue_mail(intent=f"t{number}", recipient="a@example.com", subject="S", body=f"b{number}", html="<p>h")
    db.session.commit()
    yield {"totp": "JBSWY3DPEHPK3PXP", "wordpress": decrypt(link.secret), "mail": "b0"}
    app.config["ENCRYPTION_KEYS"] = [ENCRYPTION_KEY]


def read_all(owner: User) -> dict[str, str]:
    db.session.expire_all()
    user = db.session.get_one(User, owner.id)
    link = db.session.scalars(select(WordPressConnection)).one()
    letter = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).first()
    assert letter is not None
    assert user.totp_secret is not None
    assert decrypt(letter.html) == "<p>h"
    return {"totp": decrypt(user.totp_secret), "wordpress": decrypt(link.secret), "mail": decrypt(letter.body)}


def test_after_rotation_the_old_key_is_not_needed(app: Flask, owner: User, kept: dict[str, str]) -> None:
    new = Fernet.generate_key().decode()
    app.config["ENCRYPTION_KEYS"] = [new, ENCRYPTION_KEY]
    told = rotation.rotate_secrets()
    assert told.unreadable == 0
    assert told.changed == 2 + 2 * (rotation.AT_ONCE + 5)
    app.config["ENCRYPTION_KEYS"] = [new]
    assert read_all(owner) == kept
    again = rotation.rotate_secrets()
    assert (again.changed, again.current) == (0, told.changed)


def test_a_secret_that_changes_meanwhile_is_not_overwritten(
    app: Flask, owner: User, kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["ENCRYPTION_KEYS"] = [Fernet.generate_key().decode(), ENCRYPTION_KEY]
    real = rotation.reencrypt

    def slow(token: str) -> str:
        with db.engine.begin() as other:  # somebody connects the site anew just now
            other.execute(update(WordPressConnection).values(secret=encrypt("fresh")))
        return real(token)

    db.session.execute(update(User).values(totp_secret=None))
    db.session.execute(text("delete from outgoing_mails"))
    db.session.commit()
    monkeypatch.setattr(rotation, "reencrypt", slow)
    rotation.rotate_secrets()
    db.session.expire_all()
    assert decrypt(db.session.scalars(select(WordPressConnection)).one().secret) == "fresh"


def test_a_secret_that_fits_no_key_is_told_and_left(app: Flask, owner: User, kept: dict[str, str]) -> None:
    app.config["ENCRYPTION_KEYS"] = [Fernet.generate_key().decode()]
    told = rotation.rotate_secrets()
    assert (told.changed, told.current) == (0, 0)
    assert told.unreadable > 0
    app.config["ENCRYPTION_KEYS"] = [ENCRYPTION_KEY]
    assert read_all(owner) == kept


def test_the_command_says_what_it_did(
    app: Flask, kept: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.create_app", lambda: app)
    monkeypatch.setenv("DATABASE_URL", "set")
    assert cli.main(["rotate-secrets"]) == 0
    assert "0 encrypted anew" in capsys.readouterr().out


def test_every_column_that_looks_encrypted_is_rotated(app: Flask, kept: dict[str, str]) -> None:
    """A column that holds what `encrypt` makes, and is not marked so, would be lost with the old key."""
    marked = {column for columns in rotation.encrypted_columns().values() for column in columns}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if getattr(column.type, "python_type", None) is str and column not in marked:
                found = db.session.execute(select(column).where(column.like("gAAAAA%")).limit(1)).first()
                assert found is None, column


@pytest.fixture
def log(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, from DEBUG on."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    logs.configure("DEBUG", secrets=[MARK])
    yield out
    monkeypatch.undo()
    logs.configure("WARNING")


def test_logs_hold_no_secret_however_it_gets_there(log: io.StringIO) -> None:
    logger = logs.get_logger("attack")
    logger.info("plain", password=MARK, nested={"api_key": "x1y2z3", "deep": [{"Authorization": "Bearer abcdefgh"}]})
    logger.info(f"in words {MARK} and {PERSON}", other=f"Bearer {'a' * 30}", link="https://x/reset/?t=abcdef123456")
    logging.getLogger("library").warning("user %s, key %s, url http://u:pw@host/", PERSON, "sk-" + "a" * 30)
    try:
        raise RuntimeError(f"{MARK} of {PERSON} igny8_{'b' * 40}")
    except RuntimeError:
        logger.exception("crashed")
        logging.getLogger("library").exception("crashed too")
    said = log.getvalue()
    assert said.count("\n") == 5
    for secret in (MARK, PERSON, "x1y2z3", "abcdefgh", "a" * 30, "b" * 40, "abcdef123456", ":pw@"):
        assert secret not in said
    assert all(json.loads(line) for line in said.splitlines())


def test_errors_of_the_database_tell_no_values(log: io.StringIO, owner: User) -> None:
    twin = {"email": owner.email, "name": "Marked Name Zq7", "hash": "h" * 20}
    try:
        stmt = text("insert into users (email, name, password_hash) values (:email, :name, :hash)")
        db.session.execute(stmt, twin)
    except DBAPIError:
        logs.get_logger("attack").exception("request_crashed")
    db.session.rollback()
    said = log.getvalue()
    assert "request_crashed" in said
    for value in (owner.email, "Marked Name Zq7", "h" * 20):
        assert value not in said


def test_signing_up_in_and_failing_leaves_no_person_in_the_logs(app: Flask, log: io.StringIO) -> None:
    browser = app.test_client()
    form = {"email": PERSON, "name": "Marked Name Zq7", "password": MARK, "account_name": "Acc"}
    browser.post("/signup", data=form)
    browser.post("/signup", data=form)
    browser.post("/login", data=form)
    browser.post("/logout")
    browser.post("/login", data={"email": PERSON, "password": "wrong " + MARK})
    browser.post("/login", data={"email": PERSON, "password": MARK})
    browser.post("/password/forgot/", data={"email": PERSON})
    browser.get("/password/reset/?t=abcdef123456")
    structlog.contextvars.clear_contextvars()
    for secret in (MARK, PERSON, "Marked Name", "abcdef123456"):
        assert secret not in log.getvalue()


def test_secrets_are_in_no_page_audit_line_or_export(
    app: Flask, account: Account, owner: User, owner_client: FlaskClient, kept: dict[str, str], tmp_path: Path
) -> None:
    _token, key = api_tokens.make_token(
        account.id,
        actor_of(owner),
        name="T",
        scopes=["account:read"],
        days=7,
        role="owner",
        for_bot=False,
        usable={"account:read"},
    )
    db.session.commit()
    owner_client.post("/account/security/password/", data={"old": MARK, "password": f"{MARK} new"})
    Archive(account.id, tmp_path / "all.zip", lambda *_: None).write()
    with zipfile.ZipFile(tmp_path / "all.zip") as pack:
        exported = "".join(pack.read(name).decode("utf-8", "replace") for name in pack.namelist())
    shown = "".join(
        owner_client.get(path).text
        for path in (
            "/account/audit/",
            "/account/audit/export.csv",
            "/account/tokens/",
            "/account/security/",
            "/sites/",
        )
    )
    secrets = [kept["wordpress"], kept["totp"], key, MARK, "argon2", app.config["SECRET_KEY"], ENCRYPTION_KEY]
    for secret in secrets:
        assert secret not in exported, secret[:8]
        assert secret not in shown, secret[:8]
    assert not re.search("gAAAAA[A-Za-z0-9_-]{20}", exported + shown)


def test_error_pages_tell_nothing_of_the_fault(
    app: Flask, owner_client: FlaskClient, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError(f"{MARK} in /srv/app/secret.py for {PERSON}")

    monkeypatch.setitem(app.view_functions, "runs.menu", broken)
    for headers in ({}, {"HX-Request": "true"}):
        answer = owner_client.get("/runs/menu/", headers=headers)
        told = answer.text + str(answer.headers)
        assert answer.status_code == 500
        for word in (MARK, PERSON, "secret.py", "RuntimeError", "Traceback"):
            assert word not in told
    assert MARK not in log.getvalue()


def test_an_endpoint_that_repeats_the_key_does_not_show_it_to_customers(serve: Serve) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        body = json.dumps(
            {"error": {"message": f"Wrong key: {request.headers['Authorization']}", "code": "x"}}
        ).encode()
        request.send_response(401)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    error = error_at(endpoint_at(f"http://127.0.0.1:{serve(answer)}/v1", key=MARK))
    assert "Wrong key" in json.dumps(error.as_dict())
    assert MARK not in json.dumps(error.as_dict())
