"""The history lines about what WordPress changed in our content. Services flush."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import insert

from app.core import events
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror.events import RemoteChanged
from app.mirror.models import RemoteChange


@dataclass(frozen=True)
class ChangeLine:
    """One change of one content: the fields updated from WordPress, those kept as they are here, and both in words."""

    content_id: int
    message: str
    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changed_by: str = ""


def add_lines(account_id: int, site_id: int, cause: str, lines: Iterable[ChangeLine]) -> None:
    """Store these lines. Flushes."""
    now, all_lines = utcnow(), list(lines)
    rows: list[dict[str, object]] = [
        {
            "account_id": account_id,
            "site_id": site_id,
            "content_id": line.content_id,
            "cause": cause,
            "changed_by": line.changed_by[:200],
            "taken": line.taken,
            "kept": line.kept,
            "message": line.message,
            "created_at": now,
            "updated_at": now,
        }
        for line in all_lines
    ]
    if rows:
        db.session.execute(insert(RemoteChange), rows)
        events.publish(RemoteChanged(account_id, site_id, tuple(line.content_id for line in all_lines)))
