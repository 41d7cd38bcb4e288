"""Runs: any work that a person may watch."""

from app.core.runs.context import Cancelled, LeaseLost, Outcome, RunContext
from app.core.runs.models import Run
from app.core.runs.services import start_run

__all__ = ["Cancelled", "LeaseLost", "Outcome", "Run", "RunContext", "start_run"]
