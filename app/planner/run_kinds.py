"""Kinds of run of the planner."""

from app.core.runs.kinds import RunKind

IMPORT_KEYWORDS = RunKind(
    "import_keywords", "jobs.planner.import_keywords", "Keyword import", permission="plan", module="planner"
)
CLUSTER_KEYWORDS = RunKind(
    "cluster_keywords",
    "jobs.planner.cluster_keywords",
    "Clustering",
    permission="plan",
    module="planner",
    operation="clustering",
)
GENERATE_IDEAS = RunKind(
    "generate_ideas", "jobs.planner.generate_ideas", "Ideas", permission="plan", module="planner", operation="ideas"
)
KINDS = (IMPORT_KEYWORDS, CLUSTER_KEYWORDS, GENERATE_IDEAS)
