"""Sending mail. RQ enters by `send` with the id of a mail."""

from app.core import mail
from jobs import the_app


def send(mail_id: int) -> None:
    """Send one mail; what cannot be sent now is handed out again by the sweep."""
    with the_app().app_context():
        mail.send(mail_id)
