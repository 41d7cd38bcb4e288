"""Terms of WordPress and ours: made, renamed, found, forgotten. Services flush; callers commit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.content.models import content_terms
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.mirror.locks import lock_for_create
from app.mirror.models import RemoteState
from app.mirror.relations import RELATIONS, learn_relations
from app.mirror.wire import TermItem
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.services import MAX_NAME, free_slug, taxonomy_type_of
from app.taxonomy.slugs import is_identified_by_slug, name_key, normalise_slug
from app.writer.models import Task

TermKey = tuple[str, int]
T = ContentTaxonomy


def type_of(taxonomy: str) -> str:
    """Our type for a WordPress taxonomy; ``custom`` for any that we have no type for (pure)."""
    try:
        taxonomy_type = taxonomy_type_of(taxonomy)
    except DomainError:
        return "custom"
    return "custom" if taxonomy_type == "cluster" else taxonomy_type


def apply_term_items(account_id: int, site_id: int, items: Sequence[TermItem]) -> dict[TermKey, int]:
    """Update our terms to what WordPress reports. Returns the ids of those that were new here. Flushes.

    A term is known by its taxonomy and id there. A term of ours with that taxonomy and name or slug that had no id
    there yet is taken to be the same. Terms that stand for clusters and sectors are linked to those. A constant number
    of statements.
    """
    latest = {item.key: item for item in items}
    learn_relations(account_id, site_id, [item for item in latest.values() if item.taxonomy in RELATIONS])
    rows = [_values(account_id, site_id, item) for key, item in sorted(latest.items()) if key[0] not in RELATIONS]
    if not rows:
        return {}
    known_ids = ids_of_terms(site_id, [(row["external_taxonomy"], row["external_id"]) for row in rows])
    new_keys = {key for key in latest if key[0] not in RELATIONS} - set(known_ids)
    if new_keys:
        lock_for_create(site_id)
        adopted = _adopt(site_id, [latest[key] for key in sorted(new_keys)])
        new_keys -= adopted
    _upsert(rows)
    created = ids_of_terms(site_id, new_keys)
    return created


def _values(account_id: int, site_id: int, item: TermItem) -> dict[str, Any]:
    now = utcnow()
    slug = item.readable_slug
    return {
        "account_id": account_id,
        "site_id": site_id,
        "name": item.name[:MAX_NAME] or slug or f"Term {item.term_id}",
        "slug": slug or normalise_slug(item.name) or str(item.term_id),
        "taxonomy_type": type_of(item.taxonomy),
        "external_taxonomy": item.taxonomy,
        "external_id": item.term_id,
        "external_parent_id": item.parent or None,
        "description": item.description,
        "created_at": now,
        "updated_at": now,
    }


def _upsert(rows: list[dict[str, Any]]) -> None:
    stmt = insert(T).values(rows)
    columns = ("name", "slug", "external_parent_id", "description")
    before = tuple_(*[getattr(T, name) for name in columns])
    after = tuple_(*[getattr(stmt.excluded, name) for name in columns])
    db.session.execute(
        stmt.on_conflict_do_update(
            index_elements=["site_id", "external_taxonomy", "external_id"],
            index_where=T.external_id.is_not(None),
            set_={name: getattr(stmt.excluded, name) for name in (*columns, "updated_at")},
            where=before.is_distinct_from(after),
        )
    )


def _adopt(site_id: int, items: Sequence[TermItem]) -> set[TermKey]:
    """Give our terms that were not in WordPress yet the ids of these, matched by taxonomy and name or slug."""
    slugs = {normalise_slug(item.readable_slug) for item in items}
    names = {item.name.lower() for item in items}
    stmt = (
        select(T)
        .where(T.site_id == site_id, T.external_id.is_(None), T.slug.in_(slugs) | func.lower(T.name).in_(names))
        .order_by(T.id)
    )
    lookup = _Lookup(items)
    adopted: dict[TermKey, int] = {}
    for term in db.session.scalars(stmt):
        item = lookup.item_of(term)
        if item and item.key not in adopted and term.external_taxonomy in (None, item.taxonomy):
            adopted[item.key] = term.id
    rows = [{"at": our_id, "tax": key[0], "ext": key[1]} for key, our_id in adopted.items()]
    if rows:
        table = T.__table__
        change = update(table).where(table.c.id == bindparam("at"))  # type: ignore[arg-type]
        change = change.values(external_taxonomy=bindparam("tax"), external_id=bindparam("ext"))
        db.session.connection().execute(change, rows)
        db.session.expire_all()
    return set(adopted)


class _Lookup:
    """Finds the WordPress term for one of ours: by its name, or by its slug if that identifies it."""

    def __init__(self, items: Iterable[TermItem]) -> None:
        self._by_name: dict[tuple[str, str], TermItem] = {}
        self._by_slug: dict[tuple[str, str], TermItem] = {}
        for item in items:
            kind = type_of(item.taxonomy)
            self._by_name.setdefault((kind, name_key(item.name)), item)
            self._by_slug.setdefault((kind, normalise_slug(item.readable_slug)), item)

    def item_of(self, term: ContentTaxonomy) -> TermItem | None:
        """The item, or None."""
        if item := self._by_name.get((term.taxonomy_type, name_key(term.name))):
            return item
        item = self._by_slug.get((term.taxonomy_type, term.slug))
        return item if item and is_identified_by_slug(term.name, term.slug, item.name) else None


def ids_of_terms(site_id: int, keys: Iterable[TermKey]) -> dict[TermKey, int]:
    """Our ids of these terms of WordPress; nothing for unknown ones."""
    unique_keys = sorted(set(keys))
    if not unique_keys:
        return {}
    stmt = select(T.external_taxonomy, T.external_id, T.id).where(
        T.site_id == site_id, tuple_(T.external_taxonomy, T.external_id).in_(unique_keys)
    )
    return {(str(row[0]), int(row[1] or 0)): row[2] for row in db.session.execute(stmt)}


def unknown_terms(site_id: int, terms: Iterable[Mapping[str, Sequence[int]]]) -> list[int]:
    """Ids of terms that these posts have and that are not known here: ask `GET taxonomies?ids=` for them first."""
    keys = {(taxonomy, term_id) for entry in terms for taxonomy, ids in entry.items() for term_id in ids}
    known_keys = set(ids_of_terms(site_id, (key for key in keys if key[0] not in RELATIONS)))
    return sorted({key[1] for key in keys - known_keys if key[0] not in RELATIONS})


def forget_terms(site_id: int, keys: Iterable[TermKey]) -> int:
    """Forget terms that were deleted in WordPress. Returns how many there were here. Flushes.

    Content that is in WordPress loses them, as it did there. Drafts and tasks that want such a term keep it, and a
    publish makes it anew; a term that nothing wants is deleted.
    """
    ours = sorted(ids_of_terms(site_id, keys).values())
    if not ours:
        return 0
    in_wordpress = select(RemoteState.content_id).where(RemoteState.site_id == site_id, RemoteState.gone_at.is_(None))
    links = content_terms.c
    db.session.execute(delete(content_terms).where(links.term_id.in_(ours), links.content_id.in_(in_wordpress)))
    is_wanted = or_(
        select(links.term_id).where(links.term_id == T.id).exists(),
        select(Task.id).where(Task.taxonomy_term_id == T.id).exists(),
    )
    db.session.execute(delete(T).where(T.id.in_(ours), ~is_wanted).execution_options(synchronize_session=False))
    for our_id in db.session.scalars(select(T.id).where(T.id.in_(ours)).order_by(T.id)).all():
        _detach_from_wordpress(our_id)
    db.session.expire_all()
    return len(ours)


def _detach_from_wordpress(our_id: int) -> None:
    """Detach a term that is needed here and no longer exists there; one of ours with that name takes its place."""
    term = db.session.get_one(T, our_id)
    others = db.session.scalars(
        select(T).where(
            T.site_id == term.site_id,
            T.taxonomy_type == term.taxonomy_type,
            T.id != term.id,
            func.coalesce(T.external_taxonomy, "") == (term.external_taxonomy or ""),
            T.external_id.is_(None),
            or_(T.slug == term.slug, func.lower(T.name) == term.name.lower()),
        )
    ).all()
    same = next((other.id for other in others if name_key(other.name) == name_key(term.name)), None)
    term.external_parent_id = None
    if same is None:
        term.slug = free_slug(term.slug, {other.slug for other in others})
        term.external_id = None
    else:
        moved = select(content_terms.c.content_id, literal(same)).where(content_terms.c.term_id == our_id)
        stmt = insert(content_terms).from_select(["content_id", "term_id"], moved)
        db.session.execute(stmt.on_conflict_do_nothing())
        db.session.delete(term)
    db.session.flush()
