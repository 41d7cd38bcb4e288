"""Errors that a person can act on.

Every error says what failed (`message`), what to do (`cure`) and whether the same
request may succeed later (`retryable`). Routes turn them into a page, a partial or
JSON; jobs store them on their run.
"""

from typing import Any

from app.core.languages import gettext
from app.core.logs import scrub_secrets


class DomainError(Exception):
    """Something a person asked for cannot be done, for a reason we can name."""

    status = 422

    def __init__(
        self,
        message: str,
        *,
        code: str = "INVALID",
        cure: str = "",
        field: str | None = None,
        details: dict[str, Any] | None = None,
        status: int | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.cure = cure
        self.field = field
        self.details = details or {}
        self.retryable = retryable
        if status is not None:
            self.status = status

    def as_dict(self) -> dict[str, Any]:
        """The JSON form stored on runs and sent to API callers."""
        return {
            "code": self.code,
            "message": scrub_secrets(self.message),
            "cure": self.cure,
            "field": self.field,
            "details": _without_secrets(self.details),
            "retryable": self.retryable,
        }


def _without_secrets(value: Any) -> Any:
    """The value without secrets: what other services answered may repeat what we sent them."""
    if isinstance(value, str):
        return scrub_secrets(value)
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, (list, tuple)) else value


class NotFound(DomainError):
    """No such row for this account; a row of another account does not exist."""

    status = 404

    def __init__(self, message: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("code", "NOT_FOUND")
        super().__init__(message or gettext("This does not exist, or it was deleted."), **kwargs)


class Forbidden(DomainError):
    """The person's role does not allow this."""

    status = 403

    def __init__(self, message: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("code", "FORBIDDEN")
        kwargs.setdefault("cure", gettext("Ask an owner or admin of the account for a role that does."))
        super().__init__(message or gettext("Your role does not allow this."), **kwargs)


class Refused(DomainError):
    """The account has switched this work off, or may not do it now. A run that raises it ends as cancelled."""

    status = 403


class Conflict(DomainError):
    """The row changed, or another piece of work holds it."""

    status = 409


class Unavailable(DomainError):
    """Something we depend on does not answer now; trying later may work."""

    status = 503

    def __init__(self, message: str, **kwargs: Any) -> None:
        kwargs.setdefault("code", "UNAVAILABLE")
        kwargs.setdefault("retryable", True)
        super().__init__(message, **kwargs)
