"""Edits made in WordPress are never overwritten by a schedule: found, shown, and left to a person."""

import hashlib
import json
from typing import Any

from app.content.state import GONE as STATE_GONE
from app.content.state import WP_TRASH
from app.core.errors import Conflict, DomainError
from app.core.languages import N_, gettext
from app.mirror.payload import ContentSnapshot
from app.publishing.reading import LiveVersion
from app.sites.error_codes import error_for
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import WordPressError

GONE, TRASH = "gone", "trash"
# By the state of a content: what is said of it, and what helps. Its page of both versions publishes it again.
AWAY = {
    WP_TRASH: (
        N_("It is in WordPress's trash."),
        N_("Restore it from WordPress's trash, or compare both versions and publish it again."),
    ),
    STATE_GONE: (
        N_("It was deleted in WordPress."),
        N_("Open the comparison and publish it as a new post, or keep it as a draft."),
    ),
}


def refuse_edited(client: WordPressClient, snapshot: ContentSnapshot, live: LiveVersion) -> None:
    """Raise Conflict when the post is not what our last publish left. Details: `fields` with diffs.

    `EDITED_IN_WORDPRESS` for a changed post, `DELETED_IN_WORDPRESS` for one that is gone or in the trash.
    """
    if snapshot.is_term and live.imported_id:
        refuse_ahead(snapshot, live)  # a term of WordPress's own: the plugin compares it when it claims
        return
    remote = _remote_post(client, snapshot, live)
    if snapshot.is_term and remote.get("state") == "none":
        refuse_ahead(snapshot, live)  # a plugin that lost its data looks for the term when it claims
        return
    page = comparison_link(snapshot.content_id)
    if remote.get("state") != "published" or remote.get("post_status") not in ("publish", "future", "private"):
        message = gettext("The post is in the trash in WordPress.") if remote.get("post_status") == TRASH else ""
        raise error_for("DELETED_IN_WORDPRESS", Conflict, message=message, details={"link": page})
    refuse_ahead(snapshot, live)
    # What other plugins made of a text at the end of our own publish is nobody's edit.
    if remote.get("content_hash") not in (live.content_hash, remote.get("settled_hash")):
        modified = (remote.get("stored") or {}).get("modified_utc")
        raise error_for("EDITED_IN_WORDPRESS", Conflict, details={"link": page, "modified": modified})


def refuse_away(state: str, content_id: int) -> None:
    """Raise Conflict when `state` says that WordPress no longer has the content: only a person may put it back."""
    if error := away_error(state, content_id):
        raise error


def away_error(state: str, content_id: int) -> DomainError | None:
    """Why a content in this state is not published or scheduled without a look at both versions."""
    if state not in AWAY:
        return None
    message, cure = (gettext(text) for text in AWAY[state])
    details = {"link": comparison_link(content_id)}
    return error_for("DELETED_IN_WORDPRESS", Conflict, message=message, cure=cure, details=details)


def away_problems(state: str, content_id: int) -> list[dict[str, Any]]:
    """The same as a finding of the pre-flight, if any."""
    error = away_error(state, content_id)
    link = comparison_link(content_id)
    return (
        [{"code": error.code, "message": error.message, "field": "", "cure": error.cure, "link": link}] if error else []
    )


def comparison_link(content_id: int) -> str:
    """Where a person compares both versions and decides."""
    return f"/content/{content_id}/drift/"


def refuse_ahead(snapshot: ContentSnapshot, live: LiveVersion) -> None:
    """Raise Conflict when WordPress is known to have something that this publish would overwrite.

    A featured image set there is no conflict when none is sent: it stays.
    """
    has_image = any(image["role"] == "featured" for image in snapshot.images)
    if set(live.edited) - (set() if has_image else {"featured_image"}):
        raise error_for("EDITED_IN_WORDPRESS", Conflict, details={"link": comparison_link(snapshot.content_id)})


def error_from_plugin(error: WordPressError, content_id: int) -> DomainError:
    """The error for a difference that the plugin found inside its claim, or for a post that it does not know (pure)."""
    page = {**error.details, "link": comparison_link(content_id)}
    if error.code == "CONFLICT":
        present = error.details.get("present")
        state = present.get("state") if isinstance(present, dict) else None
        code = "EDITED_IN_WORDPRESS" if state in ("edited", "beside", "type") else "DELETED_IN_WORDPRESS"
        return error_for(code, Conflict, message="" if state == "edited" else error.message, details=page)
    problems = error.details.get("problems")
    if isinstance(problems, list) and any(problem.get("code") == "POST_UNCERTAIN" for problem in problems):
        error.details = page
    return error


def existing_term(error: WordPressError) -> tuple[int, list[str]] | None:
    """The term that a first publish met, and what it would have replaced of ``content`` and ``seo`` (pure)."""
    present = error.details.get("present") if error.code == "CONFLICT" else None
    term_id = present.get("term_id") if isinstance(present, dict) else None
    if present is None or not isinstance(term_id, int):
        return None
    return term_id, [str(name) for name in present.get("fields") or []]


def belongs_to_other_error(other: int, title: str) -> DomainError:
    """The error for a term that is the page of another content."""
    link = f"/content/{other}/edit/"
    message = gettext(
        "The term of this name in WordPress is the page of another content, “%(title)s”.", title=title[:80]
    )
    return error_for(
        "POST_TAKEN", Conflict, message=message, cure=gettext("Publish that content instead."), details={"link": link}
    )


def _remote_post(client: WordPressClient, snapshot: ContentSnapshot, live: LiveVersion) -> dict[str, Any]:
    """The post as `post-by-content-id` answers it.

    It is asked by its own id if the plugin does not know our content: the post was never published from here, or the
    plugin lost its data.
    """
    if live.imported_id:
        return _post_by_id(client, live.imported_id)
    remote = client.get("post-by-content-id", {"content_id": str(snapshot.content_id)})
    if remote.get("state") == "none" and not snapshot.is_term:
        return _post_by_id(client, int(live.base["external_id"]))
    return remote


def _post_by_id(client: WordPressClient, post_id: int) -> dict[str, Any]:
    answer = client.get("posts", {"ids": str(post_id)})
    items = answer.get("items") or []
    if not items:
        return {"state": "none", "post_status": TRASH if answer.get("trashed") else None}
    stored, content_hash = {"modified_utc": items[0].get("modified_utc")}, items[0].get("content_hash")
    return {"state": "published", "post_status": "publish", "content_hash": content_hash, "stored": stored}


def state_digest(raw: Any) -> str:
    """A name for the state of an object that the plugin sent: an item, or the hashes of a post (pure)."""
    if isinstance(raw, list):
        return f"{raw[1]}:{raw[2]}"
    if isinstance(raw, dict) and raw.get("content_hash") and "state_hash" in raw:
        return f"{raw['content_hash']}:{raw.get('state_hash')}"
    if isinstance(raw, dict):
        values = [raw.get(name) for name in ("name", "slug", "description", "parent", "parts")]
        return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
    return GONE


def refuse_moved_on(client: WordPressClient, content_id: int, reviewed: dict[str, Any]) -> None:
    """Raise Conflict when WordPress's state is not the one that a person looked at.

    `reviewed`: kind, taxonomy and external_id of the object, and its state (`state_digest`).
    """
    if reviewed["state"] != state_digest(
        fetch_object(client, reviewed["kind"], reviewed["taxonomy"], reviewed["external_id"])
    ):
        raise error_for(
            "EDITED_IN_WORDPRESS",
            Conflict,
            details={"link": comparison_link(content_id)},
            message=gettext("The post was changed in WordPress after you looked at both versions."),
        )


def fetch_object(client: WordPressClient, kind: str, taxonomy: str, external_id: int, *, whole: bool = False) -> Any:
    """The post or term as the plugin has it now; None when it is gone, ``trash`` when it is in the trash."""
    query = {"ids": str(external_id)}
    if kind == "term":
        items = client.get("taxonomies", {**query, "seo": "1"}).get("items") or []
        return next((item for item in items if item.get("taxonomy") == taxonomy), None)
    answer = client.get("posts", query if whole else {**query, "fields": "hashes"})
    items = answer.get("items") or []
    return items[0] if items else TRASH if answer.get("trashed") else None
