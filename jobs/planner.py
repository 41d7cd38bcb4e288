"""Importing keywords, clustering them, and finding ideas. Each may be started again from the start."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app

from app.ai.charging import Charges, clustering_requests
from app.ai.gateway import provider_for
from app.ai.metering import Tokens, metered
from app.ai.provider import ClusterRequest, IdeasRequest, KeywordInput, ProposedCluster, Provider
from app.core import media
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Outcome, Run, RunContext
from app.core.runs.context import TryAgain
from app.core.tenancy import owned
from app.core.wording import many
from app.planner import clusters, ideas, imports, keywords
from app.planner.keyword_import import table_of
from app.planner.keyword_tables import Choices
from app.planner.models import Cluster
from app.planner.prices import MAX_CLUSTERED
from app.sites.models import Site

MAX_SECONDS = 2400
IDEA_KEYWORDS = 100


def import_keywords(context: RunContext) -> Outcome:
    """Store the keywords of an uploaded file or paste, a few thousand at a time."""
    run, params = context.run, context.run.params
    assert run.site_id is not None
    data = media.IMPORTS.load(run.account_id, params["file"])
    choices = Choices(params.get("encoding", ""), params.get("separator", ""))
    pasted = data.decode("utf-8") if params["pasted"] else None
    table = table_of(None if pasted else data, pasted, choices)
    target = imports.Target(run.account_id, run.site_id, run.created_at, params["sector_id"], params["country"])
    db.session.commit()
    total = run.total

    def after_chunk(tally: imports.Tally) -> None:
        db.session.commit()
        context.progress(step="Adding keywords", done=min(tally.rows, total or tally.rows))

    tally = imports.import_table(table, params["mapping"], target, after_chunk)
    return Outcome(tally.sentence(), f"/planner/keywords/import/{run.id}/", imports.report(tally, run.account_id))


def _selection(params: dict[str, Any]) -> Selection:
    return Selection(params.get("ids", []), params.get("all_matching", False), params.get("filters", {}))


@dataclass
class _Grouping:
    """What a clustering has to go on, and what came of it so far."""

    context: RunContext
    provider: Provider
    site_id: int
    account_id: int
    site_name: str
    rows: list[Any]
    names: list[str]
    charges: Charges
    asked: int = 0
    made: int = 0
    placed: int = 0


def cluster_keywords(context: RunContext) -> Outcome:
    """Group keywords that are in no cluster yet; what is assigned meanwhile is left alone.

    A provider that takes a few keywords at once has each part's clusters saved before the next is asked for.
    """
    run = context.run
    assert run.site_id is not None
    context.progress(step="Reading keywords")
    site = owned(Site, run.site_id, run.account_id)
    where = keywords.unclustered_of(run.account_id, site.id, _selection(run.params))
    rows = keywords.texts(where, MAX_CLUSTERED)
    if not rows:
        return Outcome("All of these keywords are in clusters already.", "/planner/clusters/")
    beyond = keywords.count(where) - len(rows) if len(rows) == MAX_CLUSTERED else 0
    names = [name for _, name in clusters.names(run.account_id, site.id)]
    provider = provider_for(current_app.config)
    charges = Charges(run, "clustering", provider, clustering_requests(provider, len(rows)))
    work = _Grouping(context, provider, site.id, run.account_id, site.name, rows, names, charges)
    _group_all(work)
    return _grouped(work, beyond)


def _group_all(work: _Grouping) -> None:
    """Ask and save part by part; raises TryAgain to stay below the queue's time limit."""
    until = time.monotonic() + MAX_SECONDS
    size = work.provider.cluster_at_once or len(work.rows)
    for start in range(0, len(work.rows), size):
        if work.placed and time.monotonic() > until:
            raise TryAgain(timedelta(0), "Going on in a moment")
        try:
            _group(work, work.rows[start : start + size])
        except DomainError as error:
            if work.placed:
                error.message += f" {many(work.placed, 'keyword')} had been put into clusters before that."
            raise


def _group(work: _Grouping, rows: list[Any]) -> None:
    request = ClusterRequest(
        keywords=[KeywordInput(text=row.keyword, volume=row.volume, intent=row.intent) for row in rows],
        existing_names=work.names,
        site_name=work.site_name,
    )
    db.session.commit()  # no transaction while computing or calling out
    whole = len(rows) == len(work.rows)

    def progress(done: int, total: int) -> None:
        done, total = (done, total) if whole else (work.asked + done, len(work.rows))
        work.context.progress(step=f"Grouping {many(len(work.rows), 'keyword')}", done=done, total=total)

    with metered() as tokens:
        result = work.provider.cluster(request, progress)
    work.asked += len(rows)
    _store_clusters(work, rows, result.clusters, tokens, show=whole)
    work.names = list(dict.fromkeys([*(cluster.name for cluster in result.clusters), *work.names]))


def _store_clusters(
    work: _Grouping, rows: list[Any], proposed: list[ProposedCluster], tokens: Tokens, *, show: bool
) -> None:
    """Write the proposals, each in a transaction of its own; the request is charged with the first that holds."""
    charged = False
    by_text = {row.keyword: row for row in rows}
    for number, cluster in enumerate(proposed):
        if number % 10 == 0 and show:
            work.context.progress(step="Saving clusters", done=number, total=len(proposed))
        members = [by_text[text] for text in cluster.keywords if text in by_text]
        sectors = Counter(row.sector_id for row in members)
        sector_id = next(iter(sectors)) if len(sectors) == 1 else None
        made, taken = clusters.store_proposal(
            work.account_id, work.site_id, cluster.name, cluster.description, [row.id for row in members], sector_id
        )
        if taken and not charged:
            charged = True
            work.charges.settle(
                f"keywords:{rows[0].id}",
                units=1,
                object_type="keywords",
                title=many(len(rows), "keyword"),
                tokens=tokens,
                capped=True,
            )
        db.session.commit()
        work.made, work.placed = work.made + made, work.placed + taken


def _grouped(work: _Grouping, beyond: int) -> Outcome:
    left = len(work.rows) - work.placed
    message = f"Made {many(work.made, 'cluster')} from {many(work.placed, 'keyword')}."
    if left:
        message += f" {many(left, 'keyword')} fitted nowhere and can be clustered again."
    if beyond:
        message += f" {many(beyond, 'keyword')} beyond the first {MAX_CLUSTERED:,} wait: cluster again to go on."
    data = {"credits": work.charges.used, "clusters": work.made, "keywords": work.placed, "left": left + beyond}
    return Outcome(message, "/planner/clusters/", data)


def generate_ideas(context: RunContext) -> Outcome:
    """Find ideas for each cluster of the run; a cluster that this run has served already is passed over."""
    run = context.run
    ids: list[int] = run.params["cluster_ids"]
    provider = provider_for(current_app.config)
    charges = Charges(run, "ideas", provider, len(ids))
    db.session.commit()
    found = served = 0
    for number, cluster_id in enumerate(ids):
        context.progress(step="Looking for ideas", done=number, total=len(ids))
        try:
            found += _ideas_for(run, cluster_id, provider, charges)
        except NotFound:
            continue  # deleted or merged since the run was started
        served += 1
    context.progress(done=len(ids), total=len(ids))
    if not served:
        raise DomainError("The clusters no longer exist.", code="CLUSTERS_GONE", cure="Reload and select again.")
    link = f"/planner/clusters/{ids[0]}/" if len(ids) == 1 else "/planner/ideas/?state=open"
    if not found:
        return Outcome(
            "No new ideas came up: the titles that fit are there already.", link, {"ideas": 0, "credits": charges.used}
        )
    of = "" if served == 1 else f" for {served:,} clusters"
    return Outcome(f"Found {many(found, 'idea')}{of}.", link, {"ideas": found, "credits": charges.used})


def _ideas_for(run: Run, cluster_id: int, provider: Provider, charges: Charges) -> int:
    cluster = owned(Cluster, cluster_id, run.account_id)
    started = run.started_at or run.created_at
    before = ideas.generated_since(cluster.id, started)
    if before:  # an earlier try of this run got this far
        return before
    site = owned(Site, cluster.site_id, run.account_id)
    rows = keywords.texts(keywords.of_cluster(cluster), IDEA_KEYWORDS)
    request = IdeasRequest(
        cluster_name=cluster.name,
        cluster_description=cluster.description,
        existing_titles=ideas.titles(cluster.id),
        keywords=[KeywordInput(text=row.keyword, volume=row.volume, intent=row.intent) for row in rows],
        count=run.params.get("count", 8),
        site_name=site.name,
    )
    db.session.commit()
    with metered() as tokens:
        result = provider.ideas(request)
    stored = ideas.store_ideas(owned(Cluster, cluster_id, run.account_id), result.ideas)
    if stored:
        charges.settle(
            f"cluster:{cluster_id}",
            units=1,
            object_type="cluster",
            object_id=cluster_id,
            title=request.cluster_name,
            tokens=tokens,
        )
    db.session.commit()
    return stored
