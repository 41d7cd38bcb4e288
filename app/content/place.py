"""Where a piece of content stands in WordPress: its parent page, template, taxonomy, author and canonical address."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select

from app.content.models import Content
from app.core import web_addresses
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.core.listing.search import Search, clean_query
from app.core.web_addresses import AddressError
from app.planner.models import CONTENT_TYPES

MAX_PAGES = 200
DEFAULT_TEMPLATE = "default"
TAXONOMIES = (("category", N_("Category")), ("post_tag", N_("Tag")), ("product_cat", N_("Product category")))
TAXONOMY = re.compile(r"[a-z0-9_-]{1,32}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")


def tidied_changes(content: Content, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes with what was typed tidied up.

    Raises DomainError for a parent that is not live, a type or taxonomy that can no longer change, and for an invalid
    type, e-mail address, web address or taxonomy name.
    """
    values = dict(changes)
    for name, check in CHECKS.items():
        if name in values:
            values[name] = check(content, str(values[name] or "").strip())
    if "parent_external_id" in values:
        _check_parent(content, values["parent_external_id"])
    return values


def _type(content: Content, text: str) -> str:
    if text not in CONTENT_TYPES:
        raise DomainError(
            gettext("There is no such type."), code="TYPE_INVALID", field="content_type", cure=gettext("Choose one.")
        )
    if content.external_id is not None and text != content.content_type:
        raise DomainError(
            gettext("The content is live in WordPress, where its type cannot change."),
            code="TYPE_LIVE",
            field="content_type",
            cure=gettext("Make another content of the other type."),
        )
    return text


def _canonical(content: Content, text: str) -> str:
    if not text or text == content.seo_canonical:  # WordPress may hold what nobody would type
        return text
    try:
        address = web_addresses.parse_address(text)
        if address.assumed:
            raise AddressError(gettext("A canonical address begins with https:// or http://."), f"https://{text}")
        if address.fragment:
            raise AddressError(gettext("Search engines leave out what follows a #."), text.partition("#")[0])
    except AddressError as error:
        raise DomainError(
            gettext("The canonical address is not the address of a page. %(message)s", message=error.message),
            code="CANONICAL_INVALID",
            field="seo_canonical",
            cure=gettext("%(rstrip)s, or leave it empty.", rstrip=error.cure.rstrip(".")),
        ) from error
    return text


def _author(_content: Content, text: str) -> str:
    if text and (len(text) > 254 or not EMAIL.fullmatch(text)):
        raise DomainError(
            gettext("The author is not an e-mail address."),
            code="AUTHOR_INVALID",
            field="author_email",
            cure=gettext("Write the address of a WordPress user, or leave it empty."),
        )
    return text


def _template(_content: Content, text: str) -> str:
    if len(text) > 200:
        raise DomainError(
            gettext("There is no such template."),
            code="TEMPLATE_INVALID",
            field="template",
            cure=gettext("Choose one."),
        )
    return text


def _taxonomy(content: Content, text: str) -> str:
    if text and not TAXONOMY.fullmatch(text):
        raise DomainError(
            gettext("This is not the name of a taxonomy."),
            code="TAXONOMY_INVALID",
            field="taxonomy",
            cure=gettext("Choose one of the list."),
        )
    if content.external_id is not None and content.taxonomy and text != content.taxonomy:
        raise DomainError(
            gettext("The term is live, and cannot move to another taxonomy."),
            code="TAXONOMY_LIVE",
            field="taxonomy",
            cure=gettext("Make another content for a term of the other taxonomy."),
        )
    return text


CHECKS = {
    "content_type": _type,
    "seo_canonical": _canonical,
    "author_email": _author,
    "template": _template,
    "taxonomy": _taxonomy,
}


def _check_parent(content: Content, parent_id: int | None) -> None:
    if not parent_id or parent_id == content.parent_external_id:
        return
    if parent_id == content.external_id:
        raise DomainError(
            gettext("A page cannot stand below itself."),
            code="PARENT_ITSELF",
            field="parent_external_id",
            cure=gettext("Choose another page, or none."),
        )
    if db.session.scalar(_live_pages(content).where(Content.external_id == parent_id).limit(1)) is None:
        raise DomainError(
            gettext("The parent page is not live on this site yet."),
            code="PARENT_NOT_LIVE",
            field="parent_external_id",
            cure=gettext("Publish the parent first, then choose it here."),
        )


def possible_parents(content: Content, search: str = "") -> Sequence[tuple[int, str, str]]:
    """WordPress id, title and address of live pages of the site, by title, at most `MAX_PAGES`; not the page itself.

    `search` narrows them down to titles that match as in lists, and addresses that contain it.
    """
    stmt = _live_pages(content).where(Content.id != content.id, Content.trashed_at.is_(None))
    if search := clean_query(search):
        in_title = and_(*Search(Content.search, Content.title).where(search))
        stmt = stmt.where(in_title | Content.external_url.icontains(search, autoescape=True))
    rows = db.session.execute(stmt.order_by(func.lower(Content.title), Content.id).limit(MAX_PAGES))
    return [(page_id, title, url or "") for page_id, title, url in rows if page_id is not None]


def chosen_parent(content: Content) -> tuple[int, str, str] | None:
    """The page that is chosen now; named by its id when it is not known here."""
    parent_id = content.parent_external_id
    if not parent_id:
        return None
    row = db.session.execute(_live_pages(content).where(Content.external_id == parent_id).limit(1)).first()
    return (
        (parent_id, row[1], row[2] or "")
        if row
        else (parent_id, gettext("Page %(number)s of WordPress", number=parent_id), "")
    )


def _live_pages(content: Content) -> Select[int | None, str, str | None]:
    return select(Content.external_id, Content.title, Content.external_url).where(
        Content.account_id == content.account_id,
        Content.site_id == content.site_id,
        Content.content_type == "Page",
        Content.external_id.is_not(None),
    )
