"""What WordPress's ids and ours refer to on a site, looked up for many objects at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.mirror.incoming import Incoming
from app.mirror.relations import CLUSTER, SECTOR, ids_of_site, related_ids
from app.mirror.terms import ids_of_terms
from app.planner.models import Cluster, Keyword
from app.sites.models import Sector


@dataclass(frozen=True)
class References:
    """Our ids of terms, what terms of our own taxonomies stand for, and which of the given ids belong to this site."""

    terms: Mapping[tuple[str, int], int] = field(default_factory=dict)
    relations: Mapping[tuple[str, int], int] = field(default_factory=dict)
    clusters: frozenset[int] = frozenset()
    sectors: frozenset[int] = frozenset()
    keywords: frozenset[int] = frozenset()

    def standing_for(self, name: str) -> dict[int, int]:
        """Clusters (or sectors) by the term that stands for them."""
        valid = self.clusters if name == "cluster" else self.sectors
        entries = (entry for entry in self.relations.items() if entry[0][0] == f"igny8_{name}")
        return {key[1]: ours for key, ours in entries if ours in valid}


def resolve_references(site_id: int, pairs: Sequence[tuple[dict[str, Any], Incoming]]) -> References:
    """Look up the ids in `pairs`: the fields as last seen, and as they are now."""
    terms = {
        (taxonomy, ref_id)
        for fields, incoming in pairs
        for source in (incoming.terms or {}, fields.get("terms") or {})
        for taxonomy, ids in source.items()
        for ref_id in ids
    }
    in_clusters = {ref_id for _seen, incoming in pairs for ref_id in incoming.cluster_terms or []}
    in_sectors = {ref_id for _seen, incoming in pairs for ref_id in incoming.sector_terms or []}
    relations = related_ids(site_id, {CLUSTER: in_clusters, SECTOR: in_sectors})
    ids: dict[str, set[int]] = {}
    for name in ("cluster", "sector"):
        ids[name] = {incoming.fields[name] for _seen, incoming in pairs if incoming.fields.get(name)}
        ids[name] |= {ours for key, ours in relations.items() if key[0] == f"igny8_{name}"}
    keywords = {ref_id for _seen, incoming in pairs for ref_id in incoming.keyword_ids or []}
    return References(
        ids_of_terms(site_id, terms),
        relations,
        frozenset(ids_of_site(site_id, Cluster, ids["cluster"])),
        frozenset(ids_of_site(site_id, Sector, ids["sector"])),
        frozenset(ids_of_site(site_id, Keyword, keywords)),
    )
