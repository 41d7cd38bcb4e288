"""Reading the mails that the app has written, and the links in them."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.crypto import decrypt
from app.core.extensions import db
from app.core.mail import OutgoingMail


def mails(to: str | None = None) -> list[OutgoingMail]:
    """All mails, or those to one address, oldest first."""
    stmt = select(OutgoingMail).order_by(OutgoingMail.id)
    return list(db.session.scalars(stmt.where(OutgoingMail.recipient == to) if to else stmt))


def link(to: str) -> str:
    """The path of the link in the newest mail to this address."""
    found = re.search(r"http://localhost(/\S+)", decrypt(mails(to)[-1].body))
    assert found, "the mail has no link"
    return found.group(1)


def key(to: str) -> str:
    """The key in that link."""
    return link(to).partition("t=")[2]


def follow(client: FlaskClient, to: str) -> int:
    """Open the link and press its button."""
    path, _, found = link(to).partition("?t=")
    assert client.get(link(to)).status_code == 200
    return client.post(path, data={"t": found, "key": found}).status_code
