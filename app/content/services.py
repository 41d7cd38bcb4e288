"""Content: making it, changing it, and what publishing tells it. Services flush; callers commit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.ai.outline_notes import notes_left_in, notes_of
from app.content import place
from app.content.blocks import splice
from app.content.changes import changed
from app.content.models import Content, content_terms
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.html_scan import scan
from app.core.tenancy import owned, owned_many
from app.planner.models import CONTENT_TYPES, Cluster
from app.sites.models import Sector, Site
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.slugs import normalise_slug

MAX_HTML = 2_000_000
EDITABLE = frozenset(
    (
        "title",
        "content_html",
        "excerpt",
        "slug",
        "seo_title",
        "seo_description",
        "focus_keywords",
        "cluster_id",
        "content_structure",
        "seo_canonical",
        "author_email",
        "parent_external_id",
        "template",
        "taxonomy",
        "content_type",
    )
)
Ids = Sequence[int] | Select[int]


class EditConflict(Conflict):
    """Somebody saved this content since the editor opened it. `current` is what is stored now."""

    def __init__(self, current: Content) -> None:
        super().__init__(
            "Somebody else saved this content while you were editing it.",
            code="EDIT_CONFLICT",
            cure="Compare both versions and decide; nothing of yours is lost.",
        )
        self.current = current


def create_content(
    account_id: int,
    site_id: int,
    *,
    title: str,
    content_html: str,
    excerpt: str = "",
    seo_title: str = "",
    seo_description: str = "",
    focus_keywords: Sequence[str] = (),
    content_type: str = "Article",
    content_structure: str = "",
    cluster_id: int | None = None,
    sector_id: int | None = None,
    task_id: int | None = None,
    is_outline: bool = False,
    source: str = "igny8",
    slug: str = "",
) -> Content:
    """A new draft. Flushes. A task makes one piece of content: for a task that has one, that one is returned unchanged.

    Raises NotFound for a site, cluster or sector of another account.
    """
    owned(Site, site_id, account_id)
    _check_parents(account_id, site_id, cluster_id, sector_id)
    if task_id is not None and (made := _of_task(account_id, task_id)):
        return made
    content = Content(
        account_id=account_id,
        site_id=site_id,
        title=title,
        content_html=content_html,
        excerpt=excerpt,
        seo_title=seo_title,
        seo_description=seo_description,
        focus_keywords=clean_keywords(focus_keywords),
        content_type=content_type,
        content_structure=content_structure[:40],
        cluster_id=cluster_id,
        sector_id=sector_id,
        task_id=task_id,
        is_outline=is_outline,
        source=source,
        slug=normalise_slug(slug),
        outline_notes=notes_of(content_html) if is_outline else [],
    )
    try:
        with db.session.begin_nested():
            db.session.add(content)
    except IntegrityError:
        made = _of_task(account_id, task_id) if task_id is not None else None
        if made is None:
            raise
        return made  # another worker finished the task just now
    return content


def _of_task(account_id: int, task_id: int) -> Content | None:
    return db.session.scalar(select(Content).where(Content.account_id == account_id, Content.task_id == task_id))


def _check_parents(account_id: int, site_id: int, cluster_id: int | None, sector_id: int | None = None) -> None:
    cluster = owned(Cluster, cluster_id, account_id) if cluster_id is not None else None
    sector = owned(Sector, sector_id, account_id) if sector_id is not None else None
    for parent in (cluster, sector):
        if parent is not None and parent.site_id != site_id:
            raise DomainError("This belongs to another site.", code="OTHER_SITE", cure="Choose one of this site.")


def clean_keywords(keywords: Sequence[str]) -> list[str]:
    """Trimmed, without repeats (case aside); none is left out or cut."""
    seen: dict[str, str] = {}
    for keyword in keywords:
        text = " ".join(keyword.split())
        if text:
            seen.setdefault(text.casefold(), text)
    return list(seen.values())


def update_content(content_id: int, account_id: int, changes: dict[str, Any], *, expected_version: int) -> Content:
    """Save an edit and raise the version by one. Flushes.

    `content_html` as a text field sent it: pieces that differ in line endings only come back as they were stored.
    Raises EditConflict when the stored version is not `expected_version`, DomainError for an empty title and as
    `place.checked` does.
    """
    content = owned(Content, content_id, account_id)
    unknown = set(changes) - EDITABLE
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    values = _cleaned(content, changes)
    result = db.session.execute(
        update(Content)
        .where(Content.id == content.id, Content.version == expected_version)
        .values(**values, version=Content.version + 1, updated_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(content)
    if not _rows(result):
        raise EditConflict(content)  # zero rows: somebody else saved first
    changed([content.id], values)
    return content


def may_be_untitled(content: Content) -> bool:
    """True for a post that has no title in WordPress: one cannot be made up for it."""
    return content.title == "" and content.external_id is not None and content.content_type != "Taxonomy"


def _cleaned(content: Content, changes: dict[str, Any]) -> dict[str, Any]:
    values = dict(changes)
    if "title" in values:
        values["title"] = " ".join(str(values["title"]).split())
        if not values["title"] and not may_be_untitled(content):
            raise DomainError("The title is empty.", code="TITLE_EMPTY", field="title", cure="Give it a title.")
    if "content_html" in values:
        if len(values["content_html"]) > MAX_HTML:
            raise DomainError(
                f"The text is longer than {MAX_HTML:,} characters.",
                code="CONTENT_TOO_LONG",
                field="content",
                cure="Split it into several pieces.",
            )
        values["content_html"] = splice(content.content_html, values["content_html"])
        if content.is_outline or content.outline_notes:
            notes = notes_left_in(scan(values["content_html"]), content.outline_notes, content.is_outline)
            values["is_outline"] = bool(notes)
    if "slug" in values and values["slug"] != content.slug:  # one that WordPress made stays as it is
        values["slug"] = normalise_slug(values["slug"])
    if "focus_keywords" in values:
        values["focus_keywords"] = clean_keywords(values["focus_keywords"])
    if values.get("cluster_id") is not None:
        _check_parents(content.account_id, content.site_id, values["cluster_id"])
    return place.checked(content, values)


def allow_scripts(content: Content, key: str) -> None:
    """Record a person's yes to the scripts in these very texts. Flushes. The version stays: no edit was made."""
    content.scripts_allowed = key
    db.session.flush()


def set_terms(content: Content, terms: Sequence[ContentTaxonomy]) -> None:
    """Replace the terms of one piece of content. Flushes."""
    if {term.id for term in content.terms} == {term.id for term in terms}:
        return
    content.terms = list(terms)
    db.session.flush()
    changed([content.id], ("terms",))


def owned_terms(account_id: int, site_id: int, term_ids: Sequence[int]) -> list[ContentTaxonomy]:
    """These terms of this site; raises NotFound when one is not there."""
    terms = owned_many(ContentTaxonomy, list(term_ids), account_id)
    if any(term.site_id != site_id for term in terms):
        raise DomainError("This term belongs to another site.", code="OTHER_SITE", cure="Choose one of this site.")
    return terms


def count_ids(content_ids: Ids) -> int:
    """How many rows these are, of whichever site."""
    if isinstance(content_ids, Select):
        return db.session.scalar(select(func.count()).select_from(content_ids.subquery())) or 0
    return len(set(content_ids))


def count_by_type(account_id: int, site_id: int, content_ids: Ids) -> dict[str, int]:
    """How many of these pieces of content the site has, by content type."""
    stmt = select(Content.content_type, func.count()).where(*_mine(account_id, site_id), Content.id.in_(content_ids))
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(Content.content_type))}


def assign_cluster(account_id: int, site_id: int, content_ids: Ids, cluster_id: int | None) -> int:
    """Put content of the site in a cluster, or in none; the number of rows that were not there yet. Flushes."""
    _check_parents(account_id, site_id, cluster_id)
    assigned = db.session.scalars(
        update(Content)
        .where(*_mine(account_id, site_id), Content.id.in_(content_ids))
        .where(Content.cluster_id.is_distinct_from(cluster_id))
        .values(cluster_id=cluster_id, version=Content.version + 1, updated_at=utcnow())
        .returning(Content.id)
        .execution_options(synchronize_session=False)
    ).all()
    changed(assigned, ("cluster_id",))
    db.session.expire_all()
    return len(assigned)


def attach_term(
    account_id: int, site_id: int, content_ids: Ids, term_id: int, types: Sequence[str] = CONTENT_TYPES
) -> int:
    """Attach a term to content of its site that is of these `types`; the number that did not have it. Flushes."""
    owned_terms(account_id, site_id, [term_id])
    chosen = select(Content.id, literal(term_id)).where(*_mine(account_id, site_id), Content.id.in_(content_ids))
    chosen = chosen.where(Content.content_type.in_(types))
    stmt = insert(content_terms).from_select(["content_id", "term_id"], chosen).on_conflict_do_nothing()
    attached = db.session.scalars(stmt.returning(content_terms.c.content_id)).all()
    changed(attached, ("terms",))
    db.session.expire_all()
    return len(attached)


def detach_term(account_id: int, site_id: int, content_ids: Ids, term_id: int) -> int:
    """Take a term off content of its site; the number that had it. Flushes."""
    owned_terms(account_id, site_id, [term_id])
    chosen = select(Content.id).where(*_mine(account_id, site_id), Content.id.in_(content_ids))
    gone = delete(content_terms).where(content_terms.c.term_id == term_id, content_terms.c.content_id.in_(chosen))
    detached = db.session.scalars(gone.returning(content_terms.c.content_id)).all()
    changed(detached, ("terms",))
    db.session.expire_all()
    return len(detached)


def count_in_clusters(account_id: int, cluster_id: int) -> dict[str, int]:
    """How many pieces of each content type a cluster has."""
    stmt = (
        select(Content.content_type, func.count())
        .where(Content.account_id == account_id, Content.cluster_id == cluster_id)
        .group_by(Content.content_type)
    )
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def _mine(account_id: int, site_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Content.account_id == account_id, Content.site_id == site_id


def _rows(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
