"""Records the status of a post after we unpublished, trashed or restored it in WordPress, from the answer.

It is applied by the same functions as WordPress's own reports, so the result is the same whoever did it. Services
flush.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from app.core.extensions import db
from app.mirror.apply import apply_post_items
from app.mirror.models import RemoteState
from app.mirror.removals import mark_gone
from app.mirror.wire import PostItem

CAUSE = "app"


def record_status(account_id: int, site_id: int, content_id: int, answer: Mapping[str, Any], by: str) -> None:
    """Store the state of a content's post from an answer of `post-status`. Flushes; safe to repeat.

    `by` is the name of the person who asked for it. Raises pydantic's ValidationError for an answer that the contract
    does not know.
    """
    if answer.get("post_status") != "publish":  # visitors are not to get it: nobody looks whether they do
        quiet = update(RemoteState).where(RemoteState.content_id == content_id)
        db.session.execute(quiet.values(look_at=None, verdict=None, issues=[]))
    if answer.get("post") is not None:
        item = PostItem.model_validate(answer["post"])
        apply_post_items(account_id, site_id, [item], create=False, cause=CAUSE, changed_by={item.id: by})
        return
    external_id = db.session.scalar(select(RemoteState.external_id).where(RemoteState.content_id == content_id))
    if external_id is not None:
        key = ("", external_id)
        mark_gone(account_id, site_id, {key: "trash"}, cause=CAUSE, by={key: by})
