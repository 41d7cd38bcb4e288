"""Scoring texts."""

from app.core.queue import enqueue_now, new_job_id
from app.core.runs import Outcome, RunContext
from app.optimizer import scoring
from app.optimizer.rewrite import work
from jobs import the_app


def score_contents(context: RunContext) -> Outcome:
    """Of the run's site; safe to repeat."""
    return scoring.score_contents(context)


def optimize_content(context: RunContext) -> Outcome:
    """Params: `task_ids`, `pieces`; safe to repeat."""
    return work.optimize_content(context)


def score_everywhere() -> None:
    """Called by RQ without a run: start scoring in each site that needs it."""
    with the_app().app_context():
        scoring.score_everywhere()


def hand_out_scoring() -> None:
    """Called by the scheduler: the work is a worker's."""
    enqueue_now("bulk", "jobs.optimizer.score_everywhere", new_job_id())
