"""What rules can do in the planner: cluster keywords, find ideas."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from app.ai import charging
from app.automation.action_kinds import ActionCall, ActionKind, Started
from app.automation.created import created_ids, intact_clusters, intact_ideas
from app.automation.models import RuleExecution
from app.core.actor import Actor
from app.core.extensions import db
from app.core.languages import N_
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.wording import many
from app.planner import actions as planner
from app.planner.models import Cluster, Idea, Keyword
from app.planner.prices import clustering_price


def _start_clustering(call: ActionCall) -> Started:
    start = planner.start_clustering(call.account_id, call.actor, call.site_id, Selection(list(call.subjects)))
    return Started(start.waiting, (start.run.id,) if start.run else (), f"Clustering {many(start.waiting, 'keyword')}")


def _unclustered(_kind: str) -> Sequence[ColumnElement[bool]]:
    return [Keyword.cluster_id.is_(None)]


def _undo_clustering(actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Take the keywords that nobody has moved since out of their clusters, and delete clusters that stay empty."""
    account_id, site_id = execution.account_id, execution.site_id
    mine = (Keyword.account_id == account_id, Keyword.site_id == site_id, Keyword.id.in_(step["subjects"]))
    stays = (Keyword.cluster_id.is_not(None), Keyword.edited_at.is_(None))
    ids = list(db.session.scalars(select(Keyword.id).where(*mine, *stays).order_by(Keyword.id)))
    moved = planner.move_keywords(account_id, actor, site_id, Selection(ids), "none").count if ids else 0
    clusters = intact_clusters(account_id, created_ids(execution.id, "cluster_created"))
    deleted = planner.delete_clusters(account_id, actor, clusters) if clusters else 0
    return f"{many(moved, 'keyword')} out of their clusters, {many(deleted, 'cluster')} deleted"


def _start_ideas(call: ActionCall) -> Started:
    run = planner.start_ideas_for_clusters(call.account_id, call.actor, call.site_id, list(call.subjects))
    return Started(len(call.subjects), (run.id,), f"Looking for ideas for {many(len(call.subjects), 'cluster')}")


def _without_ideas(_kind: str) -> Sequence[ColumnElement[bool]]:
    return [~select(Idea.id).where(Idea.cluster_id == Cluster.id).exists()]


def _undo_ideas(actor: Actor, execution: RuleExecution, _step: Mapping[str, Any]) -> str:
    """Delete the ideas that were found, unless somebody changed one or made a task of it."""
    ids = intact_ideas(execution.account_id, created_ids(execution.id, "idea_created"))
    count = planner.delete_ideas(execution.account_id, actor, execution.site_id, Selection(ids)) if ids else 0
    return f"{many(count, 'idea')} deleted"


CLUSTER_KEYWORDS = ActionKind(
    "cluster_keywords",
    N_("Cluster keywords"),
    ("keyword",),
    Permission.PLANNER_WRITE,
    "planner",
    (_start_clustering,),
    _unclustered,
    lambda account_id, count: clustering_price(account_id, count).credits,
    at_once=2_000,
    usual=1_000,
    undo=_undo_clustering,
    undo_says=N_("Keywords that nobody has moved leave their clusters; clusters that are left empty are deleted."),
)
GENERATE_IDEAS = ActionKind(
    "generate_ideas",
    N_("Find ideas"),
    ("cluster",),
    Permission.PLANNER_WRITE,
    "planner",
    (_start_ideas,),
    _without_ideas,
    lambda account_id, count: charging.price_quote(account_id, "ideas", count).credits,
    at_once=planner.MAX_IDEAS_CLUSTERS,
    usual=10,
    undo=_undo_ideas,
    undo_says=N_("Ideas that nobody has changed or made a task of are deleted."),
)


def planner_actions(_account_id: int) -> Sequence[ActionKind]:
    """The planner's actions."""
    return (CLUSTER_KEYWORDS, GENERATE_IDEAS)
