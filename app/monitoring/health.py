"""Whether the services that the app needs answer."""

from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from app.core import role_check
from app.core.queue import redis_connection


def run_checks() -> dict[str, dict[str, Any]]:
    """One entry a part: `{ok, detail}`. Never raises."""
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


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "database": _database,
    "redis": _redis,
    "workers": _workers,
}
