"""Sending mail: once for each intent, again after what passes, never again after what is unclear."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq import Queue
from sqlalchemy import select, update

from app.core import mail
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.core.queue import redis_connection
from app.identity.models import User
from jobs import mail as jobs_mail
from tests.factories.races import race
from tests.fakes.smtp_server import FakeSMTP

TO = "ada@example.com"


@pytest.fixture
def server(app: Flask) -> Iterator[FakeSMTP]:
    """A mail server that the app is set up to use."""
    with FakeSMTP() as fake:
        given = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": fake.port,
            "SMTP_TLS": "none",
            "MAIL_FROM": "IGNY8 <no@x.example>",
        }
        before = {name: app.config[name] for name in given}
        app.config.update(given)
        yield fake
        app.config.update(before)


def queued(intent: str = "test:1") -> int:
    mail.queue_mail(intent=intent, recipient=TO, subject="Größe\r\nBcc: x@y", body="Hello\n", html="<p>Hello</p>")
    db.session.commit()
    return db.session.scalars(select(OutgoingMail.id).where(OutgoingMail.intent == intent)).one()


def state(mail_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(OutgoingMail, mail_id).state


def due_now() -> None:
    past = utcnow() - timedelta(minutes=2)
    db.session.execute(update(OutgoingMail).values(due_at=past, updated_at=past))
    db.session.commit()


def test_a_mail_is_sent_once_and_its_body_forgotten(server: FakeSMTP) -> None:
    mail_id = queued()
    assert Queue("interactive", connection=redis_connection()).count == 1
    jobs_mail.send(mail_id)
    jobs_mail.send(mail_id)
    [message] = server.messages
    assert (message["To"], message["From"]) == (TO, "IGNY8 <no@x.example>")
    assert message["Bcc"] is None
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
    assert state(mail_id) == "sent"
    assert db.session.get_one(OutgoingMail, mail_id).body == ""


def test_four_workers_send_it_once(app: Flask, server: FakeSMTP) -> None:
    mail_id = queued()
    race(app, lambda _number: mail.send(mail_id), 4)
    assert len(server.messages) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "END"])
def test_what_the_server_does_not_take_now_is_tried_again(server: FakeSMTP, command: str) -> None:
    mail_id = queued()
    server.refuse[command] = "451 later"
    assert not mail.send(mail_id)
    assert state(mail_id) == "queued"
    assert not mail.send(mail_id)  # not due yet
    server.refuse.clear()
    due_now()
    assert mail.hand_out_mail() == 1
    assert mail.send(mail_id)
    assert len(server.messages) == 1


@pytest.mark.parametrize("command", ["RCPT", "END"])
def test_what_the_server_refuses_is_given_up(server: FakeSMTP, command: str) -> None:
    mail_id = queued()
    server.refuse[command] = "550 no"
    mail.send(mail_id)
    assert state(mail_id) == "failed"
    assert mail.hand_out_mail() == 0


def test_when_it_is_unclear_whether_it_was_taken_it_is_not_sent_again(server: FakeSMTP) -> None:
    mail_id = queued()
    server.hang_up_after = "END"
    mail.send(mail_id)
    assert state(mail_id) == "uncertain"
    due_now()
    assert mail.hand_out_mail() == 0
    assert not mail.send(mail_id)
    assert len(server.messages) == 1


def test_a_worker_that_died_while_sending_leaves_it_unclear(server: FakeSMTP) -> None:
    mail_id = queued()
    old = utcnow() - timedelta(minutes=6)
    db.session.execute(update(OutgoingMail).values(state="sending", updated_at=old))
    db.session.commit()
    assert mail.hand_out_mail() == 0
    assert state(mail_id) == "uncertain"


def test_a_server_that_is_away_is_tried_until_enough(app: Flask, server: FakeSMTP) -> None:
    mail_id = queued()
    app.config["SMTP_PORT"] = 9
    for _ in range(mail.MAX_TRIES):
        due_now()
        mail.send(mail_id)
    assert state(mail_id) == "failed"


def test_a_mail_that_was_lost_is_handed_out_again_but_not_at_every_look(server: FakeSMTP) -> None:
    queued()
    assert mail.hand_out_mail() == 0  # with a worker, as far as anybody knows
    due_now()
    assert mail.hand_out_mail() == 1
    assert mail.hand_out_mail() == 0


def test_what_is_rolled_back_is_not_sent(server: FakeSMTP) -> None:
    mail.queue_mail(intent="x", recipient=TO, subject="A", body="B")
    db.session.rollback()
    assert db.session.scalars(select(OutgoingMail)).all() == []
    assert Queue("interactive", connection=redis_connection()).count == 0


def test_old_mails_are_forgotten(server: FakeSMTP) -> None:
    mail_id = queued()
    mail.send(mail_id)
    db.session.execute(update(OutgoingMail).values(created_at=utcnow() - timedelta(days=31)))
    db.session.commit()
    mail.forget_old()
    assert db.session.scalars(select(OutgoingMail)).all() == []


def test_without_a_server_mails_stay_and_show_locally_alone(app: Flask, client: FlaskClient, owner: User) -> None:
    client.post("/password/forgot/", data={"email": owner.email})
    assert db.session.scalars(select(OutgoingMail.state)).one() == "kept"
    assert client.get("/dev/outbox/").status_code == 404  # not local
    app.config["IS_LOCAL"] = True
    try:
        page = client.get("/dev/outbox/")
        assert page.status_code == 200
        assert "Set a new password" in page.text
        assert "/password/reset/?t=" in page.text
        assert client.get("/dev/outbox/", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 404
        assert client.get("/dev/outbox/", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
        app.config["SMTP_HOST"] = "mail.example.com"
        assert client.get("/dev/outbox/").status_code == 404
    finally:
        app.config.update(IS_LOCAL=False, SMTP_HOST="")
