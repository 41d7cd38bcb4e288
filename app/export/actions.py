"""What can be done with exports, each as one use case: for a click or a call of the API. They flush; callers commit."""

import uuid
from pathlib import Path

from app.core import audit
from app.core.actor import Actor
from app.core.runs import Run
from app.export import services


def start_export(account_id: int, actor: Actor) -> Run:
    """Start an export of the account; one that is being made for this person is returned."""
    audit.record(account_id, "account.export_started", by=actor)
    return services.start_export(account_id, actor)


def open_export(account_id: int, actor: Actor, run_id: uuid.UUID) -> tuple[Run, Path]:
    """An export and its file, for the person who made it; raises NotFound for everybody else."""
    run, path = services.owned_export(account_id, actor.id, run_id)
    audit.record(account_id, "account.export_downloaded", by=actor)
    return run, path
