"""Content made by hand: a new one, and a copy of one. They flush; callers commit."""

from sqlalchemy import insert, literal, select

from app.content import services
from app.content.models import Content, ContentImage, content_keywords, content_terms
from app.content.trash.services import refuse_trashed
from app.core import audit
from app.core.actor import Actor
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext, local_number
from app.core.tenancy import owned
from app.planner.models import CONTENT_TYPES
from app.sites.facts import has_shop
from app.sites.models import Site

COPIED = (
    "site_id",
    "sector_id",
    "cluster_id",
    "content_type",
    "content_structure",
    "content_html",
    "excerpt",
    "seo_title",
    "seo_description",
    "seo_canonical",
    "focus_keywords",
    "author_email",
    "parent_external_id",
    "template",
    "taxonomy",
    "is_outline",
    "outline_notes",
)
OF_IMAGES = ("role", "position", "sha256", "mime", "size", "width", "height", "filename", "alt", "title", "caption")


def types_offered(site: Site | None) -> tuple[str, ...]:
    """The types of content that a person can make on this site: products where it has a shop."""
    return tuple(kind for kind in CONTENT_TYPES if kind != "Product" or (site is not None and has_shop(site)))


def create_by_hand(
    account_id: int,
    actor: Actor,
    site_id: int,
    *,
    title: str,
    content_type: str,
    taxonomy: str = "",
    content_html: str = "",
) -> Content:
    """A draft, empty or with a text. Raises DomainError with the field that is wrong, NotFound for a site of others."""
    site = owned(Site, site_id, account_id)
    title = visible_line(title)
    if not title:
        raise DomainError(
            gettext("The title is empty."), code="TITLE_EMPTY", field="title", cure=gettext("Give it a title.")
        )
    if len(title) > services.MAX_TITLE:
        raise DomainError(
            gettext("The title is too long."), code="TITLE_TOO_LONG", field="title", cure=gettext("Shorten it.")
        )
    if content_type not in CONTENT_TYPES:
        raise DomainError(gettext("Choose a type."), code="TYPE_UNKNOWN", field="content_type")
    if content_type not in types_offered(site):
        raise DomainError(
            gettext("%(name)s has no shop: WooCommerce is not active there.", name=site.name),
            code="NO_SHOP",
            field="content_type",
            cure=gettext(
                "Activate WooCommerce in WordPress, check the connection in the site's settings, then try again."
            ),
        )
    if len(content_html) > services.MAX_HTML:
        raise DomainError(
            gettext("The text is longer than %(most)s characters.", most=local_number(services.MAX_HTML)),
            code="CONTENT_TOO_LONG",
            field="content_html",
            cure=gettext("Split it into several pieces."),
        )
    content = services.create_content(
        account_id, site_id, title=title, content_html=content_html, content_type=content_type
    )
    if content_type == "Taxonomy":
        content.taxonomy = taxonomy or "category"
        db.session.flush()
    audit.record(account_id, "content.created", subject=f"content {content.id}", after={"title": title}, by=actor)
    return content


def duplicate(account_id: int, actor: Actor, content_id: int) -> Content:
    """A draft with another's texts, images, terms and search fields, but nothing about where that is published.

    Raises NotFound, and Conflict for content in the trash.
    """
    stmt = select(Content).where(Content.id == content_id, Content.account_id == account_id)
    original = db.session.scalar(stmt.with_for_update(read=True))  # its images are not deleted meanwhile
    if original is None:
        raise NotFound()
    refuse_trashed(original)
    copy = Content(account_id=account_id, **{name: getattr(original, name) for name in COPIED})
    copy.title = f"Copy of {original.title or 'Untitled'}"[: services.MAX_TITLE]
    db.session.add(copy)
    db.session.flush()
    _copy_links(original.id, copy.id)
    _copy_images(original.id, copy)
    before = {"content": original.id}
    audit.record(account_id, "content.duplicated", subject=f"content {copy.id}", before=before, by=actor)
    return copy


def _copy_links(original_id: int, copy_id: int) -> None:
    for table, other in ((content_terms, "term_id"), (content_keywords, "keyword_id")):
        links = select(literal(copy_id), table.c[other]).where(table.c.content_id == original_id)
        db.session.execute(insert(table).from_select(["content_id", other], links))


def _copy_images(original_id: int, copy: Content) -> None:
    now = literal(utcnow())
    columns = [getattr(ContentImage, name) for name in OF_IMAGES]
    rows = select(literal(copy.account_id), literal(copy.id), now, now, *columns)
    rows = rows.where(ContentImage.content_id == original_id).order_by(ContentImage.id)
    names = ["account_id", "content_id", "created_at", "updated_at", *OF_IMAGES]
    db.session.execute(insert(ContentImage).from_select(names, rows, include_defaults=False))
    db.session.expire(copy, ["images", "terms", "keywords"])
