"""Where a read-only account is refused: every change asked for by a route, and every run."""

from app.accounts.hooks import seat_needed
from app.billing import credits
from app.billing.entitlements import check_active, shares_by_plan
from app.billing.limits import check_seats
from app.core import hooks
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.runs.kinds import RunKind

# What a suspended account may still do besides reading: export, pay, look after its people and its own log-in.
ALWAYS = frozenset(
    {
        Permission.PROFILE_MANAGE,
        Permission.ACCOUNT_EXPORT,
        Permission.BILLING_MANAGE,
        Permission.ACCOUNT_OWN,
        Permission.ACCOUNT_MANAGE,
        Permission.AI_MANAGE,
        Permission.TEAM_MANAGE,
    }
)
READ = ":read"


def refuse_action(account_id: int, permission: str) -> None:
    """Raise Suspended when a read-only account asks for a change."""
    if not is_always_allowed(permission):
        check_active(account_id)


def is_always_allowed(permission: str) -> bool:
    """True for what a suspended account may still do."""
    return permission in ALWAYS or permission.endswith(READ)


def refuse_run_if_suspended(account_id: int, kind: RunKind) -> None:
    """Raise Suspended when a read-only account would start work, or a worker would begin with it."""
    if not kind.always:
        check_active(account_id)


def reserve_again(run: Run) -> None:
    """Reserve credits again for a run that is started again; raises NotEnoughCredits."""
    credits.renew_for_run(run)


def connect() -> None:
    """Add the checks to the hooks of the core, so that each route and kind of run is checked without further code."""
    hooks.action_starting.add(refuse_action)
    hooks.run_starting.add(refuse_run_if_suspended)
    hooks.run_working.add(refuse_run_if_suspended)
    hooks.run_restarted.add(reserve_again)
    hooks.run_ended.add(credits.release_for_run)
    hooks.account_shares.add(shares_by_plan)
    seat_needed.add(check_seats)
