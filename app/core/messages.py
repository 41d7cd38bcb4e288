"""Messages: what our mails look like, and how they are queued."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import current_app, render_template

from app.core.mail import queue_mail


@dataclass(frozen=True)
class Message:
    """A mail: some paragraphs, at most one button, and a line below."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    link: str = ""
    foot: str = field(default="If you did not expect this mail, you need not do anything.")


def link_to(path: str, **query: str) -> str:
    """An address in this app, based on PUBLIC_URL: the host that a request names is not trusted."""
    base = current_app.config["PUBLIC_URL"] or "http://localhost"
    return f"{base}{path}" + (f"?{urlencode(query)}" if query else "")


def link_to_page(endpoint: str, **values: Any) -> str:
    """The address of a page of this app, as `link_to` makes them; without a request too."""
    return link_to(current_app.url_map.bind("localhost").build(endpoint, values))


def queue_message(message: Message, *, intent: str, to: str, account_id: int | None = None) -> None:
    """Queue the message, once for its intent. Flushes."""
    queue_mail(
        intent=intent,
        recipient=to,
        subject=message.subject,
        account_id=account_id,
        body=render_template("mail/message.txt", message=message),
        html=render_template("mail/message.html", message=message),
    )
