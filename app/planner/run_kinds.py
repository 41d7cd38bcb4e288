"""Kinds of run of the planner."""

from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

IMPORT_KEYWORDS = RunKind(
    "import_keywords",
    "jobs.planner.import_keywords",
    N_("Keyword import"),
    permission=Permission.PLANNER_WRITE,
    module="planner",
)
CLUSTER_KEYWORDS = RunKind(
    "cluster_keywords",
    "jobs.planner.cluster_keywords",
    N_("Clustering"),
    permission=Permission.PLANNER_WRITE,
    module="planner",
    operation="clustering",
    pauses=True,
)
GENERATE_IDEAS = RunKind(
    "generate_ideas",
    "jobs.planner.generate_ideas",
    N_("Ideas"),
    permission=Permission.PLANNER_WRITE,
    module="planner",
    operation="ideas",
    pauses=True,
)
KINDS = (IMPORT_KEYWORDS, CLUSTER_KEYWORDS, GENERATE_IDEAS)
