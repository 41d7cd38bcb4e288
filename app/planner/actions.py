"""What can be done in the planner, each as one use case: for a click, a call of the API or a rule.

They take the account, who acts and plain arguments, start runs, reserve credits and write the audit log. They flush;
callers commit.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from app.ai import charging
from app.core import audit
from app.core.actor import Actor
from app.core.edits import check_etag
from app.core.errors import DomainError, NotFound
from app.core.languages import NN_, gettext, ngettext
from app.core.listing.selection import Selection, selection_key
from app.core.lock_order import ChangedMeanwhile
from app.core.runs import Run, start_run
from app.core.runs.services import get_run
from app.core.tenancy import owned
from app.core.wording import counted, many
from app.planner.clusters import changes, descriptions
from app.planner.clusters import locks as cluster_locks
from app.planner.clusters import services as clusters
from app.planner.ideas import services as ideas
from app.planner.imports import bounds as import_bounds
from app.planner.imports import services as imports
from app.planner.imports import undo as import_undo
from app.planner.imports.rows import checked_mapping
from app.planner.imports.runs import Source, import_target
from app.planner.imports.shelves import IMPORTS
from app.planner.keywords import edits as keyword_edits
from app.planner.keywords import services as keywords
from app.planner.models import Cluster, Keyword
from app.planner.prices import clustering_requests
from app.planner.run_kinds import CLUSTER_KEYWORDS, GENERATE_IDEAS, IMPORT_KEYWORDS
from app.sites.models import Site

MAX_IDEAS_CLUSTERS = 50


def start_keyword_import(
    account_id: int,
    actor: Actor,
    site_id: int,
    source: Source,
    *,
    mapping: Mapping[str, int] | None = None,
    sector_id: int | None = None,
    country: str = "",
    updates: bool = False,
) -> Run:
    """Import keywords into a site, short lists at once and others by a run. Returns the run in both cases.

    `mapping` is the column of each field, by default as recognised; `country` counts for rows that name none. With
    `updates`, keywords that the site already has get the figures of the file. If the same import is under way, that run
    is returned. Raises DomainError, with the field that is wrong.
    """
    columns = checked_mapping(source.table, mapping)
    target = import_target(account_id, site_id, sector_id, country, updates=updates)
    if import_bounds.is_short(source.data):
        tally = imports.import_table(source.table, columns, target, lambda _: None)
        return imports.record_import(uuid.uuid4(), target, actor.id, tally, source.table.reading)
    return _start_long_import(actor, source, columns, target)


def undo_import(account_id: int, actor: Actor, run_id: uuid.UUID) -> str:
    """Delete the keywords that an import added and nobody has used since. Returns what became of them, in words.

    Raises NotFound, and Conflict while the import runs, when it was undone already, or when it ended over 30 days ago.
    """
    run = import_run_of(account_id, run_id)
    done = import_undo.undo_import(run)
    stay = import_undo.stay_words(done["staying"])
    words = [counted(done["removed"], NN_("%(num)s keyword removed", "%(num)s keywords removed"))]
    if stay:
        words.append(gettext("%(reasons)s stay", reasons=", ".join(stay)))
    if done["restored"]:
        again = NN_("%(num)s keyword got the former figures again", "%(num)s keywords got the former figures again")
        words.append(counted(done["restored"], again))
    if done["removed"] or done["restored"]:
        name = owned(Site, run.site_id or 0, account_id).name
        audit.record(account_id, "bulk.import_undone", subject=name, before={"keywords": done["removed"]}, by=actor)
    return "; ".join(words)


def import_run_of(account_id: int, run_id: uuid.UUID) -> Run:
    """The run of an import; raises NotFound, also for runs of another kind."""
    run = get_run(run_id, account_id)
    if run.kind != IMPORT_KEYWORDS.name:
        raise NotFound()
    return run


def _start_long_import(actor: Actor, source: Source, columns: dict[str, int], target: imports.ImportTarget) -> Run:
    lines = import_bounds.count_lines(source.data)
    params = {
        "file": IMPORTS.save(target.account_id, source.data),
        "pasted": not source.file,
        "mapping": columns,
        "sector_id": target.sector_id,
        "country": target.country,
        "updates": target.updates,
        **asdict(source.choices),
    }
    return start_run(
        account_id=target.account_id,
        site_id=target.site_id,
        actor=actor,
        kind=IMPORT_KEYWORDS,
        title=f"Importing {lines:,} rows",
        total=lines,
        exclusive_key=f"{IMPORT_KEYWORDS.name}:{target.site_id}:{_key_of(params)}",
        params=params,
    )


def _key_of(params: Mapping[str, Any]) -> str:
    """A key that is the same for the same import read in the same way: it makes two clicks one piece of work."""
    return sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ClusteringStart:
    """`run` is None when none of the keywords waits to be clustered. `clustered`: how many are in clusters already."""

    run: Run | None
    waiting: int
    clustered: int


def start_clustering(account_id: int, actor: Actor, site_id: int, selection: Selection) -> ClusteringStart:
    """Cluster the chosen keywords that are in no cluster, or with nothing chosen all of the site's.

    If a clustering of the site is under way, that run is returned. Raises NotEnoughCredits, Refused.
    """
    unclustered = keywords.count_keywords(keywords.unclustered_of(account_id, site_id, selection))
    chosen = (
        0 if selection.is_empty else keywords.count_keywords(keywords.selected_keywords(account_id, site_id, selection))
    )
    clustered = max(0, chosen - unclustered)
    if not unclustered:
        return ClusteringStart(None, 0, clustered)
    run = start_run(
        account_id=account_id,
        kind=CLUSTER_KEYWORDS,
        site_id=site_id,
        title=f"Clustering {many(unclustered, 'keyword')}",
        actor=actor,
        params={"ids": selection.ids, "all_matching": selection.all_matching, "filters": dict(selection.filters)},
        lane=f"clustering:{account_id}",  # one at a time, so that other accounts find workers
        exclusive_key=f"cluster_keywords:{site_id}",
    )
    charging.reserve_credits(run, "clustering", clustering_requests(account_id, unclustered))
    return ClusteringStart(run, unclustered, clustered)


def start_ideas(account_id: int, actor: Actor, cluster_id: int) -> Run:
    """Find ideas for one cluster. Raises NotFound, NotEnoughCredits, Refused."""
    cluster = clusters.cluster_of(account_id, cluster_id)
    return _start_ideas(actor, [cluster], f"Looking for ideas for “{cluster.name}”", cluster.id)


def start_ideas_for_clusters(account_id: int, actor: Actor, site_id: int, cluster_ids: list[int]) -> Run:
    """Find ideas for these clusters of a site, at most MAX_IDEAS_CLUSTERS. Raises like `start_ideas`, DomainError."""
    if len(cluster_ids) > MAX_IDEAS_CLUSTERS:
        raise DomainError(
            gettext(
                "%(cluster_ids)s clusters are selected; at most %(max_ideas_clusters)s can be done at once.",
                cluster_ids=len(cluster_ids),
                max_ideas_clusters=MAX_IDEAS_CLUSTERS,
            ),
            code="TOO_MANY_CLUSTERS",
            cure=gettext("Select fewer of them."),
        )
    rows = clusters.get_clusters(account_id, cluster_ids)
    if any(row.site_id != site_id for row in rows):
        raise DomainError(
            gettext("These clusters are of another site."), code="OTHER_SITE", cure=gettext("Reload and select again.")
        )
    return _start_ideas(actor, rows, f"Looking for ideas for {many(len(rows), 'cluster')}", None)


def _start_ideas(actor: Actor, rows: list[Cluster], title: str, subject_id: int | None) -> Run:
    ids, site_id = [row.id for row in rows], rows[0].site_id
    run = start_run(
        account_id=rows[0].account_id,
        kind=GENERATE_IDEAS,
        title=title,
        actor=actor,
        site_id=site_id,
        params={"cluster_ids": ids},
        total=len(ids),
        subject_type="cluster" if subject_id else None,
        subject_id=subject_id,
        lane=f"ideas:{rows[0].account_id}",  # one at a time, so that accounts take turns
        exclusive_key=f"generate_ideas:{site_id}:{selection_key(ids)}",
    )
    charging.reserve_credits(run, "ideas", len(ids))
    return run


def delete_keywords(account_id: int, actor: Actor, site_id: int, selection: Selection) -> int:
    """Delete the chosen keywords of a site. Returns how many."""
    count = keywords.delete_keywords(account_id, site_id, selection)
    name = owned(Site, site_id, account_id).name
    if count:
        audit.record(account_id, "deleted.keywords", subject=name, before={"keywords": count}, by=actor)
    return count


def update_keyword(
    account_id: int, actor: Actor, keyword_id: int, values: Mapping[str, Any], *, expected: str | None = None
) -> Keyword:
    """Change a keyword by the values of a `KeywordForm`; a change of its cluster is a move, which can be undone.

    `expected` is the etag that the form was filled with. Raises NotFound, EditConflict, KeywordExists, DomainError.
    """
    keyword = keyword_edits.update_keyword(account_id, keyword_id, values, expected=expected)
    if keyword.cluster_id != values["cluster_id"]:
        target = str(values["cluster_id"] or clusters.NONE)
        move_keywords(account_id, actor, keyword.site_id, Selection([keyword.id]), target)
    return keyword


@dataclass(frozen=True, slots=True)
class KeywordsMoved:
    """How many of the `found` keywords changed their cluster, and the name of their new cluster.

    `change_id` is what `undo_change` undoes.
    """

    count: int
    found: int
    cluster: str | None
    change_id: int | None = None


def move_keywords(
    account_id: int, actor: Actor, site_id: int, selection: Selection, target: str, new_name: str = ""
) -> KeywordsMoved:
    """Put the chosen keywords into the cluster that `target` names (`clusters.resolve_cluster_choice`), or into none.

    Raises DomainError when nothing is chosen or the target is invalid, and ChangedMeanwhile.
    """
    cluster = clusters.resolve_cluster_choice(account_id, site_id, target, new_name)
    selection.required("keyword")
    chosen = keywords.selected_keywords(account_id, site_id, selection)
    total = keywords.count_keywords(chosen)
    is_new = cluster is not None and target == clusters.NEW
    target_id = cluster.id if cluster else None
    held = cluster_locks.hold_clusters([*descriptions.cluster_ids_of(chosen), target_id])
    before = changes.of_keywords(chosen, target_id, target_id if is_new else None)
    if not changes.clusters_of(before) <= held:
        raise ChangedMeanwhile()
    moved = keywords.move_keywords(account_id, site_id, selection, cluster, is_new=is_new)
    where = f"to “{cluster.name}”" if cluster else "out of their clusters"
    words = f"{many(moved, 'keyword')} {where}"
    change = changes.record_change(account_id, site_id, actor, f"Moved {words}", before) if moved else None
    if moved:
        audit.record(account_id, "bulk.keywords_moved", subject=words, by=actor)
    return KeywordsMoved(moved, total, cluster.name if cluster else None, change.id if change else None)


def moved_words(count: int, cluster: str | None) -> str:
    """A sentence saying how many keywords moved to the cluster of this name, or (None) out of their clusters."""
    if cluster is None:
        words = NN_("Moved %(num)s keyword out of its cluster.", "Moved %(num)s keywords out of their clusters.")
        return counted(count, words)
    return ngettext(
        "Moved %(num)s keyword to “%(cluster)s”.",
        "Moved %(num)s keywords to “%(cluster)s”.",
        count,
        cluster=cluster,
    )


def merge_clusters(account_id: int, actor: Actor, ids: list[int], target_id: int) -> tuple[Cluster, int]:
    """Merge clusters into one of a site. Returns that cluster, and how many duplicate ideas were dropped.

    Raises DomainError.
    """
    sources = [row for row in clusters.lock_clusters(account_id, [*ids, target_id]) if row.id != target_id]
    before = changes.of_merge(sources, target_id)
    target, dropped = clusters.merge_clusters(account_id, ids, target_id)
    words = f"Merged {many(len(sources), 'cluster')} into “{target.name}”"
    changes.record_change(account_id, target.site_id, actor, words, before)
    after = {"merged": len(ids), "doubled ideas dropped": dropped}
    audit.record(account_id, "deleted.clusters_merged", subject=target.name, after=after, by=actor)
    return target, dropped


def update_cluster(
    account_id: int, actor: Actor, cluster_id: int, *, name: str, description: str, expected: str | None = None
) -> Cluster:
    """Change name and description of a cluster. `expected` is the etag of the form.

    Raises NotFound, EditConflict, and DomainError with the field that is wrong.
    """
    [cluster] = clusters.lock_clusters(account_id, [cluster_id])
    check_etag(clusters.stored_words(cluster), expected)
    before = changes.of_text(cluster)
    clusters.update_cluster(cluster, name=name, description=description)
    former = before["text"]["name"]
    if (cluster.name, cluster.description) != (former, before["text"]["description"]):
        words = f"Edited “{former}”" if cluster.name == former else f"Renamed “{former}” to “{cluster.name}”"
        changes.record_change(account_id, cluster.site_id, actor, words, before)
    return cluster


def undo_change(account_id: int, actor: Actor, change_id: int) -> str:
    """Undo what was done to clusters. Returns what it was, and what stays, in words. Raises NotFound, Conflict."""
    change, stay = changes.undo_change(account_id, change_id)
    audit.record(account_id, "bulk.clusters_undone", subject=change.words, by=actor)
    return f"{change.words}; {stay}" if stay else change.words


def delete_clusters(account_id: int, actor: Actor, ids: list[int]) -> int:
    """Delete clusters. Returns how many. Raises NotFound, and Conflict when one has Writer tasks."""
    count = clusters.delete_clusters(account_id, ids)
    if count:
        audit.record(account_id, "deleted.clusters", before={"clusters": count}, by=actor)
    return count


def delete_ideas(account_id: int, actor: Actor, site_id: int, selection: Selection) -> int:
    """Delete the chosen ideas of a site. Returns how many. Tasks made of them stay."""
    count = ideas.delete_ideas(account_id, site_id, selection)
    if count:
        audit.record(account_id, "deleted.ideas", before={"ideas": count}, by=actor)
    return count
