"""What can be done in the planner, each as one use case: for a click, a call of the API or a rule.

They take the account, who acts and plain arguments, start runs, put credits aside and tell the audit log. They flush;
callers commit.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from app.ai import charging
from app.core import audit, media
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.listing.selection import Selection, fingerprint
from app.core.runs import Run, start_run
from app.core.tenancy import owned
from app.core.wording import many
from app.planner import changes, clusters, ideas, import_bounds, imports, keywords
from app.planner.import_runs import Source, target_of
from app.planner.keyword_import import checked_mapping
from app.planner.models import Cluster
from app.planner.prices import clustering_requests
from app.planner.run_kinds import CLUSTER_KEYWORDS, GENERATE_IDEAS, IMPORT_KEYWORDS
from app.sites.models import Site

MAX_IDEAS_CLUSTERS = 50


def start_import(
    account_id: int,
    actor: Actor,
    site_id: int,
    source: Source,
    *,
    mapping: Mapping[str, int] | None = None,
    sector_id: int | None = None,
    country: str = "",
) -> Run:
    """Import keywords into a site: what is short at once, the rest by a run; either way the run that tells of it.

    `mapping` is the column of each field, by default as recognised; `country` counts for rows that name none. The
    same import that is under way is given back. Raises DomainError, with the field that is wrong.
    """
    columns = checked_mapping(source.table, mapping)
    target = target_of(account_id, site_id, sector_id, country)
    if import_bounds.is_short(source.data):
        tally = imports.import_table(source.table, columns, target, lambda _: None)
        return imports.record_import(uuid.uuid4(), target, actor.id, tally)
    return _start_long_import(actor, source, columns, target)


def _start_long_import(actor: Actor, source: Source, columns: dict[str, int], target: imports.Target) -> Run:
    file = media.IMPORTS.save(target.account_id, source.data)
    lines = import_bounds.count_lines(source.data)
    return start_run(
        account_id=target.account_id,
        site_id=target.site_id,
        actor_id=actor.id,
        kind=IMPORT_KEYWORDS,
        title=f"Importing {lines:,} rows",
        total=lines,
        exclusive_key=f"{IMPORT_KEYWORDS.name}:{target.site_id}:{target.sector_id}:{target.country}:{file[:40]}",
        params={
            "file": file,
            "pasted": not source.file,
            "mapping": columns,
            "sector_id": target.sector_id,
            "country": target.country,
            "encoding": source.choices.encoding,
            "separator": source.choices.separator,
        },
    )


@dataclass(frozen=True, slots=True)
class ClusteringStart:
    """`run` is None when none of the keywords waits to be clustered. `clustered`: how many are in clusters already."""

    run: Run | None
    waiting: int
    clustered: int


def start_clustering(account_id: int, actor: Actor, site_id: int, selection: Selection) -> ClusteringStart:
    """Cluster the chosen keywords that are in no cluster, or with nothing chosen all of the site's.

    While a clustering of the site is under way, that one is given back. Raises NotEnoughCredits, Refused.
    """
    waiting = keywords.count(keywords.unclustered_of(account_id, site_id, selection))
    chosen = 0 if selection.is_empty else keywords.count(keywords.chosen(account_id, site_id, selection))
    clustered = max(0, chosen - waiting)
    if not waiting:
        return ClusteringStart(None, 0, clustered)
    run = start_run(
        account_id=account_id,
        kind=CLUSTER_KEYWORDS,
        site_id=site_id,
        title=f"Clustering {many(waiting, 'keyword')}",
        actor_id=actor.id,
        params={"ids": selection.ids, "all_matching": selection.all_matching, "filters": dict(selection.filters)},
        exclusive_key=f"cluster_keywords:{site_id}",
    )
    charging.reserve_credits(current_app.config, run, "clustering", clustering_requests(current_app.config, waiting))
    return ClusteringStart(run, waiting, clustered)


def start_ideas(account_id: int, actor: Actor, cluster_id: int) -> Run:
    """Find ideas for one cluster. Raises NotFound, NotEnoughCredits, Refused."""
    cluster = clusters.cluster_of(account_id, cluster_id)
    return _start_ideas(actor, [cluster], f"Looking for ideas for “{cluster.name}”", cluster.id)


def start_ideas_for_clusters(account_id: int, actor: Actor, site_id: int, cluster_ids: list[int]) -> Run:
    """Find ideas for these clusters of a site, at most MAX_IDEAS_CLUSTERS. Raises like `start_ideas`, DomainError."""
    if len(cluster_ids) > MAX_IDEAS_CLUSTERS:
        raise DomainError(
            f"{len(cluster_ids)} clusters are selected; at most {MAX_IDEAS_CLUSTERS} can be done at once.",
            code="TOO_MANY_CLUSTERS",
            cure="Select fewer of them.",
        )
    rows = clusters.clusters_of(account_id, cluster_ids)
    if any(row.site_id != site_id for row in rows):
        raise DomainError("These clusters are of another site.", code="OTHER_SITE", cure="Reload and select again.")
    return _start_ideas(actor, rows, f"Looking for ideas for {many(len(rows), 'cluster')}", None)


def _start_ideas(actor: Actor, rows: list[Cluster], title: str, subject_id: int | None) -> Run:
    ids, site_id = [row.id for row in rows], rows[0].site_id
    run = start_run(
        account_id=rows[0].account_id,
        kind=GENERATE_IDEAS,
        title=title,
        actor_id=actor.id,
        site_id=site_id,
        params={"cluster_ids": ids},
        total=len(ids),
        subject_type="cluster" if subject_id else None,
        subject_id=subject_id,
        exclusive_key=f"generate_ideas:{site_id}:{fingerprint(ids)}",
    )
    charging.reserve_credits(current_app.config, run, "ideas", len(ids))
    return run


def delete_keywords(account_id: int, actor: Actor, site_id: int, selection: Selection) -> int:
    """Delete the chosen keywords of a site; how many."""
    gone = keywords.delete_keywords(account_id, site_id, selection)
    name = owned(Site, site_id, account_id).name
    audit.record(account_id, "deleted.keywords", subject=name, before={"keywords": gone}, by=actor)
    return gone


@dataclass(frozen=True, slots=True)
class KeywordsMoved:
    """How many of the `found` keywords changed their cluster, and where they went, in words."""

    count: int
    found: int
    where: str


def move_keywords(
    account_id: int, actor: Actor, site_id: int, selection: Selection, target: str, new_name: str = ""
) -> KeywordsMoved:
    """Put the chosen keywords into the cluster that `target` names (`clusters.target_of`), or into none.

    Raises DomainError when nothing is chosen or the target cannot be meant.
    """
    cluster = clusters.target_of(account_id, site_id, target, new_name)
    selection.required("keyword")
    found = keywords.count(keywords.chosen(account_id, site_id, selection))
    is_new = cluster is not None and target == clusters.NEW
    target_id = cluster.id if cluster else None
    before = changes.of_keywords(
        keywords.chosen(account_id, site_id, selection), target_id, target_id if is_new else None
    )
    moved = keywords.move_keywords(account_id, site_id, selection, cluster, is_new=is_new)
    where = f"to “{cluster.name}”" if cluster else "out of their clusters"
    if moved:
        changes.keep(account_id, site_id, actor, f"Moved {many(moved, 'keyword')} {where}", before)
    audit.record(account_id, "bulk.keywords_moved", subject=f"{many(moved, 'keyword')} {where}", by=actor)
    return KeywordsMoved(moved, found, where)


def merge_clusters(account_id: int, actor: Actor, ids: list[int], target_id: int) -> tuple[Cluster, int]:
    """Merge clusters into one of a site; that one, and how many doubled ideas were dropped. Raises DomainError."""
    sources = [row for row in clusters.clusters_of(account_id, ids) if row.id != target_id]
    before = changes.of_merge(sources, target_id)
    target, dropped = clusters.merge_clusters(account_id, ids, target_id)
    words = f"Merged {many(len(sources), 'cluster')} into “{target.name}”"
    changes.keep(account_id, target.site_id, actor, words, before)
    after = {"merged": len(ids), "doubled ideas dropped": dropped}
    audit.record(account_id, "deleted.clusters_merged", subject=target.name, after=after, by=actor)
    return target, dropped


def update_cluster(account_id: int, actor: Actor, cluster_id: int, *, name: str, description: str) -> Cluster:
    """Change name and description of a cluster. Raises NotFound, and DomainError with the field that is wrong."""
    cluster = clusters.cluster_of(account_id, cluster_id)
    before = changes.of_text(cluster)
    clusters.update_cluster(cluster, name=name, description=description)
    former = before["text"]["name"]
    if (cluster.name, cluster.description) != (former, before["text"]["description"]):
        words = f"Edited “{former}”" if cluster.name == former else f"Renamed “{former}” to “{cluster.name}”"
        changes.keep(account_id, cluster.site_id, actor, words, before)
    return cluster


def undo_change(account_id: int, actor: Actor, change_id: int) -> str:
    """Take back what was done to clusters; what it was, in words. Raises NotFound, Conflict."""
    change = changes.undo(account_id, change_id)
    audit.record(account_id, "bulk.clusters_undone", subject=change.words, by=actor)
    return change.words


def delete_clusters(account_id: int, actor: Actor, ids: list[int]) -> int:
    """Delete clusters; how many. Raises NotFound, and Conflict when one has Writer tasks."""
    gone = clusters.delete_clusters(account_id, ids)
    audit.record(account_id, "deleted.clusters", before={"clusters": gone}, by=actor)
    return gone


def delete_ideas(account_id: int, actor: Actor, site_id: int, selection: Selection) -> int:
    """Delete the chosen ideas of a site; how many. Tasks made of them stay."""
    gone = ideas.delete_ideas(account_id, site_id, selection)
    audit.record(account_id, "deleted.ideas", before={"ideas": gone}, by=actor)
    return gone
