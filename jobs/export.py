"""Exporting an account, and deleting those whose time is over."""

from app.core.queue import enqueue_now, new_job_id
from app.core.runs import Outcome, RunContext
from app.export import ending, services
from jobs import the_app


def export_account(context: RunContext) -> Outcome:
    """No params: the run's account."""
    return services.make_export(context)


def delete_due_accounts() -> None:
    """Called by RQ without a run: delete the accounts that are due."""
    with the_app().app_context():
        ending.delete_due()


def hand_out_deletion() -> None:
    """Called by the scheduler: hand the work to a worker."""
    enqueue_now("bulk", "jobs.export.delete_due_accounts", new_job_id())
