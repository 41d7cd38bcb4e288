"""What each old row becomes: columns of ours by name. Pure: the same row gives the same values.

A row that cannot be moved raises RowRefused with the reason.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.ai.values import one_of, storable
from app.ai.wording import title_key
from app.content.services import MAX_HTML, MAX_TITLE, clean_keywords
from app.legacy_import.cleaning import MOST_ID, OldRow, TaskText
from app.legacy_import.refusals import RowRefused
from app.mirror.wire import Author, PostItem, Seo
from app.planner.imports.rows import check_keyword
from app.planner.keywords import values as keyword_values
from app.planner.keywords.intents import intent
from app.planner.models import CONTENT_STRUCTURES

QUEUED, COMPLETED, LEAVE_OUT = "queued", "completed", "leave_out"
STATUSES = {
    **dict.fromkeys(
        ("", "queued", "pending", "new", "todo", "scheduled", "in_progress", "processing", "running", "dispatched"),
        QUEUED,
    ),
    **dict.fromkeys(("failed", "error", "retry", "draft_pending", "assigned", "planned"), QUEUED),
    **dict.fromkeys(
        ("completed", "complete", "done", "generated", "draft", "published", "success", "review"), COMPLETED
    ),
}
TYPES = {
    **dict.fromkeys(("page", "landing_page", "landing page", "service_page"), "Page"),
    **dict.fromkeys(("product", "product_page"), "Product"),
    **dict.fromkeys(("taxonomy", "category", "tag", "taxonomy_page", "archive"), "Taxonomy"),
}
MOST_DESCRIPTION = 5000


@dataclass(frozen=True)
class Context:
    """What the values of a row depend on besides the row: how statuses are read, and what others became.

    `clusters`, `ideas` are our ids by old key; `emails` of people by their key.
    """

    stamp: datetime
    statuses: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, int] = field(default_factory=dict)
    ideas: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    home_cluster: int | None = None


def digest(values: Mapping[str, Any]) -> str:
    """16 hex of these values; numbers of any type and texts count by what they show."""
    plain = {name: _plain(value) for name, value in sorted(values.items())}
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, (Decimal, float)):
        return f"{value:.2f}"
    return value if value is None or isinstance(value, (str, int, list)) else str(value)


def needed(row: OldRow, name: str, most: int) -> str:
    """A text in one line that must not be empty. Raises RowRefused."""
    line = row.line(name, most)
    if not line:
        raise RowRefused("empty", name)
    return line


def body(row: OldRow, name: str, most: int) -> str:
    """A longer text, as it is but for control characters. Raises RowRefused when it is longer than `most`."""
    text = storable(row.text(name).replace("\r\n", "\n"))
    if len(text) > most:
        raise RowRefused("too_long", f"{name} ({len(text)})")
    return text


def cluster_values(row: OldRow) -> dict[str, Any]:
    """A cluster."""
    return {"name": needed(row, "name", 200), "description": body(row, "description", MOST_DESCRIPTION)}


def keyword_row(row: OldRow, context: Context) -> dict[str, Any]:
    """A keyword with its figures and its cluster."""
    keyword, normalised, reason = check_keyword(row.text("keyword"))
    if reason is not None:
        raise RowRefused("keyword", row.text("keyword")[:100] or "–")
    return {
        "keyword": keyword,
        "normalised": normalised,
        "volume": row.integer("volume"),
        "difficulty": _difficulty(row),
        "cpc": _figure(row, "cpc", keyword_values.cpc),
        "intent": _figure(row, "intent", intent),
        "country": _figure(row, "country", keyword_values.country),
        "cluster_id": _cluster(row, context, needs_one=False),
    }


def _difficulty(row: OldRow) -> int | None:
    difficulty = row.integer("difficulty")
    return None if difficulty is None else min(difficulty, 100)


def _figure(row: OldRow, name: str, read: Any) -> Any:
    """A figure as imports of keywords read it; what is not understood is left out, as there."""
    try:
        return read(row.text(name))
    except keyword_values.BadValue:
        return None


def _cluster(row: OldRow, context: Context, *, needs_one: bool = True, idea: str = "") -> int | None:
    """The cluster of ours. Raises RowRefused for one that was not moved, and where one is needed."""
    key = row.key("cluster_id")
    if key and key in context.clusters:
        return context.clusters[key]
    if idea in context.ideas:
        return context.ideas[idea][1]
    if context.home_cluster is not None and needs_one:
        return context.home_cluster
    if key or needs_one:
        raise RowRefused("no_cluster", f"cluster_id {key or '–'}")
    return None


def idea_values(row: OldRow, context: Context) -> dict[str, Any]:
    """An idea."""
    title = needed(row, "title", 300)
    return {
        "title": title,
        "normalised_title": title_key(title)[:300],
        "description": body(row, "description", MOST_DESCRIPTION),
        **_kind(row),
        "primary_keyword": _primary(row, title),
        "cluster_id": _cluster(row, context),
    }


def _kind(row: OldRow) -> dict[str, str]:
    name = row.text("content_type").strip().lower()
    kind = TYPES.get(name, "Article")
    structure = row.text("content_structure").strip().replace("_", " ")
    return {"content_type": kind, "content_structure": one_of(CONTENT_STRUCTURES, structure)}


def _primary(row: OldRow, title: str) -> str:
    words = row.words("keywords")
    return (words[0] if words else title)[:255]


def status_of(row: OldRow, statuses: Mapping[str, str]) -> str | None:
    """What the status of a task means; None when nobody has said it."""
    name = row.text("status").strip().lower()
    return statuses.get(name) or STATUSES.get(name)


def task_values(row: OldRow, context: Context) -> dict[str, Any]:
    """A task; `idea_id` may be one that another task has taken."""
    title = needed(row, "title", 300)
    status = status_of(row, context.statuses)
    if status is None or status == LEAVE_OUT:
        raise RowRefused("status", row.text("status")[:100])
    idea = row.key("idea_id")
    return {
        "title": title,
        "description": body(row, "description", MOST_DESCRIPTION),
        **_kind(row),
        "primary_keyword": _primary(row, title),
        "status": status,
        "cluster_id": _cluster(row, context, idea=idea),
        "idea_id": context.ideas[idea][0] if idea in context.ideas else None,
    }


def draft_values(task: Mapping[str, Any], answer: TaskText) -> dict[str, Any]:
    """The draft of a task's text. Raises RowRefused when it is too long."""
    html = storable(answer.html)
    if len(html) > MAX_HTML:
        raise RowRefused("too_long", f"result ({len(html)})")
    return {
        "title": (answer.title or task["title"])[:MAX_TITLE],
        "content_html": html,
        "seo_title": answer.seo_title[:300],
        "seo_description": answer.seo_description[:1000],
        "focus_keywords": [task["primary_keyword"]],
        "content_type": task["content_type"],
        "content_structure": task["content_structure"],
        "cluster_id": task["cluster_id"],
    }


def post_item(row: OldRow, metas: Mapping[str, OldRow], context: Context) -> PostItem:
    """A post as the plugin would report it: what the source does not know is empty, and comes from WordPress later."""
    post_id = row.integer("id", MOST_ID)
    if not post_id:
        raise RowRefused("number", f"ID: {row.text('id')}")
    if row.text("status") == "trash":
        raise RowRefused("trashed")
    content = row.text("content").replace("\0", "\ufffd")
    if len(content) > MAX_HTML:
        raise RowRefused("too_long", f"post_content ({len(content)})")
    guid = row.text("guid")
    return PostItem(
        id=post_id,
        type=row.text("type")[:64] or "post",
        status=row.text("status")[:64] or "draft",
        title=row.line("title", MAX_TITLE),
        content=content,
        excerpt=row.text("excerpt").replace("\0", "\ufffd"),
        slug=row.text("slug")[:200],
        permalink=guid if guid.startswith(("http://", "https://")) else "",
        date_utc=row.instant("date_utc"),
        modified_utc=row.instant("modified_utc"),
        author=Author(email=context.emails[row.key("author")]) if row.key("author") in context.emails else None,
        parent=row.integer("parent", MOST_ID) or 0,
        seo=_seo(metas),
    )


def _seo(metas: Mapping[str, OldRow]) -> Seo:
    def text(*names: str) -> str:
        return next((metas[name].text("value") for name in names if name in metas and metas[name].text("value")), "")

    focus = metas.get("focus_keywords") or metas.get("primary_keyword")
    return Seo(
        title=text("meta_title", "seo_title"),
        description=text("meta_description", "seo_description"),
        focus_keywords=clean_keywords(focus.words("value")) if focus else [],
    )


def meta_name(name: str) -> str:
    """The name of a meta without `_igny8_`."""
    return name.lower().removeprefix("_").removeprefix("igny8_")
