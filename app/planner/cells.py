"""Cells of the planner's lists that are changed in their row. They flush; callers commit."""

from dataclasses import replace
from itertools import chain

from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.cells import Cell, CellEditor, CellSaved, Values
from app.core.listing.filters import NONE
from app.core.listing.selection import Selection
from app.core.request_ids import parse_id
from app.core.tenancy import owned
from app.planner import actions
from app.planner import lists as plain
from app.planner.clusters import changes
from app.planner.clusters.locks import hold_clusters, keep_clusters
from app.planner.ideas import services as ideas
from app.planner.models import Cluster, ClusterChange, Idea, Keyword

CHOICE = "lists/_cell_choice.html"


def cluster_editor(title: str, site_id: int, cluster: Cluster | None, rest: str, *, may_be_none: bool) -> CellEditor:
    """The editor for choosing the cluster of the row called `title`; the endpoint `rest` lists all of the site's."""
    chosen = [(cluster.id, cluster.name)] if cluster else []
    none = [(NONE, gettext("No cluster"))] if may_be_none else []
    return CellEditor(
        title=title,
        stored={"cluster": cluster.id if cluster else None},
        words=f"“{cluster.name}”" if cluster else gettext("in no cluster"),
        context={
            "options": [*none, *chosen],
            "chosen": cluster.id if cluster else NONE,
            "rest": rest,
            "site_id": site_id,
        },
    )


def cluster_said(title: str, cluster: Cluster | None) -> str:
    """What a row's cluster is now, in words."""
    if cluster is None:
        return gettext("“%(title)s” is in no cluster.", title=title)
    return gettext("“%(title)s” is in the cluster “%(name)s”.", title=title, name=cluster.name)


def _keyword(account_id: int, keyword_id: int, hold: bool) -> CellEditor:
    keyword = owned(Keyword, keyword_id, account_id)
    if hold:
        db.session.refresh(keyword, with_for_update={"of": Keyword})
    rest = "planner.cluster_choices"
    return cluster_editor(keyword.keyword, keyword.site_id, keyword.cluster, rest, may_be_none=True)


def _move_keyword(account_id: int, actor: Actor, keyword_id: int, values: Values) -> CellSaved:
    keyword = owned(Keyword, keyword_id, account_id)
    moved = actions.move_keywords(
        account_id, actor, keyword.site_id, Selection([keyword_id]), values.get("value", "") or "?"
    )
    db.session.refresh(keyword)
    return CellSaved(cluster_said(keyword.keyword, keyword.cluster), str(moved.change_id or ""))


def _hold_clusters_of_keyword(account_id: int, keyword_id: int, choice: str) -> None:
    """Lock the keyword's cluster and the chosen one: their descriptions are renewed."""
    hold_clusters([owned(Keyword, keyword_id, account_id).cluster_id, parse_id(choice)])


def _lock_clusters_of_change(account_id: int, _keyword_id: int, key: str) -> None:
    changes.lock_clusters_of(owned(ClusterChange, parse_id(key) or 0, account_id))


def keep_chosen_cluster(_account_id: int, _row_id: int, choice: str) -> None:
    """`Cell.lock` for a row that is put into a cluster: lock the chosen one."""
    keep_clusters([parse_id(choice)])


def _undo_keyword(account_id: int, actor: Actor, keyword_id: int, key: str) -> str:
    change = owned(ClusterChange, parse_id(key) or 0, account_id)
    if [*chain.from_iterable(change.before.get("keywords", {}).values())] != [keyword_id]:
        raise NotFound()  # that of something else
    return gettext("Undone: %(words)s.", words=actions.undo_change(account_id, actor, change.id))


def _idea(account_id: int, idea_id: int, hold: bool) -> CellEditor:
    idea = owned(Idea, idea_id, account_id)
    if hold:
        db.session.execute(select(Idea.id).where(Idea.id == idea_id).with_for_update())
        db.session.refresh(idea)
    return cluster_editor(idea.title, idea.site_id, idea.cluster, "planner.cluster_choices", may_be_none=False)


def _move_idea(account_id: int, _actor: Actor, idea_id: int, values: Values) -> CellSaved:
    idea = owned(Idea, idea_id, account_id)
    former = str(idea.cluster_id)
    ideas.update_idea(account_id, idea_id, {**ideas.stored_plan(idea), "cluster": values.get("value", "")})
    return CellSaved(cluster_said(idea.title, idea.cluster), former if str(idea.cluster_id) != former else "")


def _undo_idea(account_id: int, actor: Actor, idea_id: int, key: str) -> str:
    return _move_idea(account_id, actor, idea_id, {"value": key}).message


CELLS = {
    "keywords": {
        "cluster": Cell(
            CHOICE, _keyword, _move_keyword, _undo_keyword, _hold_clusters_of_keyword, _lock_clusters_of_change
        )
    },
    "ideas": {"cluster": Cell(CHOICE, _idea, _move_idea, _undo_idea, keep_chosen_cluster, keep_chosen_cluster)},
}
LISTS = tuple(replace(kind, cells=CELLS.get(kind.name, {})) for kind in plain.LISTS)
