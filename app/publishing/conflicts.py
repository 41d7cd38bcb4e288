"""Edits made in WordPress are never overwritten by a schedule: found, shown, and left to a person."""

import difflib
from typing import Any

from sqlalchemy import select

from app.content.models import Content
from app.content.services import update_content
from app.core.errors import Conflict
from app.core.tenancy import owned
from app.extensions import db
from app.publishing.models import Publication
from app.publishing.payload import Snapshot
from app.publishing.remote import settle, states_of, take_theirs, with_our_images
from app.publishing.services import Live, take_snapshot
from app.sites.error_codes import told
from app.sites.wordpress import WordPressClient

CONTEXT_LINES = 3
MOST_LINES = 400
FIELDS = (("title", "Title"), ("content", "Text"), ("excerpt", "Excerpt"))


def refuse_edited(client: WordPressClient, snapshot: Snapshot, live: Live) -> None:
    """Raise Conflict when the post is not what our last publish left. Details: `fields` with diffs.

    `EDITED_IN_WORDPRESS` for a changed post, `DELETED_IN_WORDPRESS` for one that is gone or in the trash.
    """
    remote = _imported(client, live) if live.imported_id else client.get(
        "post-by-content-id", {"content_id": str(snapshot.content_id)})  # fmt: skip
    page = f"/content/{snapshot.content_id}/conflict/"
    if remote.get("state") != "published" or remote.get("post_status") not in ("publish", "future", "private"):
        raise told("DELETED_IN_WORDPRESS", Conflict, details={"link": page})
    if live.edited or remote.get("content_hash") != live.remote_hash:
        modified = (remote.get("stored") or {}).get("modified_utc")
        raise told("EDITED_IN_WORDPRESS", Conflict, details={"link": page, "modified": modified})


def _imported(client: WordPressClient, live: Live) -> dict[str, Any]:
    """A post that was never published from here, in the form of `post-by-content-id`."""
    items = client.get("posts", {"ids": str(live.imported_id)}).get("items") or []
    if not items:
        return {"state": "none"}
    stored, content_hash = {"modified_utc": items[0].get("modified_utc")}, items[0].get("content_hash")
    return {"state": "published", "post_status": "publish", "content_hash": content_hash, "stored": stored}


def compare(theirs: dict[str, Any], ours: dict[str, Any]) -> list[dict[str, Any]]:
    """What differs, field by field: `{label, lines: [{kind, text}]}`, kind ``same``, ``gone`` or ``new`` (pure).

    `gone` is what WordPress has and publishing would remove, `new` what it would bring.
    """
    differing = []
    for name, label in FIELDS:
        old, new = _lines(theirs.get(name)), _lines(ours.get(name))
        if old != new:
            differing.append({"label": label, "lines": _diff(old, new)})
    return differing


def _lines(text: object) -> list[str]:
    return str(text or "").replace("\r\n", "\n").split("\n")


def _diff(old: list[str], new: list[str]) -> list[dict[str, str]]:
    kinds = {"-": "gone", "+": "new", " ": "same"}
    lines = list(difflib.unified_diff(old, new, n=CONTEXT_LINES, lineterm=""))[2:]
    if lines and lines[0].startswith(("@@ -1,", "@@ -1 ")):
        lines = lines[1:]  # nothing is left out before the first line
    shown = [
        {"kind": "skip", "text": "…"} if line.startswith("@@") else {"kind": kinds[line[0]], "text": line[1:]}
        for line in lines[:MOST_LINES]
    ]
    return [*shown, {"kind": "skip", "text": "…"}] if len(lines) > MOST_LINES else shown


def adopt(account_id: int, content_id: int, remote: dict[str, Any], *, expected_version: int) -> None:
    """Make the content what WordPress has, and note that both are in step. Flushes.

    Raises Conflict when somebody saved the content meanwhile or the post is gone.
    """
    stored = remote.get("stored")
    if not isinstance(stored, dict):
        raise told("DELETED_IN_WORDPRESS", Conflict, cure="Publish it again.")
    state = states_of(account_id, [content_id]).get(content_id)
    html = with_our_images(stored["content"], state.images if state else {})
    changes = {"title": stored["title"], "content_html": html, "excerpt": stored["excerpt"]}
    if owned(Content, content_id, account_id).content_type == "Taxonomy":
        del changes["excerpt"]  # a term has none
    content = update_content(content_id, account_id, changes, expected_version=expected_version)
    if state:
        take_theirs(state, content)
    snapshot = take_snapshot(account_id, content_id)
    content_hash = str(remote.get("content_hash") or "")
    if state:
        settle(state, snapshot, content_hash)
    publication = db.session.scalar(
        select(Publication).where(Publication.content_id == content_id, Publication.account_id == account_id)
    )
    if publication:
        publication.remote_hash = content_hash
        publication.published_hash, publication.content_version = snapshot.payload["payload_hash"], snapshot.version
    db.session.flush()
