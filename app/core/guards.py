"""Questions that the core asks before it goes on; who knows the answer registers it, and may refuse by raising.

run.start   account_id, kind     before a run is recorded, or started again
run.work    account_id, kind     before a worker begins with it
run.again   run                      once an ended run waits again
action      account_id, permission   before a route changes something
seat        account_id           before somebody is invited or joins
"""

from collections.abc import Callable

Check = Callable[..., None]
_checks: dict[str, list[Check]] = {}


def add(question: str, check: Check) -> None:
    """Have `check` asked from now on; once, however often it is added."""
    if check not in _checks.setdefault(question, []):
        _checks[question].append(check)


def ask(question: str, **facts: object) -> None:
    """Ask all who registered; a DomainError that one raises is let through."""
    for check in _checks.get(question, ()):
        check(**facts)
