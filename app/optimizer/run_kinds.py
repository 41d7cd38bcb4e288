"""Kinds of run of the Optimizer."""

from app.core.languages import N_
from app.core.runs.kinds import RunKind
from app.optimizer.permissions import OptimizerPermission

SCORE_CONTENTS = RunKind(
    "score_contents",
    "jobs.optimizer.score_contents",
    N_("Scoring texts"),
    permission=OptimizerPermission.WRITE,
    module="optimizer",
    queue="bulk",
    unattended=True,
)
OPTIMIZE_CONTENT = RunKind(
    "optimize_content",
    "jobs.optimizer.optimize_content",
    N_("Optimizing"),
    permission=OptimizerPermission.WRITE,
    module="optimizer",
    operation="optimization",
    pauses=True,
)
KINDS = (SCORE_CONTENTS, OPTIMIZE_CONTENT)


def optimizing_lane(account_id: int) -> str:
    """The lane of runs that ask a model for minutes: an account's go one after the other."""
    return f"optimizing:{account_id}"
