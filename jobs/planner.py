"""Importing keywords, clustering them, and finding ideas. Each may be started again from the start."""

from collections import Counter
from typing import Any

from flask import current_app

from app.ai.gateway import provider_for
from app.ai.provider import ClusterRequest, IdeasRequest, KeywordInput
from app.core import media
from app.core.errors import DomainError, NotFound
from app.core.runs import Outcome, Run, RunContext
from app.core.tenancy import owned
from app.extensions import db
from app.planner import clusters, ideas, imports, keywords
from app.planner.keyword_import import table_of
from app.planner.models import Cluster
from app.planner.selection import Selection
from app.sites.models import Site

MAX_CLUSTERED = 50_000
IDEA_KEYWORDS = 100


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def import_keywords(context: RunContext) -> Outcome:
    """Store the keywords of an uploaded file or paste, a thousand at a time."""
    run, params = context.run, context.run.params
    assert run.site_id is not None
    data = media.load(params["file"])
    table = table_of(None, data.decode("utf-8")) if params["pasted"] else table_of(data, None)
    target = imports.Target(run.account_id, run.site_id, run.created_at, params["sector_id"], params["country"])
    db.session.commit()
    total = run.total

    def after_chunk(tally: imports.Tally) -> None:
        db.session.commit()
        context.progress(step="Adding keywords", done=min(tally.rows, total or tally.rows))

    tally = imports.import_table(table, params["mapping"], target, after_chunk)
    return Outcome(tally.sentence(), f"/planner/keywords/import/{run.id}/", imports.report(tally))


def _selection(params: dict[str, Any]) -> Selection:
    return Selection(params.get("ids", []), params.get("all_matching", False), params.get("filters", {}))


def cluster_keywords(context: RunContext) -> Outcome:
    """Group keywords that are in no cluster yet; what is assigned meanwhile is left alone."""
    run = context.run
    assert run.site_id is not None
    context.progress(step="Reading keywords")
    site = owned(Site, run.site_id, run.account_id)
    where = keywords.unclustered_of(run.account_id, site.id, _selection(run.params))
    rows = keywords.texts(where, MAX_CLUSTERED)
    if not rows:
        return Outcome("All of these keywords are in clusters already.", "/planner/clusters/")
    beyond = keywords.count(where) - len(rows) if len(rows) == MAX_CLUSTERED else 0
    existing = [name for _, name in clusters.names(run.account_id, site.id)]
    request = ClusterRequest(
        keywords=[KeywordInput(text=row.keyword, volume=row.volume, intent=row.intent) for row in rows],
        existing_names=existing, site_name=site.name,
    )  # fmt: skip
    db.session.commit()  # no transaction while computing or calling out

    def progress(done: int, total: int) -> None:
        context.progress(step=f"Grouping {_many(len(rows), 'keyword')}", done=done, total=total)

    result = provider_for(current_app.config).cluster(request, progress)
    made, placed = _store_clusters(context, rows, result.clusters)
    left = len(rows) - placed
    message = f"Made {_many(made, 'cluster')} from {_many(placed, 'keyword')}."
    if left:
        message += f" {_many(left, 'keyword')} fitted nowhere and can be clustered again."
    if beyond:
        message += f" {_many(beyond, 'keyword')} beyond the first {MAX_CLUSTERED:,} wait: cluster again to go on."
    return Outcome(message, "/planner/clusters/", {"clusters": made, "keywords": placed, "left": left + beyond})


def _store_clusters(context: RunContext, rows: list[Any], proposed: list[Any]) -> tuple[int, int]:
    """Write the proposals, each in a transaction of its own; how many clusters and keywords."""
    by_text = {row.keyword: row for row in rows}
    made = placed = 0
    run = context.run
    account_id, site_id = run.account_id, run.site_id
    assert site_id is not None
    for number, cluster in enumerate(proposed):
        if number % 10 == 0:
            context.progress(step="Saving clusters", done=number, total=len(proposed))
        members = [by_text[text] for text in cluster.keywords if text in by_text]
        sectors = Counter(row.sector_id for row in members)
        sector_id = next(iter(sectors)) if len(sectors) == 1 else None
        new, taken = clusters.store_proposal(
            account_id, site_id, cluster.name, cluster.description, [row.id for row in members], sector_id
        )
        db.session.commit()
        made, placed = made + new, placed + taken
    return made, placed


def generate_ideas(context: RunContext) -> Outcome:
    """Find ideas for each cluster of the run; a cluster that this run has served already is passed over."""
    run = context.run
    ids: list[int] = run.params["cluster_ids"]
    found = served = 0
    for number, cluster_id in enumerate(ids):
        context.progress(step="Looking for ideas", done=number, total=len(ids))
        try:
            found += _ideas_for(run, cluster_id)
        except NotFound:
            continue  # deleted or merged since the run was started
        served += 1
    context.progress(done=len(ids), total=len(ids))
    if not served:
        raise DomainError("The clusters no longer exist.", code="CLUSTERS_GONE", cure="Reload and select again.")
    link = f"/planner/clusters/{ids[0]}/" if len(ids) == 1 else "/planner/ideas/?state=open"
    if not found:
        return Outcome("No new ideas came up: the titles that fit are there already.", link, {"ideas": 0})
    of = "" if served == 1 else f" for {served:,} clusters"
    return Outcome(f"Found {_many(found, 'idea')}{of}.", link, {"ideas": found})


def _ideas_for(run: Run, cluster_id: int) -> int:
    cluster = owned(Cluster, cluster_id, run.account_id)
    started = run.started_at or run.created_at
    before = ideas.generated_since(cluster.id, started)
    if before:  # an earlier try of this run got this far
        return before
    site = owned(Site, cluster.site_id, run.account_id)
    rows = keywords.texts(keywords.of_cluster(cluster), IDEA_KEYWORDS)
    request = IdeasRequest(
        cluster_name=cluster.name, cluster_description=cluster.description, existing_titles=ideas.titles(cluster.id),
        keywords=[KeywordInput(text=row.keyword, volume=row.volume, intent=row.intent) for row in rows],
        count=run.params.get("count", 8), site_name=site.name,
    )  # fmt: skip
    db.session.commit()
    result = provider_for(current_app.config).ideas(request)
    stored = ideas.store_ideas(owned(Cluster, cluster_id, run.account_id), result.ideas)
    db.session.commit()
    return stored
