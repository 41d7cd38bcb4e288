"""Terms and relations of one content, as WordPress reports them. Services flush; callers commit."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.content.models import Content
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.mirror.apply import apply_partial
from app.mirror.incoming import Incoming
from app.mirror.relations import CLUSTER, SECTOR, ids_of_site, related_ids
from app.mirror.sequences import claim_sequences, sequence_of
from app.mirror.terms import apply_term_items, ids_of_terms
from app.mirror.wire import TermItem
from app.planner.models import Cluster, Keyword
from app.sites.models import Sector
from app.sync.inbound import pull
from app.sync.inbound.schemas import Relationships, Taxonomies, TermRef

GROUPS = ("categories", "tags", "sectors", "clusters")


@dataclass
class Assignment:
    """The result. `applied` is False when a later change was applied already. `kept`: fields changed here too."""

    applied: bool
    assigned: dict[str, list[int]] = field(default_factory=dict)
    created: list[int] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def content_for(account_id: int, site_id: int, *, content_id: int | None = None, task_id: int | None = None) -> Content:
    """The content of this site by its id or its task's; raises NotFound."""
    stmt = select(Content).where(Content.account_id == account_id, Content.site_id == site_id)
    stmt = stmt.where(Content.id == content_id) if content_id is not None else stmt.where(Content.task_id == task_id)
    content = db.session.scalar(stmt)
    if content is None:
        raise NotFound(gettext("There is no such content on this site."))
    return content


def taxonomies_of(content_type: str) -> dict[str, str]:
    """The WordPress taxonomy of each group for this type of content (pure)."""
    product = content_type == "Product"
    return {
        "categories": "product_cat" if product else "category",
        "tags": "product_tag" if product else "post_tag",
        "sectors": SECTOR,
        "clusters": CLUSTER,
    }


def set_taxonomies(content: Content, body: Taxonomies) -> Assignment:
    """Record that the content has these terms in WordPress now; unknown ones are made here. Flushes."""
    if not _is_newest(content, "taxonomies", body.updated_at):
        return Assignment(False)
    names = taxonomies_of(content.content_type)
    refs_by_group = {group: refs for group in GROUPS if (refs := getattr(body, group)) is not None}
    created = _make_unknown(content, {names[group]: refs for group, refs in refs_by_group.items()})
    ids = {names[group]: sorted({ref.id for ref in refs}) for group, refs in refs_by_group.items()}
    incoming = Incoming(
        0,
        {},
        cluster_terms=ids.pop(CLUSTER, None),
        sector_terms=ids.pop(SECTOR, None),
        terms=ids,
        changed_by=body.updated_by,
    )
    merged = apply_partial(content, incoming, "taxonomies")
    known_keys = set(
        ids_of_terms(content.site_id, ((names[group], ref.id) for group, refs in refs_by_group.items() for ref in refs))
    )
    known_keys |= set(
        related_ids(
            content.site_id,
            {names[g]: {ref.id for ref in refs_by_group[g]} for g in ("sectors", "clusters") if g in refs_by_group},
        )
    )
    assigned = {
        group: sorted({ref.id for ref in refs if (names[group], ref.id) in known_keys})
        for group, refs in refs_by_group.items()
    }
    return Assignment(True, assigned, sorted(created), list(merged.kept))


def _make_unknown(content: Content, refs_by_taxonomy: dict[str, list[TermRef]]) -> list[int]:
    site_id = content.site_id
    keys = [(taxonomy, ref.id) for taxonomy, refs in refs_by_taxonomy.items() for ref in refs]
    relation_ids = {name: {term_id for taxonomy, term_id in keys if taxonomy == name} for name in (CLUSTER, SECTOR)}
    known_keys = set(ids_of_terms(site_id, keys)) | set(related_ids(site_id, relation_ids))
    new_items = [
        TermItem(term_id=ref.id, taxonomy=taxonomy, name=ref.name, slug=ref.slug)
        for taxonomy, refs in refs_by_taxonomy.items()
        for ref in refs
        if (taxonomy, ref.id) not in known_keys
    ]
    created_ids = list(apply_term_items(content.account_id, site_id, new_items).values())
    if any(not item.name for item in new_items):
        pull.plan_pull(content.account_id, site_id, utcnow())  # that asks for names too
    return created_ids


def set_relationships(content: Content, body: Relationships) -> Assignment:
    """Record that the content has this cluster, sector and these keywords in WordPress now. Flushes.

    Raises NotFound for ids of another site.
    """
    _check_ids(content.site_id, body)
    if not _is_newest(content, "relationships", body.updated_at):
        return Assignment(False)
    names = {"cluster_id": "cluster", "sector_id": "sector"}
    fields: dict[str, Any] = {names[key]: getattr(body, key) for key in names if key in body.model_fields_set}
    incoming = Incoming(0, fields, keyword_ids=body.keyword_ids, changed_by=body.updated_by)
    return Assignment(True, kept=list(apply_partial(content, incoming, "relationships").kept))


def _check_ids(site_id: int, body: Relationships) -> None:
    for model, name, ids in (
        (Cluster, "cluster", {body.cluster_id} - {None}),
        (Sector, "sector", {body.sector_id} - {None}),
        (Keyword, "keyword", set(body.keyword_ids or [])),
    ):
        given_ids = {given_id for given_id in ids if given_id is not None}
        if given_ids - ids_of_site(site_id, model, given_ids):
            raise NotFound(gettext("There is no such %(name)s on this site.", name=name))


def _is_newest(content: Content, what: str, updated_at: datetime | None) -> bool:
    """True when no later change was applied. A clock that was ahead does not block the changes that follow."""
    sequence = sequence_of(min(updated_at or utcnow(), utcnow()))
    return bool(claim_sequences(content.site_id, {(what, "", content.id): (sequence, "")}))
