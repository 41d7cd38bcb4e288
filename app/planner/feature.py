"""Keywords, clusters and ideas, as a feature."""

from app.core.costs import Cost
from app.core.features import Entry, Feature, Module
from app.planner.routes import bp
from app.planner.run_kinds import KINDS

FEATURE = Feature(
    key="planner",
    blueprints=(bp,),
    navigation=(
        Entry(
            "Planner",
            "planner.keywords",
            "target",
            place=20,
            children=(("Keywords", "planner.keywords"), ("Clusters", "planner.clusters"), ("Ideas", "planner.ideas")),
        ),
    ),
    module=Module("planner", "Planner", "Keywords, clusters and ideas.", "target"),
    run_kinds=KINDS,
    periodic=(),
    audit_words={
        "bulk.clusters_undone": "Change of clusters undone",
        "bulk.keywords_moved": "Keywords moved",
        "deleted.clusters": "Clusters deleted",
        "deleted.clusters_merged": "Clusters merged",
        "deleted.ideas": "Ideas deleted",
        "deleted.keywords": "Keywords deleted",
    },
    credit_operations={
        "clustering": Cost("Clustering", 10, "request"),
        "ideas": Cost("Ideas", 15, "cluster"),
    },
)
