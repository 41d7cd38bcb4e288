"""Importing keywords, clustering them, and finding ideas. Each may be restarted from the beginning."""

from app.core.runs import Outcome, RunContext
from app.planner.clustering import runs as clustering_runs
from app.planner.ideas import runs as idea_runs
from app.planner.imports import runs as import_runs


def import_keywords(context: RunContext) -> Outcome:
    """Params: those that `app.planner.actions.start_keyword_import` gives."""
    return import_runs.import_keywords(context)


def cluster_keywords(context: RunContext) -> Outcome:
    """Params: a selection of keywords, as `app.planner.actions.start_clustering` gives."""
    return clustering_runs.cluster_keywords(context)


def generate_ideas(context: RunContext) -> Outcome:
    """Params: `cluster_ids`."""
    return idea_runs.generate_ideas(context)
