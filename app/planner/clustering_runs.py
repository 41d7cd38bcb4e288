"""Clustering keywords. May be started again from the start: what is in a cluster by then is left alone."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import current_app

from app.ai.charging import Charges, clustering_requests
from app.ai.gateway import provider_for
from app.ai.metering import Tokens, metered
from app.ai.provider import (
    ClusteringProvider,
    ClusterRequest,
    ClusterResult,
    KeywordInput,
    Progress,
    ProposedCluster,
    Provider,
)
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.tenancy import owned
from app.core.wording import many
from app.planner import clusters, keywords, topics
from app.planner.prices import MAX_CLUSTERED
from app.sites.models import Site

if TYPE_CHECKING:
    from app.meaning.points import Points

NearestOf = dict[str, list[topics.Nearest]]
MAX_SECONDS = 2400


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
    provider = work.provider
    size = provider.cluster_at_once if isinstance(provider, ClusteringProvider) else len(work.rows)
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
        result, nearest = _grouped_by(work, request, progress)
    work.asked += len(rows)
    _store_clusters(work, rows, result.clusters, tokens, show=whole)
    by_text = {row.keyword: row.id for row in rows}
    topics.keep_nearest(work.account_id, work.site_id, {by_text[text]: near for text, near in nearest.items()})
    db.session.commit()
    work.names = list(dict.fromkeys([*(cluster.name for cluster in result.clusters), *work.names]))


def _grouped_by(work: _Grouping, request: ClusterRequest, progress: Progress) -> tuple[ClusterResult, NearestOf]:
    """By the model, or by what the keywords mean. No transaction is open meanwhile."""
    if isinstance(work.provider, ClusteringProvider):
        return work.provider.cluster(request, progress), {}
    from app.planner import grouping  # heavy: only who clusters pays for it

    there = topics.topics_of(work.account_id, work.site_id)
    db.session.commit()
    grouped = grouping.group(request.keywords, there, partial(_points_of, work), progress)
    return grouped.result, grouped.nearest


def _points_of(work: _Grouping, texts: Sequence[str]) -> "Points":
    from app.meaning.services import points_of

    def progress(done: int, total: int) -> None:
        work.context.progress(step="Reading what the keywords mean", done=done, total=total)

    return points_of(work.account_id, texts, progress)


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
            work.charges.charge(
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
        message += f" {many(left, 'keyword')} fitted nowhere: choose among the nearest clusters, or leave them."
    if beyond:
        message += f" {many(beyond, 'keyword')} beyond the first {MAX_CLUSTERED:,} wait: cluster again to go on."
    data = {"credits": work.charges.used, "clusters": work.made, "keywords": work.placed, "left": left + beyond}
    return Outcome(message, "/planner/clusters/", data)
