"""Compares WordPress's hashes with what we know, page by page; only one page is in memory at a time. Flushes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.content.models import Content
from app.core.extensions import db
from app.mirror.models import RemoteRelation, RemoteState
from app.mirror.relations import RELATIONS, forget_relations
from app.mirror.removals import mark_gone
from app.mirror.terms import forget_terms
from app.mirror.wire import PostItem
from app.sync.imports.models import SiteImport
from app.sync.inbound.events import has_imported
from app.taxonomy.models import ContentTaxonomy

Hashes = tuple[int, str, str, int | None]
S = RemoteState
EVERYTHING = frozenset({"post", "page", "product"}), frozenset({"publish", "private", "future", "draft", "pending"})


@dataclass
class Report:
    """What a comparison found. `orphans` are posts that name a content that is not here: id, title, address."""

    posts: int = 0
    same: int = 0
    updated: int = 0
    kept: int = 0
    added: int = 0
    gone: int = 0
    unknown: int = 0
    terms: int = 0
    terms_gone: int = 0
    orphan_count: int = 0
    orphans: list[dict[str, Any]] = field(default_factory=list)

    def summary(self) -> str:
        """What happened, for a person (pure)."""
        parts = [f"{self.posts:,} compared"]
        for count, label in (
            (self.updated, "updated from WordPress"),
            (self.kept, "changed on both sides"),
            (self.added, "new"),
            (self.gone, "no longer there"),
            (self.orphan_count, "without their content here"),
        ):
            parts += [f"{count:,} {label}"] if count else []
        return f"{', '.join(parts)}." if len(parts) > 1 else f"{self.posts:,} compared, all up to date."


@dataclass
class ComparedPage:
    """The posts in a page of hashes: those to fetch, to ask for again, new here, and said to be content of ours."""

    differing: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    named: dict[int, int] = field(default_factory=dict)
    same: int = 0


def read_hashes(raw: Any) -> list[Hashes]:
    """The lines of a page of hashes; those that do not follow the contract are left out (pure)."""
    lines = raw if isinstance(raw, list) else []
    return [
        (line[0], str(line[1]), str(line[2]), int(line[3]) if str(line[3] or "").isdecimal() else None)
        for line in lines
        if isinstance(line, list) and len(line) == 4 and isinstance(line[0], int) and line[0] > 0
    ]


def compare_page(
    site_id: int, lines: Sequence[Hashes], after: int, last: int | None, read_at: datetime
) -> ComparedPage:
    """Compare a page, from behind `after` to `last` (None: to the end), with what we know of these posts.

    What was reported about a post since `read_at` is newer than the page.
    """
    stmt = select(S.external_id, S.content_hash, S.state_hash, S.gone_at, S.seen_at).where(
        S.site_id == site_id, S.kind == "post", S.taxonomy == "", S.external_id > after
    )
    known_rows = {row[0]: row for row in db.session.execute(stmt.where(S.external_id <= last) if last else stmt)}
    page = ComparedPage()
    for post_id, content_hash, state_hash, content_id in lines:
        row = known_rows.pop(post_id, None)
        if row is None:
            page.new.append(post_id)
            if content_id is not None:
                page.named[post_id] = content_id
        elif row[4] < read_at and (row[3] is not None or (row[1], row[2]) != (content_hash, state_hash)):
            page.differing.append(post_id)
        else:
            page.same += 1
    page.missing = [post_id for post_id, row in known_rows.items() if row[3] is None and row[4] < read_at]
    return page


def orphans(site_id: int, named: dict[int, int]) -> set[int]:
    """Those of these posts whose content is not here."""
    if not named:
        return set()
    stmt = select(Content.id).where(Content.site_id == site_id, Content.id.in_(set(named.values())))
    ours = set(db.session.scalars(stmt))
    return {post_id for post_id, content_id in named.items() if content_id not in ours}


@dataclass(frozen=True)
class ImportScope:
    """Which posts that are new here are added: those that the last import would add; none before the first import."""

    types: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()

    def takes(self, item: PostItem) -> bool:
        """Whether to add this one; what was published from here is always bound to its content."""
        return item.content_id is not None or (item.type in self.types and item.status in self.statuses)


def scope_of(site_id: int) -> ImportScope:
    """The types and statuses of the site's last finished import.

    Posts, pages and products when there is no record of it.
    """
    stmt = select(SiteImport).where(SiteImport.site_id == site_id, SiteImport.finished_at.is_not(None))
    row = db.session.scalar(stmt.order_by(SiteImport.id.desc()).limit(1))
    if row is not None:
        return ImportScope(frozenset(row.types), frozenset(row.statuses))
    return ImportScope(*EVERYTHING) if has_imported(site_id) else ImportScope()


def mark_missing(account_id: int, site_id: int, missing: dict[int, str], asked_at: datetime) -> int:
    """Record as gone (``trash`` or ``deleted``) the posts that were not found on a second look either.

    Returns how many. Flushes.
    """
    stmt = select(S.external_id).where(
        S.site_id == site_id, S.kind == "post", S.external_id.in_(missing), S.gone_at.is_(None), S.seen_at < asked_at
    )
    missing_ids = db.session.scalars(stmt.order_by(S.id).with_for_update()).all()
    return mark_gone(
        account_id, site_id, {("", post_id): missing[post_id] for post_id in missing_ids}, cause="compare", by={}
    )


def in_trash(site_id: int) -> list[int]:
    """Posts that were in the trash when last seen, ascending."""
    stmt = select(S.external_id).where(S.site_id == site_id, S.kind == "post", S.gone_at.is_not(None))
    return list(db.session.scalars(stmt.where(S.status == "trash").order_by(S.external_id)))


def mark_emptied(account_id: int, site_id: int, post_ids: Sequence[int]) -> None:
    """Record as deleted the posts that are no longer in the trash, nor anywhere else. Flushes."""
    stmt = select(S.external_id).where(
        S.site_id == site_id, S.kind == "post", S.external_id.in_(post_ids), S.status == "trash"
    )
    trashed_ids = db.session.scalars(stmt.order_by(S.id).with_for_update()).all()
    mark_gone(account_id, site_id, {("", post_id): "deleted" for post_id in trashed_ids}, cause="compare", by={})


def known_terms(site_id: int) -> set[tuple[str, int]]:
    """Taxonomy and id of all WordPress terms that we know, including those that stand for clusters and sectors."""
    ours = select(ContentTaxonomy.external_taxonomy, ContentTaxonomy.external_id).where(
        ContentTaxonomy.site_id == site_id, ContentTaxonomy.external_id.is_not(None)
    )
    relations = select(RemoteRelation.taxonomy, RemoteRelation.term_id).where(RemoteRelation.site_id == site_id)
    pages = select(S.taxonomy, S.external_id).where(S.site_id == site_id, S.kind == "term", S.gone_at.is_(None))
    return {(str(row[0]), row[1] or 0) for stmt in (ours, relations, pages) for row in db.session.execute(stmt)}


def forget_missing_terms(account_id: int, site_id: int, missing: Iterable[tuple[str, int]]) -> int:
    """Forget the terms that were not found on a second look either. Flushes."""
    keys = sorted(missing)
    forget_terms(site_id, [key for key in keys if key[0] not in RELATIONS])
    forget_relations(site_id, keys)
    mark_gone(account_id, site_id, dict.fromkeys(keys, "deleted"), cause="compare", by={})
    return len(keys)
