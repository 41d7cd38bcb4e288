"""Content: create it, change it, and store the results of publishing. Services flush; callers commit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.ai.builtin.outline_notes import notes_left_in, notes_of
from app.content import place
from app.content.blocks import splice
from app.content.changes import changed
from app.content.editing import revisions
from app.content.editing.revisions import VersionCause
from app.content.models import Content, content_terms
from app.content.trash import services as trash
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.html_scan import scan
from app.core.languages import gettext, local_number
from app.core.tenancy import owned, owned_many
from app.planner.clusters.locks import keep_clusters
from app.planner.models import CONTENT_TYPES, Cluster
from app.sites.models import Sector, Site
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.slugs import normalise_slug

MAX_HTML = 2_000_000
MAX_TITLE = 2000
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


class ContentEditConflict(Conflict):
    """Somebody saved this content since the editor opened it. `current` is what is stored now."""

    def __init__(self, current: Content) -> None:
        super().__init__(
            gettext("Somebody else saved this content while you were editing it."),
            code="EDIT_CONFLICT",
            cure=gettext("Compare both versions and decide; nothing of yours is lost."),
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
    check_parents(account_id, site_id, cluster_id, sector_id)
    if task_id is not None and (existing := _of_task(account_id, task_id)):
        return existing
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
    return _added(content)


def _added(content: Content) -> Content:
    """Add it; returns the content that another worker has just made from the same task, if any."""
    try:
        with db.session.begin_nested():
            db.session.add(content)
    except IntegrityError:
        existing = _of_task(content.account_id, content.task_id) if content.task_id is not None else None
        if existing is None:
            raise
        return existing
    return content


def _of_task(account_id: int, task_id: int) -> Content | None:
    return db.session.scalar(select(Content).where(Content.account_id == account_id, Content.task_id == task_id))


def check_parents(account_id: int, site_id: int, cluster_id: int | None, sector_id: int | None = None) -> None:
    """Raise NotFound or DomainError unless both are of the site. The cluster is kept until the transaction ends."""
    keep_clusters([cluster_id])
    cluster = owned(Cluster, cluster_id, account_id) if cluster_id is not None else None
    sector = owned(Sector, sector_id, account_id) if sector_id is not None else None
    for parent in (cluster, sector):
        if parent is not None and parent.site_id != site_id:
            raise DomainError(
                gettext("This belongs to another site."), code="OTHER_SITE", cure=gettext("Choose one of this site.")
            )


def clean_keywords(keywords: Sequence[str]) -> list[str]:
    """Trimmed, without repeats (case aside); none is left out or cut."""
    spellings: dict[str, str] = {}
    for keyword in keywords:
        text = " ".join(keyword.split())
        if text:
            spellings.setdefault(text.casefold(), text)
    return list(spellings.values())


def update_content(
    content_id: int,
    account_id: int,
    changes: dict[str, Any],
    *,
    expected_version: int,
    version_cause: VersionCause | None = None,
) -> Content:
    """Save an edit, raise the version by one and keep both versions (`revisions`). Flushes.

    `content_html` as a text field sent it: pieces that differ in line endings only come back as they were stored.
    Raises ContentEditConflict when the stored version is not `expected_version`, Conflict for content in the trash,
    DomainError for an empty title and as `place.tidied_changes` does.
    """
    content = owned(Content, content_id, account_id)
    trash.refuse_trashed(content)
    unknown = set(changes) - EDITABLE
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    values = _cleaned(content, changes)
    revisions.keep_before([content.id])
    result = db.session.execute(
        update(Content)
        .where(Content.id == content.id, Content.version == expected_version)
        .values(**values, version=Content.version + 1, updated_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(content)
    if not _row_count(result):
        raise ContentEditConflict(content)  # zero rows: somebody else saved first
    revisions.keep_after([content.id], version_cause or VersionCause())
    changed([content.id], values)
    return content


def may_be_untitled(content: Content) -> bool:
    """True for a post that has no title in WordPress: the app must not demand one."""
    return content.title == "" and content.external_id is not None and content.content_type != "Taxonomy"


def _cleaned(content: Content, changes: dict[str, Any]) -> dict[str, Any]:
    values = dict(changes)
    if "title" in values:
        values["title"] = " ".join(str(values["title"]).split())
        if not values["title"] and not may_be_untitled(content):
            raise DomainError(
                gettext("The title is empty."), code="TITLE_EMPTY", field="title", cure=gettext("Give it a title.")
            )
    if "content_html" in values:
        if len(values["content_html"]) > MAX_HTML:
            raise DomainError(
                gettext("The text is longer than %(max_html)s characters.", max_html=local_number(MAX_HTML)),
                code="CONTENT_TOO_LONG",
                field="content",
                cure=gettext("Split it into several pieces."),
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
        check_parents(content.account_id, content.site_id, values["cluster_id"])
    return place.tidied_changes(content, values)


def allow_scripts(content: Content, key: str) -> None:
    """Record a person's permission for the scripts in these texts. Flushes. The version stays: no edit was made."""
    content.scripts_allowed = key
    db.session.flush()


def note_internal_links(content: Content, links: Sequence[dict[str, Any]]) -> None:
    """Record which links the Linker has in the text, and that it worked once more. Flushes. The version stays."""
    content.internal_links = list(links)
    content.linker_version += 1
    db.session.flush()


def note_optimized(content: Content) -> None:
    """Count once more that the Optimizer made the text better. Flushes. The version stays."""
    content.optimizer_version += 1
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
        raise DomainError(
            gettext("This term belongs to another site."), code="OTHER_SITE", cure=gettext("Choose one of this site.")
        )
    return terms


def count_ids(content_ids: Ids) -> int:
    """How many rows these are, on any site."""
    if isinstance(content_ids, Select):
        return db.session.scalar(select(func.count()).select_from(content_ids.subquery())) or 0
    return len(set(content_ids))


def count_by_type(account_id: int, site_id: int, content_ids: Ids) -> dict[str, int]:
    """How many of these pieces of content the site has, by content type."""
    stmt = select(Content.content_type, func.count()).where(*_of_site(account_id, site_id), Content.id.in_(content_ids))
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(Content.content_type))}


def assign_cluster(account_id: int, site_id: int, content_ids: Ids, cluster_id: int | None) -> int:
    """Put content of the site in a cluster, or in none. Returns the number of rows that were not there yet. Flushes."""
    check_parents(account_id, site_id, cluster_id)
    assigned = db.session.scalars(
        update(Content)
        .where(*_of_site(account_id, site_id), Content.id.in_(content_ids))
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
    """Attach a term to content of its site that is of these `types`. Returns how many did not have it. Flushes."""
    owned_terms(account_id, site_id, [term_id])
    chosen = select(Content.id, literal(term_id)).where(*_of_site(account_id, site_id), Content.id.in_(content_ids))
    chosen = chosen.where(Content.content_type.in_(types))
    stmt = insert(content_terms).from_select(["content_id", "term_id"], chosen).on_conflict_do_nothing()
    attached = db.session.scalars(stmt.returning(content_terms.c.content_id)).all()
    changed(attached, ("terms",))
    db.session.expire_all()
    return len(attached)


def detach_term(account_id: int, site_id: int, content_ids: Ids, term_id: int) -> int:
    """Detach a term from content of its site. Returns the number that had it. Flushes."""
    owned_terms(account_id, site_id, [term_id])
    chosen = select(Content.id).where(*_of_site(account_id, site_id), Content.id.in_(content_ids))
    stmt = delete(content_terms).where(content_terms.c.term_id == term_id, content_terms.c.content_id.in_(chosen))
    detached = db.session.scalars(stmt.returning(content_terms.c.content_id)).all()
    changed(detached, ("terms",))
    db.session.expire_all()
    return len(detached)


def count_in_clusters(account_id: int, cluster_id: int) -> dict[str, int]:
    """How many pieces of each content type a cluster has."""
    stmt = (
        select(Content.content_type, func.count())
        .where(Content.account_id == account_id, Content.cluster_id == cluster_id, trash.LISTED)
        .group_by(Content.content_type)
    )
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def _of_site(account_id: int, site_id: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions for listed content of the site: what is in the trash must not be changed."""
    return Content.account_id == account_id, Content.site_id == site_id, trash.LISTED


def _row_count(result: Any) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
