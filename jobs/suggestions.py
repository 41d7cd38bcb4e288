"""Suggesting clusters for what came from WordPress."""

from app.core.runs import Outcome, RunContext
from app.suggestions.services import suggest


def suggest_clusters(context: RunContext) -> Outcome:
    """For the run's site; safe to repeat."""
    return suggest(context)
