"""The list of what is in the trash, and what deleting some of it would delete with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import defer

from app.content.editing.models import ContentRevision, WorkingCopy
from app.content.models import Content, ContentImage
from app.content.trash.services import TRASHED, Ids
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.filters import choice
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListSpec, Sort
from app.identity.models import User
from app.planner.models import CONTENT_TYPES

NAMED = 10
TRASH_LIST = ListSpec(
    id=Content.id,
    account=Content.account_id,
    site=Content.site_id,
    columns=(
        Column(N_("Title"), "title"),
        Column(N_("Type"), css="tight"),
        Column(N_("In WordPress"), css="tight"),
        Column(N_("Moved to the trash"), "trashed", "tight"),
        Column(N_("Actions"), css="actions", hidden=True),
    ),
    filters=(choice("type", Content.content_type, CONTENT_TYPES),),
    sorts=(Sort("trashed", Content.trashed_at), Sort("title", Content.title_key)),
    default_sort="-trashed",
    search=Search(Content.search, Content.title),
    only=(TRASHED,),
)


def list_trash(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Content]:
    """One page of what is in the site's trash, the last moved there first."""
    query = TRASH_LIST.read(values)
    stmt = select(Content).where(*TRASH_LIST.where(account_id, site_id, query))
    return fetch_page(TRASH_LIST, query, stmt, options=[defer(Content.content_html)])


def trashed_by_names(contents: Sequence[Content]) -> dict[int, str]:
    """Who moved these contents to the trash, by id, if they still belong to the account."""
    ids = {content.trashed_by for content in contents if content.trashed_by is not None}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def ids_in_trash(account_id: int, site_id: int, values: Mapping[str, str]) -> Ids:
    """A SELECT of what a list under these filters has; raises DomainError for filters that cannot be read."""
    return select(Content.id).where(*TRASH_LIST.where(account_id, site_id, TRASH_LIST.read_exactly(values)))


@dataclass(frozen=True, slots=True)
class DeletionSummary:
    """What is deleted with `count` contents, and how many of them stay `in_wordpress`.

    `unsaved` is how many people have unsaved changes in them.
    """

    count: int
    titles: Sequence[str]
    versions: int
    images: int
    unsaved: int
    in_wordpress: int


def summarize_deletion(account_id: int, site_id: int, content_ids: Ids) -> DeletionSummary:
    """What would be deleted with these contents, as far as they are in the site's trash."""
    meant = (Content.account_id == account_id, Content.site_id == site_id, TRASHED, Content.id.in_(content_ids))
    ids = select(Content.id).where(*meant)
    titles = db.session.scalars(select(Content.title).where(*meant).order_by(Content.title_key).limit(NAMED)).all()
    people = select(func.count(WorkingCopy.user_id.distinct()))
    return DeletionSummary(
        _count(Content, *meant),
        [title or "Untitled" for title in titles],
        _count(ContentRevision, ContentRevision.content_id.in_(ids)),
        _count_own_images(account_id, ids),
        db.session.scalar(people.where(WorkingCopy.content_id.in_(ids))) or 0,
        _count(Content, *meant, Content.external_id.is_not(None), Content.remote_status.not_in(("trash", "deleted"))),
    )


def _count(model: type[Content] | type[ContentRevision], *conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _count_own_images(account_id: int, ids: Ids) -> int:
    """Image files that no other content of the account has."""
    images = ContentImage.account_id == account_id
    theirs = select(ContentImage.sha256).where(images, ContentImage.content_id.in_(ids))
    others = select(ContentImage.sha256).where(images, ContentImage.content_id.not_in(ids))
    own = theirs.where(ContentImage.sha256.not_in(others)).distinct().subquery()
    return db.session.scalar(select(func.count()).select_from(own)) or 0
