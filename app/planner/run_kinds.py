"""Kinds of run of the planner."""

from app.core.permissions import Permission
from app.core.runs.kinds import RunKind

IMPORT_KEYWORDS = RunKind(
    "import_keywords",
    "jobs.planner.import_keywords",
    "Keyword import",
    permission=Permission.PLANNER_WRITE,
    module="planner",
)
CLUSTER_KEYWORDS = RunKind(
    "cluster_keywords",
    "jobs.planner.cluster_keywords",
    "Clustering",
    permission=Permission.PLANNER_WRITE,
    module="planner",
    operation="clustering",
)
GENERATE_IDEAS = RunKind(
    "generate_ideas",
    "jobs.planner.generate_ideas",
    "Ideas",
    permission=Permission.PLANNER_WRITE,
    module="planner",
    operation="ideas",
)
KINDS = (IMPORT_KEYWORDS, CLUSTER_KEYWORDS, GENERATE_IDEAS)
