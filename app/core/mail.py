"""Mail: written down with the change that causes it, sent by a job, tried again, never sent twice.

`queue_mail` adds a row to the present transaction; a worker claims it by a conditional UPDATE and hands it to
the SMTP server. When a worker dies in the middle, nobody knows whether the server took the mail: it is then
marked ``uncertain`` and not sent again by itself. Bodies hold links that let people in, so they are encrypted,
and cleared once sent. Without an SMTP server they stay where they are: `make run` shows them at `/dev/outbox/`.
"""

import smtplib
import socket
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr, formatdate, parseaddr
from typing import Any

from flask import current_app
from sqlalchemy import CheckConstraint, CursorResult, ForeignKey, Index, String, Text, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import outbound_sockets, own_hosts
from app.core.clock import utcnow
from app.core.crypto import ENCRYPTED, decrypt, encrypt
from app.core.db import Base, Identified, Timestamped
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.queue import enqueue_after_commit, new_job_id
from app.core.row_security import every_account

ENTRY = "jobs.mail.send"
MAX_TRIES = 8
KEPT = timedelta(days=30)
STUCK = timedelta(minutes=5)
HANDED_OUT = timedelta(minutes=1)
TIMEOUT_SECONDS = 20
log = get_logger(__name__)


class OutgoingMail(Base, Identified, Timestamped):
    """A mail to be sent, or that was. `intent` says what it is for: there is one mail for each intent.

    `unsubscribe` is an address that stops mails of its kind when posted to, without signing in.
    """

    __tablename__ = "outgoing_mails"
    __table_args__ = (
        CheckConstraint("state in ('queued','sending','sent','failed','uncertain','kept')", name="state"),
        Index("ix_outgoing_mails_due", "due_at", postgresql_where=text("state = 'queued'")),
    )

    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    intent: Mapped[str] = mapped_column(String(120), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text, info=ENCRYPTED)
    html: Mapped[str] = mapped_column(Text, default="", info=ENCRYPTED)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
    unsubscribe: Mapped[str] = mapped_column(String(500), default="", server_default=text("''"))


class _MailPolicy(EmailPolicy):
    """Leaves the address of List-Unsubscribe whole: folded it would be encoded, which no mail program reads."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _MailPolicy(linesep="\r\n")


class _TryLater(Exception):
    """The server did not take the mail, and may later."""


class _Rejected(Exception):
    """The server refuses the mail for good."""


class _Uncertain(Exception):
    """Nobody knows whether the server took the mail."""


def is_configured() -> bool:
    """True when there is an SMTP server to send by."""
    return bool(current_app.config["SMTP_HOST"])


def queue_mail(
    *,
    intent: str,
    recipient: str,
    subject: str,
    body: str,
    html: str = "",
    account_id: int | None = None,
    unsubscribe: str = "",
) -> bool:
    """Have a mail sent once the present transaction has committed; False when one of this intent exists. Flushes."""
    now = utcnow()
    row = {
        "account_id": account_id,
        "intent": intent,
        "recipient": recipient,
        "subject": " ".join(subject.split())[:300],
        "body": encrypt(body),
        "html": encrypt(html) if html else "",
        "created_at": now,
        "updated_at": now,
        "state": "queued" if is_configured() else "kept",
        "tries": 0,
        "due_at": now,
        "error": "",
        "unsubscribe": unsubscribe,
    }
    stmt = insert(OutgoingMail).values(row).on_conflict_do_nothing(index_elements=[OutgoingMail.intent])
    with every_account("mails to a person belong to no account, and are written before anybody has signed in"):
        mail_id = db.session.scalar(stmt.returning(OutgoingMail.id))
    if mail_id is None:
        return False
    if is_configured():
        enqueue_after_commit("interactive", ENTRY, new_job_id(), mail_id)
    return True


@every_account("a mail is handed over by its id, and many are a person's and no account's")
def send(mail_id: int) -> bool:
    """Send one mail if it waits and is due; False when it does not, or was not taken. Commits."""
    mail = _claim(mail_id)
    if mail is None:
        return False
    message = compose(mail, str(current_app.config["MAIL_FROM"]))
    try:
        _hand_to_server(message)
    except _TryLater as error:
        _record_result(
            mail_id, "queued" if mail.tries < MAX_TRIES else "failed", error, timedelta(seconds=30 * 2**mail.tries)
        )
        return False
    except _Rejected as error:
        _record_result(mail_id, "failed", error)
        return False
    except _Uncertain as error:
        _record_result(mail_id, "uncertain", error)
        return False
    _record_result(mail_id, "sent", None)
    return True


def _claim(mail_id: int) -> OutgoingMail | None:
    claimed = db.session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id, OutgoingMail.state == "queued", OutgoingMail.due_at <= utcnow())
        .values(state="sending", tries=OutgoingMail.tries + 1, updated_at=utcnow())
    )
    db.session.commit()
    assert isinstance(claimed, CursorResult)
    if claimed.rowcount == 0:  # another worker got there first
        return None
    mail = db.session.get_one(OutgoingMail, mail_id, populate_existing=True)
    db.session.expunge(mail)
    db.session.commit()  # no transaction while the server is talked to
    return mail


def _record_result(mail_id: int, state: str, error: Exception | None, delay: timedelta = timedelta(0)) -> None:
    values: dict[str, Any] = {"state": state, "due_at": utcnow() + delay, "error": str(error or "")[:300]}
    if state == "sent":
        values |= {"sent_at": utcnow(), "body": "", "html": ""}
    db.session.execute(
        update(OutgoingMail).where(OutgoingMail.id == mail_id, OutgoingMail.state == "sending").values(values)
    )
    db.session.commit()
    log.info("mail_settled", mail_id=mail_id, state=state, error=values["error"])


def compose(mail: OutgoingMail, sender: str) -> EmailMessage:
    """The message as it goes out. Its Message-ID is the same at every try."""
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = formataddr((name, address))
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<igny8-{mail.id}-{int(mail.created_at.timestamp())}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(decrypt(mail.body))
    if mail.html:
        message.add_alternative(decrypt(mail.html), subtype="html")
    return message


class _Server(smtplib.SMTP):
    """Connects through the guard: a public name never leads into the network behind us."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        allowed = own_hosts.private_hosts_for(host, port, current_app.config["ALLOWED_PRIVATE_HOSTS"])
        return outbound_sockets.open_socket(host, port, timeout, allowed, web=False)


class _SecureServer(smtplib.SMTP_SSL, _Server):
    """As `_Server`, with TLS from the first byte."""


def _hand_to_server(message: EmailMessage) -> None:
    config = current_app.config
    secure: dict[str, Any] = {"context": ssl.create_default_context()} if config["SMTP_TLS"] == "tls" else {}
    kind = _SecureServer if secure else _Server
    try:
        server = kind(config["SMTP_HOST"], config["SMTP_PORT"], timeout=TIMEOUT_SECONDS, **secure)
        try:
            if config["SMTP_TLS"] == "starttls":
                server.starttls(context=ssl.create_default_context())
            if config["SMTP_USER"]:
                server.login(config["SMTP_USER"], config["SMTP_PASSWORD"])
            _send_envelope(server, message)
            _send_data(server, message)
        finally:
            server.close()
    except outbound_sockets.BlockedAddress as error:
        cure = "If it is your own, add it to ALLOWED_PRIVATE_HOSTS."
        raise _TryLater(f"SMTP_HOST leads to a private address, which is not called. {cure}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise _TryLater(f"The mail server cannot be used: {type(error).__name__}.") from error


def _send_envelope(server: smtplib.SMTP, message: EmailMessage) -> None:
    server.ehlo_or_helo_if_needed()
    _expect(server.mail(parseaddr(str(message["From"]))[1])[0], "the sender")
    _expect(server.rcpt(str(message["To"]))[0], "the recipient")


def _send_data(server: smtplib.SMTP, message: EmailMessage) -> None:
    """From here on the server may have taken the mail although we do not hear of it."""
    try:
        _expect(server.data(message.as_bytes(policy=POLICY))[0], "the mail")
    except smtplib.SMTPDataError as error:
        _expect(error.smtp_code, "the mail")
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise _Uncertain("The connection broke off while the server was taking this mail.") from error


def _expect(code: int, what: str) -> None:
    if code >= 500:
        raise _Rejected(f"The server refused {what} ({code}).")
    if code >= 400:
        raise _TryLater(f"The server does not take {what} now ({code}).")


@every_account("mails wait whatever the account")
def hand_out_mail() -> int:
    """Hand out what is due, and end what a dead worker left. Returns how many were handed out. Commits."""
    now = utcnow()
    unclear = "The worker stopped while the server was taking this mail."
    db.session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.state == "sending", OutgoingMail.updated_at < now - STUCK)
        .values(state="uncertain", error=unclear)
    )
    # What was handed out a moment ago may be with a worker.
    not_with_worker = OutgoingMail.updated_at < now - HANDED_OUT
    queued = select(OutgoingMail.id).where(OutgoingMail.state == "queued", OutgoingMail.due_at <= now, not_with_worker)
    first = queued.order_by(OutgoingMail.due_at).limit(200).with_for_update(skip_locked=True)
    handed_out = update(OutgoingMail).where(OutgoingMail.id.in_(first)).values(updated_at=now)
    mail_ids = db.session.scalars(handed_out.returning(OutgoingMail.id)).all()
    for mail_id in mail_ids:
        enqueue_after_commit("interactive", ENTRY, new_job_id(), mail_id)
    db.session.commit()
    return len(mail_ids)


@every_account("thirty days are thirty days in every account")
def forget_old() -> None:
    """Delete mails that are more than thirty days old. Commits."""
    db.session.execute(
        delete(OutgoingMail).where(OutgoingMail.created_at < utcnow() - KEPT, OutgoingMail.state != "queued")
    )
    db.session.commit()


@every_account("whoever runs IGNY8 on this machine reads all mails of it")
def outbox(limit: int = 100) -> Sequence[tuple[OutgoingMail, str]]:
    """The mails that were kept because there is no SMTP server, newest first, each with its text."""
    stmt = select(OutgoingMail).where(OutgoingMail.state == "kept").order_by(OutgoingMail.id.desc()).limit(limit)
    return [(mail, decrypt(mail.body)) for mail in db.session.scalars(stmt)]
