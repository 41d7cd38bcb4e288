"""The one place that asks what time it is."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def iso(instant: datetime) -> str:
    """ISO 8601 with a trailing ``Z``, to the second: the form of the API."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
