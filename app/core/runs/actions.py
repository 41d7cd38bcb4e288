"""What a person, the API or a rule can do with a run. They flush; callers commit.

Each raises Forbidden when the actor lacks the permission, and what `hooks.action_starting` raises when the account may
not act now.
"""

from typing import Any

from app.core import audit, hooks
from app.core.actor import Actor
from app.core.permissions import AnyPermission
from app.core.runs import pausing, services
from app.core.runs.kinds import kind_of
from app.core.runs.models import Run


def cancel_run(actor: Actor, run: Run) -> None:
    """Ask a run to stop (`services.cancel`, which may raise Conflict)."""
    _check(actor, run, run.cancel_permission)
    before = run.state
    services.cancel(run)
    _record(actor, "cancelled", run, before)


def retry_run(actor: Actor, run: Run) -> None:
    """Start an ended run again (`services.retry`, which may raise Conflict)."""
    _check(actor, run, run.retry_permission)
    before = run.state
    services.retry(run)
    _record(actor, "retried", run, before)


def pause_run(actor: Actor, run: Run) -> None:
    """Have a run wait until somebody lets it go on (`pausing.pause`, which may raise Conflict)."""
    _check(actor, run, run.cancel_permission)
    before = run.state
    pausing.pause(run)
    _record(actor, "paused", run, before)


def resume_run(actor: Actor, run: Run) -> None:
    """Let a paused run go on (`pausing.resume`, which may raise Conflict and Refused)."""
    _check(actor, run, run.retry_permission)
    before = run.state
    pausing.resume(run)
    _record(actor, "resumed", run, before)


def _check(actor: Actor, run: Run, permission: AnyPermission) -> None:
    actor.require(permission)
    hooks.action_starting(run.account_id, permission)


def _record(actor: Actor, what: str, run: Run, before: str) -> None:
    """Record the action under the kind's own audit group: a publish changes what is live."""
    event: dict[str, Any] = {"subject": run.title, "before": {"state": before}, "after": {"kind": run.kind}}
    audit.record(run.account_id, f"{kind_of(run.kind).audit_group}.{what}", by=actor, **event)
