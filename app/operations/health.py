"""Whether the services that the app needs answer."""

from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from app.core import role_check
from app.core.events import delivery
from app.core.queue import redis_connection
from app.meaning import vector_index


def run_checks() -> dict[str, dict[str, Any]]:
    """One entry for each part: `{ok, detail}`. Never raises."""
    return {name: _guard(check) for name, check in CHECKS.items()}


def _guard(check: Callable[[], tuple[bool, str]]) -> dict[str, Any]:
    try:
        ok, detail = check()
    except (SQLAlchemyError, RedisError, OSError) as error:
        return {"ok": False, "detail": type(error).__name__}
    return {"ok": ok, "detail": detail}


def _database() -> tuple[bool, str]:
    problem = role_check.find_problem()
    if problem:
        return False, problem
    advice = role_check.find_advice()
    return True, f"answers, {advice}" if advice else "answers"


def _redis() -> tuple[bool, str]:
    redis_connection().ping()
    return True, "answers"


def _workers() -> tuple[bool, str]:
    count = Worker.count(connection=redis_connection())
    return count > 0, f"{count} working" if count else "no worker is running"


def _events() -> tuple[bool, str]:
    """What was given up is reported, but does not take the app out of service: everything else works."""
    given_up = [f"{count} for {subscriber}" for subscriber, is_given_up, count in delivery.standing() if is_given_up]
    if not given_up:
        return True, "none given up"
    problem = f"given up after {delivery.MAX_ATTEMPTS} tries: {', '.join(given_up)}"
    return True, f"{problem}; when mended, run `python -m app.cli redeliver-events`"


def _titles() -> tuple[bool, str]:
    """How titles are searched: without pgvector slower, with the same results."""
    return True, vector_index.describe_state()


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "database": _database,
    "redis": _redis,
    "workers": _workers,
    "events": _events,
    "titles": _titles,
}
