"""Clusters suggested for content that came from WordPress: find, accept, reject, undo.

Services flush; callers commit. `suggest_clusters` commits as it goes.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import aliased

from app.content.bulk.services import move_to_clusters
from app.content.models import Content
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.listing.filters import Filter, reference
from app.core.listing.pages import Page, fetch_page
from app.core.listing.search import Search, clean_query
from app.core.listing.selection import Selection
from app.core.listing.spec import ListQuery, ListSpec, Sort
from app.core.request_ids import parse_id
from app.core.runs import Outcome, Run, RunContext, start_run
from app.core.runs.services import find_active
from app.core.tenancy import owned
from app.core.wording import many
from app.planner import hooks
from app.planner.clusters.locks import keep_clusters
from app.planner.models import Cluster, Keyword
from app.sites.models import Site
from app.suggestions.models import ClusterSuggestion
from app.suggestions.run_kinds import SUGGEST

LEAST_SCORE = 40
SURE_SCORES = (90, 80, 70, 60, 50)
PART = 1000
KEYWORDS_OF_ONE = 200
MOST_KEYWORDS = 30_000
UNDO_WITHIN = timedelta(days=1)
S = ClusterSuggestion
OTHER = aliased(Content)


def _titled(text: str) -> list[ColumnElement[bool]]:
    conditions = Search(OTHER.search, OTHER.title).where(text)
    return [select(OTHER.id).where(OTHER.id == S.content_id, *conditions).exists()]


SUGGESTION_LIST = ListSpec(
    id=S.id,
    account=S.account_id,
    site=S.site_id,
    filters=(
        Filter("q", lambda text: clean_query(text) or None, _titled),
        reference("cluster", S.cluster_id),
        Filter("least", parse_id, lambda score: [S.score >= min(score, 1000)]),
    ),
    sorts=(Sort("score", S.score),),
    default_sort="-score",
)


@dataclass(frozen=True)
class Decision:
    """A decision about many suggestions at once, which can be undone."""

    id: uuid.UUID
    count: int
    decided_at: datetime


def start_suggesting(account_id: int, site_id: int, actor: Actor) -> Run | None:
    """Start a run that suggests clusters for content without one; None when there is nothing to do. Flushes."""
    site = owned(Site, site_id, account_id)
    if (
        not has_suggestible_clusters(account_id, site_id)
        or db.session.scalar(_without_cluster(account_id, site_id).limit(1)) is None
    ):
        return None
    return start_run(
        account_id=account_id,
        kind=SUGGEST,
        title=f"Suggesting clusters for {site.name}",
        actor=actor,
        site_id=site_id,
        exclusive_key=_search_key(site_id),
    )


def has_suggestible_clusters(account_id: int, site_id: int) -> bool:
    """Whether the site has any cluster that could be suggested."""
    stmt = select(Cluster.id).where(Cluster.account_id == account_id, Cluster.site_id == site_id).limit(1)
    return db.session.scalar(stmt) is not None


def active_run(account_id: int, site_id: int) -> Run | None:
    """The run that is suggesting clusters now."""
    return find_active(_search_key(site_id), account_id)


def _search_key(site_id: int) -> str:
    return f"{SUGGEST.name}:{site_id}"


def _without_cluster(account_id: int, site_id: int) -> Select[Any]:
    return select(Content.id, Content.title, Content.focus_keywords).where(
        Content.account_id == account_id,
        Content.site_id == site_id,
        Content.source == "wordpress",
        Content.trashed_at.is_(None),
        Content.cluster_id.is_(None),
    )


def suggest_clusters(context: RunContext) -> Outcome:
    """Match titles and focus keywords to the keywords of the site's clusters, a thousand at a time.

    By words first; titles that share none are compared by meaning.
    """
    from app.ai.builtin.matching import Matcher, MatchTopic  # heavy: only who matches pays for it
    from app.suggestions import by_meaning

    account_id, site_id = context.run.account_id, context.run.site_id
    assert site_id is not None
    keywords_by_cluster = _topics(account_id, site_id)
    topics = [MatchTopic(cluster_id, keywords) for cluster_id, keywords in keywords_by_cluster.items()]
    total = db.session.scalar(select(func.count()).select_from(_without_cluster(account_id, site_id).subquery())) or 0
    db.session.commit()
    context.progress(step="Reading clusters", done=0, total=total)
    matcher = Matcher(topics)
    after = done = suggested = 0
    while rows := db.session.execute(
        _without_cluster(account_id, site_id).where(Content.id > after).order_by(Content.id).limit(PART)
    ).all():
        db.session.commit()
        best = _best_match(matcher, rows)
        rest = [(row.id, row.title) for row in rows if row.id not in best and row.title.strip()]
        best |= by_meaning.matches(context.run, rest, keywords_by_cluster)
        suggested += _store(account_id, site_id, [row.id for row in rows], best)
        db.session.commit()
        after, done = rows[-1].id, done + len(rows)
        context.progress(step="Comparing titles with keywords", done=done, total=max(total, done))
    message = f"Found a cluster for {many(suggested, 'item')} of {done:,}."
    return Outcome(message, link="/content/suggestions/", data={"found": suggested, "looked_at": done})


def _topics(account_id: int, site_id: int) -> dict[int, list[str]]:
    """The names of the clusters, and their keywords, the most searched first."""
    conditions = (Cluster.account_id == account_id, Cluster.site_id == site_id)
    topics = {row[0]: [row[1]] for row in db.session.execute(select(Cluster.id, Cluster.name).where(*conditions))}
    place = func.row_number().over(partition_by=Keyword.cluster_id, order_by=Keyword.volume.desc().nulls_last())
    ranked = (
        select(Keyword.cluster_id, Keyword.keyword, place.label("place"))
        .where(Keyword.site_id == site_id, Keyword.cluster_id.in_(list(topics)))
        .subquery()
    )
    best = select(ranked.c.cluster_id, ranked.c.keyword).where(ranked.c.place <= KEYWORDS_OF_ONE)
    for cluster_id, keyword in db.session.execute(best.order_by(ranked.c.place).limit(MOST_KEYWORDS)):
        topics[cluster_id].append(keyword)
    return topics


def _best_match(matcher: Any, rows: Sequence[Any]) -> dict[int, Any]:
    """The best match of each content, over its title and its first focus keywords."""
    texts = [(row.id, text) for row in rows for text in (row.title, *row.focus_keywords[:3]) if text.strip()]
    best: dict[int, Any] = {}
    for (content_id, _text), match in zip(texts, matcher.match([text for _id, text in texts]), strict=True):
        if match and match.score >= LEAST_SCORE and match.score > getattr(best.get(content_id), "score", 0):
            best[content_id] = match
    return best


def _store(account_id: int, site_id: int, looked_at: Sequence[int], best: Mapping[int, Any]) -> int:
    """Store the suggestions for these contents; rejected ones are not suggested again."""
    existing_ids = keep_clusters(match.topic_id for match in best.values())
    stale = delete(S).where(S.content_id.in_(looked_at), S.state != "rejected", S.content_id.not_in(list(best)))
    db.session.execute(stale.execution_options(synchronize_session=False))
    if not best:
        return 0
    now = utcnow()
    stmt = insert(S).values(
        [
            {
                "account_id": account_id,
                "site_id": site_id,
                "content_id": content_id,
                "cluster_id": match.topic_id,
                "score": match.score,
                "because": match.because[:255],
                "state": "open",
                "created_at": now,
                "updated_at": now,
            }
            for content_id, match in best.items()
            if match.topic_id in existing_ids
        ]
    )
    updated = ("cluster_id", "score", "because", "state", "updated_at")
    db.session.execute(
        stmt.on_conflict_do_update(
            index_elements=["content_id"],
            set_={name: getattr(stmt.excluded, name) for name in updated} | {"decision": None, "decided_at": None},
            where=or_(S.state != "rejected", S.cluster_id != stmt.excluded.cluster_id),
        )
    )
    return len(best)


def _open(account_id: int, site_id: int, query: ListQuery | None = None) -> list[ColumnElement[bool]]:
    """The conditions of suggestions still to be decided, whose content is in no cluster."""
    homeless = select(OTHER.id).where(OTHER.id == S.content_id, OTHER.cluster_id.is_(None), OTHER.trashed_at.is_(None))
    listed = SUGGESTION_LIST.where(account_id, site_id, query or SUGGESTION_LIST.read({}))
    return [*listed, S.state == "open", homeless.exists()]


def list_open(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Any]:
    """One page of (suggestion, title, address, cluster's name), the surest first."""
    query = SUGGESTION_LIST.read(values)
    stmt: Any = (
        select(S, Content.title, Content.external_url, Cluster.name)
        .join(Content, Content.id == S.content_id)
        .join(Cluster, Cluster.id == S.cluster_id)
        .where(*_open(account_id, site_id, query))
    )
    return fetch_page(SUGGESTION_LIST, query, stmt)


def count_undecided(account_id: int, site_id: int, least: int = 0) -> int:
    """How many suggestions with at least this score are still to be decided."""
    stmt = select(func.count()).select_from(S).where(*_open(account_id, site_id), S.score >= least)
    return db.session.scalar(stmt) or 0


def clusters_suggested(account_id: int, site_id: int) -> list[tuple[str, str]]:
    """(id, name) of the clusters that something is suggested for, by name."""
    cluster_ids = select(S.cluster_id).where(*_open(account_id, site_id))
    stmt = (
        select(Cluster.id, Cluster.name)
        .where(Cluster.id.in_(cluster_ids))
        .order_by(func.lower(Cluster.name))
        .limit(500)
    )
    return [(str(row[0]), row[1]) for row in db.session.execute(stmt)]


def selected_suggestions(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions for the suggestions that a batch form selects."""
    if selection.all_matching:
        return _open(account_id, site_id, SUGGESTION_LIST.read_exactly(selection.filters))
    return [*_open(account_id, site_id), S.id.in_(selection.ids)]


def with_score(account_id: int, site_id: int, least: int) -> list[ColumnElement[bool]]:
    """Conditions for all suggestions with at least this score."""
    return [*_open(account_id, site_id), S.score >= least]


def accept(account_id: int, site_id: int, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Put the contents in their suggested clusters, all in one. Returns how many. Flushes."""
    rows = db.session.execute(select(S.content_id, S.cluster_id).where(*conditions)).all()
    keep_clusters({row.cluster_id for row in rows})
    content_ids, cluster_ids = [row.content_id for row in rows], [row.cluster_id for row in rows]
    placements = select(
        func.unnest(cast(content_ids, ARRAY(BigInteger))).label("content_id"),
        func.unnest(cast(cluster_ids, ARRAY(BigInteger))).label("cluster_id"),
    )
    moved = move_to_clusters(account_id, site_id, placements.subquery(), where=Content.cluster_id.is_(None))
    if moved:
        _set_state(S.content_id.in_(moved), state="accepted", decision=uuid.uuid4())
    return len(moved)


def reject(account_id: int, site_id: int, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Do not suggest these again. Returns how many. Flushes."""
    ids = db.session.scalars(select(S.id).where(*conditions)).all()
    if ids:
        _set_state(S.id.in_(ids), state="rejected", decision=uuid.uuid4())
    return len(ids)


def _set_state(which: ColumnElement[bool], *, state: str, decision: uuid.UUID | None) -> None:
    now = utcnow()
    values = {"state": state, "decision": decision, "decided_at": now if decision else None, "updated_at": now}
    db.session.execute(update(S).where(which).values(**values).execution_options(synchronize_session=False))


def last_decision(account_id: int, site_id: int) -> tuple[str, Decision] | None:
    """The last decision, ``accepted`` or ``rejected``, as long as it may be undone."""
    conditions = (S.account_id == account_id, S.site_id == site_id, S.decided_at > utcnow() - UNDO_WITHIN)
    stmt = select(S.state, S.decision, S.decided_at).where(*conditions, S.decision.is_not(None))
    row = db.session.execute(stmt.order_by(S.decided_at.desc()).limit(1)).first()
    if row is None:
        return None
    count = db.session.scalar(select(func.count()).select_from(S).where(*conditions, S.decision == row.decision)) or 0
    return row.state, Decision(row.decision, count, row.decided_at)


def undo(account_id: int, site_id: int, decision: uuid.UUID) -> int:
    """Undo a decision, except for content that was moved to another cluster since. Returns how many. Flushes."""
    conditions = (S.account_id == account_id, S.site_id == site_id, S.decision == decision)
    accepted = select(S.content_id, S.cluster_id).where(*conditions, S.state == "accepted")
    unmoved = tuple_(Content.id, Content.cluster_id).in_(accepted)
    none = select(S.content_id, func.nullif(S.cluster_id, S.cluster_id).label("cluster_id"))
    moved = move_to_clusters(
        account_id, site_id, none.where(*conditions, S.state == "accepted").subquery(), where=unmoved
    )
    undone_ids = list(
        db.session.scalars(select(S.content_id).where(*conditions, or_(S.state == "rejected", S.content_id.in_(moved))))
    )
    if undone_ids:
        _set_state(S.content_id.in_(undone_ids), state="open", decision=None)
    forget = update(S).where(*conditions).values(decision=None)
    db.session.execute(forget.execution_options(synchronize_session=False))
    return len(undone_ids)


def move_suggestions(source_id: int, target_id: int) -> None:
    """Point the suggestions of a cluster that is merged into another to that one. In the planner's transaction."""
    stmt = update(S).where(S.cluster_id == source_id).values(cluster_id=target_id)
    db.session.execute(stmt.execution_options(synchronize_session=False))


def connect() -> None:
    """Register with the planner's hook for merged clusters."""
    hooks.cluster_merging.add(move_suggestions)
