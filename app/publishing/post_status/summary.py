"""What moving a selection of content to the trash, or unpublishing it in WordPress, would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.content import hooks
from app.content.models import Content
from app.content.services import Ids
from app.content.trash.services import LISTED, at_work
from app.core.extensions import db
from app.publishing.post_status import services as post_status

NAMED = 10
LINKED = Content.external_id.is_not(None) & Content.remote_status.not_in(("", "trash", "deleted"))
IS_TERM = Content.content_type == "Taxonomy"


@dataclass(frozen=True, slots=True)
class TrashSummary:
    """Facts about the `count` contents that can be moved to the trash now, and how many cannot (`at_work`).

    `scheduled` have a publish ahead; `in_wordpress` are posts there that can be moved to its trash, of which `live` are
    public now; `term_pages` are terms, which have no trash.
    """

    count: int
    titles: Sequence[str]
    at_work: int
    scheduled: int
    in_wordpress: int
    live: int
    term_pages: int


def summarize_trash(account_id: int, site_id: int, content_ids: Ids) -> TrashSummary:
    """The summary of these contents of the site, as far as they are not in the trash."""
    listed = (Content.account_id == account_id, Content.site_id == site_id, LISTED, Content.id.in_(content_ids))
    free = (*listed, ~at_work(or_status=False))
    titles = db.session.scalars(select(Content.title).where(*free).order_by(Content.title_key).limit(NAMED)).all()
    return TrashSummary(
        _count_if(*free),
        [title or "Untitled" for title in titles],
        _count_if(*listed, at_work(or_status=False)),
        sum(hooks.contents_planned(account_id, select(Content.id).where(*free))),
        _count_if(*free, LINKED, ~IS_TERM),
        _count_if(*free, LINKED, ~IS_TERM, Content.remote_status == "publish"),
        _count_if(*free, LINKED, IS_TERM),
    )


@dataclass(frozen=True, slots=True)
class UnpublishSummary:
    """How many posts of a selection can be unpublished, those of them that are `live` and `scheduled` (a publish is
    ahead), and why others are left out: `at_work`, `term_pages`, and `others`, which are drafts or not there.
    """

    count: int
    titles: Sequence[str]
    live: int
    scheduled: int
    at_work: int
    term_pages: int
    others: int


def summarize_unpublish(account_id: int, site_id: int, content_ids: Ids) -> UnpublishSummary:
    """What unpublishing these contents of the site would do."""
    chosen = (Content.account_id == account_id, Content.site_id == site_id, Content.id.in_(content_ids))
    public = (*chosen, post_status.MEANT[post_status.DRAFT])
    free = (*public, ~at_work())
    titles = db.session.scalars(select(Content.title).where(*free).order_by(Content.title_key).limit(NAMED)).all()
    count, busy, terms = _count_if(*free), _count_if(*public, at_work()), _count_if(*chosen, IS_TERM)
    return UnpublishSummary(
        count,
        [title or "Untitled" for title in titles],
        _count_if(*free, Content.remote_status == "publish"),
        sum(hooks.contents_planned(account_id, select(Content.id).where(*free))),
        busy,
        terms,
        _count_if(*chosen) - count - busy - terms,
    )


def _count_if(*conditions: ColumnElement[bool] | Any) -> int:
    return db.session.scalar(select(func.count()).select_from(Content).where(*conditions)) or 0
