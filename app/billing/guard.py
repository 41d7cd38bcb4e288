"""Where a read-only account is refused: every change asked for by a route, and every run."""

from flask import Flask

from app.billing import credits
from app.billing.limits import check_seats
from app.billing.standing import check_active
from app.core import guards
from app.core.runs import Run
from app.core.runs.kinds import RunKind

# What a suspended account may still do: see, export, pay, look after its people and its own log-in.
ALWAYS = frozenset(
    {"self", "view", "export", "view_billing", "billing", "own_account", "manage_account", "manage_team"}
)


def refuse_action(account_id: int, permission: str) -> None:
    """Raise Suspended when a read-only account asks for a change."""
    if permission not in ALWAYS:
        check_active(account_id)


def refuse_run(account_id: int, kind: RunKind) -> None:
    """Raise Suspended when a read-only account would start work, or a worker would begin with it."""
    if not kind.always:
        check_active(account_id)


def put_aside_again(run: Run) -> None:
    """A run that is started again needs its credits again; raises NotEnoughCredits."""
    credits.renew_for_run(run)


def init_app(_app: Flask) -> None:
    """Register with the core; whoever adds a route or a job need not think of it."""
    guards.add("action", refuse_action)
    guards.add("run.start", refuse_run)
    guards.add("run.work", refuse_run)
    guards.add("run.again", put_aside_again)
    guards.add("seat", check_seats)
