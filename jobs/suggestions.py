"""Suggesting clusters for content from WordPress, and finding what serves the same intent twice."""

from app.core.queue import enqueue_now, new_job_id
from app.core.runs import Outcome, RunContext
from app.meaning import vector_index
from app.suggestions import comparing, services
from jobs import the_app


def suggest_clusters(context: RunContext) -> Outcome:
    """For the run's site; safe to repeat."""
    return services.suggest_clusters(context)


def find_overlaps(context: RunContext) -> Outcome:
    """For the run's site; safe to repeat."""
    return comparing.find_overlaps(context)


def find_alike(context: RunContext) -> Outcome:
    """Compare what is new on the run's site; safe to repeat."""
    return comparing.find_alike(context)


def find_like_title(context: RunContext) -> Outcome:
    """Compare the title of the run; safe to repeat."""
    return comparing.find_like_title(context)


def keep_vector_indexes() -> None:
    """Called by RQ without a run: make the indexes by which titles are searched."""
    with the_app().app_context():
        vector_index.keep_indexes()


def hand_out_vector_indexes() -> None:
    """Called by the scheduler: hand the work, which may take hours, to a worker."""
    enqueue_now("bulk", "jobs.suggestions.keep_vector_indexes", new_job_id(), seconds=vector_index.MOST_SECONDS)
