"""What ids of WordPress and of ours mean on a site, looked up for many objects at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.mirror.incoming import Incoming
from app.mirror.relations import CLUSTER, SECTOR, of_this_site, related
from app.mirror.terms import resolve
from app.planner.models import Cluster, Keyword
from app.sites.models import Sector


@dataclass(frozen=True)
class Known:
    """Our ids of terms, what terms of our own taxonomies stand for, and those of the ids told that are this site's."""

    terms: Mapping[tuple[str, int], int] = field(default_factory=dict)
    relations: Mapping[tuple[str, int], int] = field(default_factory=dict)
    clusters: frozenset[int] = frozenset()
    sectors: frozenset[int] = frozenset()
    keywords: frozenset[int] = frozenset()

    def standing_for(self, name: str) -> dict[int, int]:
        """Clusters (or sectors) by the term that stands for them."""
        valid = self.clusters if name == "cluster" else self.sectors
        mine = (entry for entry in self.relations.items() if entry[0][0] == f"igny8_{name}")
        return {key[1]: ours for key, ours in mine if ours in valid}


def known_of(site_id: int, pairs: Sequence[tuple[dict[str, Any], Incoming]]) -> Known:
    """What the ids in these mean; `pairs` are the fields as last seen, and what is told now."""
    terms = {
        (taxonomy, one)
        for seen, told in pairs
        for source in (told.terms or {}, seen.get("terms") or {})
        for taxonomy, ids in source.items()
        for one in ids
    }
    in_clusters = {one for _seen, told in pairs for one in told.cluster_terms or []}
    in_sectors = {one for _seen, told in pairs for one in told.sector_terms or []}
    relations = related(site_id, {CLUSTER: in_clusters, SECTOR: in_sectors})
    ids: dict[str, set[int]] = {}
    for name in ("cluster", "sector"):
        ids[name] = {told.fields[name] for _seen, told in pairs if told.fields.get(name)}
        ids[name] |= {ours for key, ours in relations.items() if key[0] == f"igny8_{name}"}
    keywords = {one for _seen, told in pairs for one in told.keyword_ids or []}
    return Known(
        resolve(site_id, terms),
        relations,
        frozenset(of_this_site(site_id, Cluster, ids["cluster"])),
        frozenset(of_this_site(site_id, Sector, ids["sector"])),
        frozenset(of_this_site(site_id, Keyword, keywords)),
    )
