"""What is no longer in WordPress: the content stays here, as a draft with its history. Services flush."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, tuple_, update

from app.content.bulk import services as bulk
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror import drift
from app.mirror.address import columns_of_address
from app.mirror.changes import ChangeLine, add_lines
from app.mirror.models import RemoteState

S = RemoteState.__table__
WORDS = {"trash": "Put in the trash in WordPress.", "deleted": "Deleted in WordPress."}
Key = tuple[str, int]  # taxonomy ("" for a post) and id


def mark_gone(account_id: int, site_id: int, removed: Mapping[Key, str], *, cause: str, by: Mapping[Key, str]) -> int:
    """Record that these objects are in the ``trash`` or ``deleted`` there. Returns how many contents change. Flushes.

    The content goes back to draft, keeps its address as history, and is never deleted. Should the object come back,
    `apply_post_items` restores it.
    """
    if not removed:
        return 0
    stmt = select(*S.c).where(S.c.site_id == site_id, tuple_(S.c.taxonomy, S.c.external_id).in_(sorted(removed)))
    states = db.session.execute(stmt.order_by(S.c.id).with_for_update()).all()
    new = [state for state in states if state.status != removed[state.taxonomy, state.external_id] or not state.gone_at]
    rows = bulk.lock_contents([state.content_id for state in new])
    changes: dict[int, dict[str, Any]] = {
        state.content_id: {
            **_address(
                rows[state.content_id].external_url or state.permalink, removed[state.taxonomy, state.external_id]
            ),
            "sync_state": drift.GONE,
        }
        for state in new
    }
    bulk.change_contents(changes, edits=set())
    now = utcnow()
    for status in WORDS:
        ids = [state.id for state in new if removed[state.taxonomy, state.external_id] == status]
        _mark(ids, {"status": status, "gone_at": now, "seen_at": now, "state_hash": "", "updated_at": now})
    add_lines(account_id, site_id, cause, (_line(state, removed, by) for state in new))
    return len(new)


def _address(url: str | None, status: str) -> dict[str, Any]:
    return columns_of_address(None, url, status, was_published=False)


def _mark(ids: list[int], values: dict[str, Any]) -> None:
    if ids:
        db.session.execute(update(S).where(S.c.id.in_(ids)).values(**values))  # type: ignore[arg-type]
        db.session.expire_all()


def _line(state: Any, removed: Mapping[Key, str], by: Mapping[Key, str]) -> ChangeLine:
    key = (state.taxonomy, state.external_id)
    return ChangeLine(state.content_id, WORDS[removed[key]], ["status"], changed_by=by.get(key, ""))
