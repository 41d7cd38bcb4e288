"""Suggesting clusters for what came from WordPress, and telling what serves one intent twice."""

from app.core.runs import Outcome, RunContext
from app.suggestions import overlaps, services


def suggest_clusters(context: RunContext) -> Outcome:
    """For the run's site; safe to repeat."""
    return services.suggest_clusters(context)


def find_overlaps(context: RunContext) -> Outcome:
    """For the run's site; safe to repeat."""
    return overlaps.find_overlaps(context)
