"""Keywords, clusters and ideas, as a feature."""

from datetime import timedelta

from app.core.costs import Cost
from app.core.features import BULK_CHANGES, DELETIONS, Action, Entry, Feature, Finder, Module, Stage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.planner import prompt_rows
from app.planner.cells import LISTS
from app.planner.clusters.locks import lock_planned_of_sector
from app.planner.finder import find_clusters
from app.planner.imports.shelves import IMPORTS, REPORTS, UPLOADS
from app.planner.keywords import figures as keyword_figures
from app.planner.routes import bp
from app.planner.run_kinds import KINDS
from app.sites.hooks import sector_deleting


def connect() -> None:
    """Be asked by other features."""
    prompt_rows.connect()
    sector_deleting.add(lock_planned_of_sector)


FEATURE = Feature(
    key="planner",
    place=20,
    blueprints=(bp,),
    navigation=(
        Entry(
            N_("Planner"),
            "planner.keywords",
            "target",
            place=20,
            children=(
                (N_("Keywords"), "planner.keywords"),
                (N_("Clusters"), "planner.clusters"),
                (N_("Ideas"), "planner.ideas"),
            ),
        ),
    ),
    module=Module("planner", N_("Planner"), N_("Keywords, clusters and ideas."), "target"),
    run_kinds=KINDS,
    lists=LISTS,
    periodic=(Periodic("forget_keyword_updates", timedelta(hours=24), keyword_figures.forget_old),),
    audit_words={
        "bulk.clusters_undone": N_("Change of clusters undone"),
        "bulk.import_undone": N_("Keyword import undone"),
        "bulk.keywords_moved": N_("Keywords moved"),
        "deleted.clusters": N_("Clusters deleted"),
        "deleted.clusters_merged": N_("Clusters merged"),
        "deleted.ideas": N_("Ideas deleted"),
        "deleted.keywords": N_("Keywords deleted"),
    },
    audit_groups=(BULK_CHANGES, DELETIONS),
    credit_operations={
        "clustering": Cost(N_("Clustering"), 10, "request"),
        "ideas": Cost(N_("Ideas"), 15, "cluster"),
    },
    actions=(
        Action(N_("Import keywords"), "planner.import_keywords", "plus", place=10, permission=Permission.PLANNER_WRITE),
    ),
    finders=(Finder(N_("Clusters"), "target", 20, find_clusters),),
    connect=connect,
    stages=(
        Stage(N_("Keywords"), "keywords", "planner.keywords", 10),
        Stage(N_("Clusters"), "clusters", "planner.clusters", 20),
        Stage(N_("Ideas to use"), "open_ideas", "planner.ideas", 30, {"state": "open"}),
    ),
    item_links={"cluster": ("planner.cluster", "cluster_id"), "idea": ("planner.edit_idea", "idea_id")},
    shelves=(UPLOADS, IMPORTS, REPORTS),
    guide={
        "planner": "keywords",
        "planner.clusters": "clusters",
        "planner.cluster": "clusters",
        "planner.new_cluster": "clusters#by-hand",
        "planner.cluster_map": "clusters#the-map",
        "planner.ideas": "ideas-and-tasks#ideas",
        "planner.edit_idea": "ideas-and-tasks#ideas",
        "planner.new_idea": "ideas-and-tasks#ideas",
        "planner.keyword": "keywords#one-keyword",
        "planner.new_keyword": "keywords#one-keyword",
        "planner.import_keywords": "keywords#importing",
        "planner.import_result": "keywords#undoing-an-import",
    },
)
