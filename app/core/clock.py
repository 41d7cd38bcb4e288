"""The one place that asks what time it is."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Function, func


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def server_now() -> Function[datetime]:
    """The instant at which PostgreSQL begins the statement: the one clock of all machines, whatever theirs say."""
    return func.statement_timestamp(type_=DateTime(timezone=True))


def iso(instant: datetime) -> str:
    """ISO 8601 with a trailing ``Z``, to the second: the form of the API."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
