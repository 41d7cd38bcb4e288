"""Clustering keywords. May be started again from the start: what is in a cluster by then is left alone.

Which belong together is worked out here, by what they mean; a model names what came of it, some clusters at a time.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import current_app

from app.ai import gateway
from app.ai.call_context import Answered, CallContext
from app.ai.calls.request_sizes import size_of
from app.ai.calls.spending import concurrency_of
from app.ai.charging import Charges
from app.ai.tasks.cluster_names import CLUSTER_NAMES, NamesRequest, NamesResult, UnnamedCluster
from app.ai.threads import end_calls
from app.ai.values import KeywordInput
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.listing.selection import Selection
from app.core.row_security import within
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.runs.turns import TURN_SECONDS, Turn
from app.core.tenancy import owned
from app.core.wording import many
from app.planner.clustering import topics
from app.planner.clusters import proposals as cluster_proposals
from app.planner.clusters import services as clusters
from app.planner.keywords import services as keywords
from app.planner.prices import KEYWORDS_OF_A_REQUEST, MAX_CLUSTERED, clustering_requests
from app.sites.models import Site

if TYPE_CHECKING:
    from app.meaning.points import Points
    from app.planner.clustering.grouping import Grouped, ProposedCluster

MAX_SECONDS = 2400  # below the queue's limit
STORED_AT_ONCE = 200  # clusters of a transaction
# Faults of one answer: its clusters keep the names that they have. All others would meet the next request too.
OF_ONE_ANSWER = frozenset({"AI_REFUSED", "AI_ANSWER_INVALID", "AI_ANSWER_TOO_LONG", "AI_REQUEST_TOO_LARGE"})


def _selection(params: dict[str, Any]) -> Selection:
    return Selection(params.get("ids", []), params.get("all_matching", False), params.get("filters", {}))


@dataclass
class _ClusteringWork:
    """The input of a clustering, and its results so far.

    `rows` are by keyword; `named` are the new names by the old.
    """

    context: RunContext
    site_id: int
    site_name: str
    rows: Mapping[str, list[Any]]
    total: int
    cluster_names: list[str]
    charges: Charges
    named: dict[str, str] = field(default_factory=dict)
    made: int = 0
    placed: int = 0

    @property
    def account_id(self) -> int:
        return self.context.run.account_id

    @property
    def so_far(self) -> dict[str, int]:
        """What the next turn has to know."""
        return {"made": self.made, "placed": self.placed, "credits": self.charges.used}


def cluster_keywords(context: RunContext) -> Outcome:
    """Group keywords that are in no cluster yet; what is assigned meanwhile is left alone.

    The clusters of each request to a model are saved before the next is asked for. Raises TryAgain between two when
    others wait for a turn, or a person paused it.
    """
    run = context.run
    assert run.site_id is not None
    context.progress(step="Reading keywords")
    site = owned(Site, run.site_id, run.account_id)
    where = keywords.unclustered_of(run.account_id, site.id, _selection(run.params))
    rows = keywords.texts(where, MAX_CLUSTERED)
    if not rows and not context.so_far:
        return Outcome("All of these keywords are in clusters already.", "/planner/clusters/")
    beyond = keywords.count_keywords(where) - len(rows) if len(rows) == MAX_CLUSTERED else 0
    names = [name for _, name in clusters.list_cluster_names(run.account_id, site.id)]
    charges = Charges(run, "clustering", clustering_requests(run.account_id, len(rows)))
    by_keyword: dict[str, list[Any]] = {}
    for row in rows:
        by_keyword.setdefault(row.keyword, []).append(row)
    made, placed, charges.used = (int(context.so_far.get(name, 0)) for name in ("made", "placed", "credits"))
    total = len(rows) + placed
    work = _ClusteringWork(context, site.id, site.name, by_keyword, total, names, charges, made=made, placed=placed)
    begun = time.monotonic()
    grouped = _grouped(work, Turn(context))
    _save_all(work, grouped, Turn(context, max(TURN_SECONDS, time.monotonic() - begun)))
    return _clustering_outcome(work, beyond)


def _grouped(work: _ClusteringWork, turn: Turn) -> "Grouped":
    """By what the keywords mean. Commits: no transaction is open meanwhile.

    When cancelled or paused it stops within a second or two: nothing is saved, and grouping starts over when it goes
    on.
    """
    from app.planner.clustering import grouping

    def progress(done: int, total: int) -> None:
        turn.raise_if_paused(work.so_far)
        work.context.progress(step=f"Grouping {many(work.total, 'keyword')}", done=done, total=total)

    existing_topics = topics.cluster_topics(work.account_id, work.site_id)
    db.session.commit()
    progress(0, work.total)
    return grouping.group(
        [_input(rows) for rows in work.rows.values()], existing_topics, partial(_points_of, work, turn), progress
    )


def _points_of(work: _ClusteringWork, turn: Turn, texts: Sequence[str]) -> "Points":
    from app.meaning.services import points_of

    def progress(done: int, total: int) -> None:
        turn.raise_if_paused(work.so_far)
        work.context.progress(step="Reading what the keywords mean", done=done, total=total)

    return points_of(work.account_id, texts, progress, work.context.run.id)


def _input(rows: Sequence[Any]) -> KeywordInput:
    """A keyword with the figures of its most searched row: a site may have it once for each country."""
    return KeywordInput(text=rows[0].keyword, volume=rows[0].volume, intent=rows[0].intent)


def _save_all(work: _ClusteringWork, grouped: "Grouped", turn: Turn) -> None:
    """Name and save the clusters part by part, then store what is near the keywords left over.

    Raises TryAgain when the turn is over. The next turn groups what is left again, next to the clusters that exist by
    then.
    """
    until = time.monotonic() + MAX_SECONDS
    proposed = grouped.result.clusters
    new = [cluster for cluster in proposed if cluster.is_new]
    work.cluster_names += [cluster.name for cluster in new]
    try:
        _store_clusters(work, [cluster for cluster in proposed if not cluster.is_new])
        done = 0
        for parts in _batches(work, new):
            late = time.monotonic() > until
            if done and (late or turn.is_over()):
                raise TryAgain(timedelta(0), turn.why or "Going on in a moment", counts=False, so_far=work.so_far)
            work.context.progress(step="Naming and saving clusters", done=done, total=len(new))
            _name_and_store(work, parts)
            done += sum(map(len, parts))
    except DomainError as error:
        if work.placed:
            error.message += f" {many(work.placed, 'keyword')} had been put into clusters before that."
        raise
    near = {
        row.id: [replace(choice, name=work.named.get(choice.name, choice.name)) for choice in nearest]
        for text, nearest in grouped.nearest.items()
        for row in work.rows[text]
    }
    topics.keep_nearest(work.account_id, work.site_id, near)
    db.session.commit()


def _batches(work: _ClusteringWork, new: Sequence["ProposedCluster"]) -> Iterator[list[list["ProposedCluster"]]]:
    """Batches of requests, as many as the account makes at once; each request is a list of clusters."""
    has_model = gateway.has_model(work.account_id, CLUSTER_NAMES.key)
    at_once = concurrency_of(work.account_id) if has_model else 1
    most = size_of(work.account_id, "clusters_per_request") if has_model else CLUSTER_NAMES.limits.items
    db.session.commit()
    parts = list(_parts(new, most))
    yield from (parts[start : start + at_once] for start in range(0, len(parts), at_once))


def _parts(new: Sequence["ProposedCluster"], most: int) -> Iterator[list["ProposedCluster"]]:
    """The clusters of each request: until they have the keywords that one request pays for, and `most` at most."""
    start, count = 0, 0
    for end, cluster in enumerate(new, 1):
        count += len(cluster.keywords)
        if count >= KEYWORDS_OF_A_REQUEST or end - start == most or end == len(new):
            yield list(new[start:end])
            start, count = end, 0


def _name_and_store(work: _ClusteringWork, parts: Sequence[list["ProposedCluster"]]) -> None:
    """Ask for the names of these parts at once, with no transaction open; store and charge what came in their order.

    What came is stored before a failure of another part is raised. Commits.
    """
    stopped, trouble = threading.Event(), None
    ask = _in_threads(work, stopped)
    pool = ThreadPoolExecutor(max_workers=len(parts))
    asked = [pool.submit(ask, _request(work, part)) for part in parts]
    try:
        for part, future in zip(parts, asked, strict=True):
            try:
                _store_named(work, part, future.result())
            except DomainError as error:
                trouble = trouble or error
    finally:
        end_calls(pool, asked, stopped)
    if trouble is not None:
        raise trouble


def _store_named(work: _ClusteringWork, part: list["ProposedCluster"], answered: Answered[NamesResult] | None) -> None:
    if answered is None:
        _store_clusters(work, part)
        return
    named, own = [], {cluster.name for cluster in part}
    used = {name.casefold() for name in work.cluster_names if name not in own}  # also by parts asked at the same time
    for cluster, given in zip(part, answered.result.names, strict=True):
        is_free = given.name.casefold() not in used
        named.append(replace(cluster, name=given.name, description=given.description) if is_free else cluster)
        work.named[cluster.name] = named[-1].name
    work.cluster_names += [cluster.name for cluster in named]
    _store_clusters(work, named, answered)


def _request(work: _ClusteringWork, part: Sequence["ProposedCluster"]) -> NamesRequest:
    own = {cluster.name for cluster in part}
    return NamesRequest(
        clusters=[
            UnnamedCluster(
                keywords=[_input(work.rows[text]) for text in cluster.keywords],
                name=cluster.name,
                description=cluster.description,
            )
            for cluster in part
        ],
        taken=[name for name in work.cluster_names if name not in own],
        site_name=work.site_name,
    )


def _in_threads(
    work: _ClusteringWork, stopped: threading.Event
) -> Callable[[NamesRequest], Answered[NamesResult] | None]:
    """A function that returns the model's names or, without a model, those that the clusters have.

    None when the answer was unusable. It may be called in threads: it enters an application context of its own, in the
    run's account.
    """
    app_context = current_app.app_context
    account_id, run_id, should_stop = work.account_id, work.context.run_id, work.context.should_stop

    def ask(request: NamesRequest) -> Answered[NamesResult] | None:
        subject = many(len(request.clusters), "cluster")
        call = CallContext(run_id, subject=subject, cancelled=lambda: stopped.is_set() or should_stop())
        with app_context(), within(account_id):
            try:
                return gateway.run(account_id, CLUSTER_NAMES, request, call=call)
            except DomainError as error:
                if error.code not in OF_ONE_ANSWER:
                    raise
                return None

    return ask


def _store_clusters(
    work: _ClusteringWork, proposed: Sequence["ProposedCluster"], answered: Answered[NamesResult] | None = None
) -> None:
    """Write the proposals, some hundred in a transaction.

    The request is charged with the first of them that are stored.
    """
    charged = answered is None
    for start in range(0, len(proposed), STORED_AT_ONCE):
        part = [_proposal(work, cluster) for cluster in proposed[start : start + STORED_AT_ONCE]]
        stored = cluster_proposals.store_proposals(work.account_id, work.site_id, part)
        taken = sum(one.taken for one in stored)
        if taken and not charged and answered is not None:
            charged = True
            _charge(work, part[0].keyword_ids[0], sum(len(one.keywords) for one in proposed), answered)
        db.session.commit()
        work.made, work.placed = work.made + sum(one.is_made for one in stored), work.placed + taken


def _proposal(work: _ClusteringWork, cluster: "ProposedCluster") -> cluster_proposals.ProposedKeywords:
    """The proposal for a cluster, in the sector that all of its keywords are in, if they share one."""
    members = [row for text in cluster.keywords for row in work.rows[text]]
    sectors = {row.sector_id for row in members}
    sector_id = next(iter(sectors)) if len(sectors) == 1 else None
    return cluster_proposals.ProposedKeywords(cluster.name, cluster.description, [row.id for row in members], sector_id)


def _charge(work: _ClusteringWork, keyword_id: int, count: int, answered: Answered[NamesResult]) -> None:
    """Charge one request; without a model, note the work once for the run."""
    free = answered.is_builtin
    work.charges.charge(
        "keywords" if free else f"keywords:{keyword_id}",
        units=1,
        object_type="keywords",
        title=many(work.total if free else count, "keyword"),
        answered=answered,
        capped=True,
    )


def _clustering_outcome(work: _ClusteringWork, beyond: int) -> Outcome:
    unplaced = work.total - work.placed
    message = f"Made {many(work.made, 'cluster')} from {many(work.placed, 'keyword')}."
    if unplaced:
        message += f" {many(unplaced, 'keyword')} fitted nowhere: choose among the nearest clusters, or leave them."
    if beyond:
        message += f" {many(beyond, 'keyword')} beyond the first {MAX_CLUSTERED:,} wait: cluster again to go on."
    data = {"credits": work.charges.used, "clusters": work.made, "keywords": work.placed, "left": unplaced + beyond}
    return Outcome(message, "/planner/clusters/", data)
