"""Why a WordPress could not be talked to, in the words of the table of codes."""

from typing import Any

from app.core.errors import DomainError
from app.core.http import OutboundError
from app.sites.error_codes import all_error_codes, error_for


class WordPressError(DomainError):
    """The site, or something in front of it, did not do what was asked."""

    status = 502

    def __init__(self, message: str, *, step: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.step = step

    def as_dict(self) -> dict[str, Any]:
        """Adds the publish step (name or None) to the common form."""
        return {**super().as_dict(), "step": self.step}


OUTBOUND = {
    "blocked": "ADDRESS_BLOCKED",
    "dns": "DNS",
    "refused": "REFUSED",
    "timeout": "TIMEOUT",
    "tls": "TLS",
    "redirects": "REDIRECTS",
    "too_large": "TOO_LARGE",
    "broken": "BROKEN",
}


def wordpress_error(
    code: str, *, message: str = "", cure: str = "", details: dict[str, Any] | None = None, step: str | None = None
) -> WordPressError:
    """The error of this code in the words of the table, or in more exact ones: in English, for it is stored."""
    entry = all_error_codes()[code]
    message, cure = message or entry.message, cure or entry.cure
    error = error_for(code, WordPressError, message=message, cure=cure, details=details, step=step)
    assert isinstance(error, WordPressError)
    return error


def from_outbound(error: OutboundError) -> WordPressError:
    """What failed before any answer came."""
    return wordpress_error(OUTBOUND[error.kind], details={"reason": error.message})


def from_plugin(error: dict[str, Any], status: int) -> WordPressError:
    """An error that the plugin reported, in its own words: they name the image, term or file."""
    code = str(error.get("code") or "PLUGIN_ERROR")[:60]
    details = error.get("details") if isinstance(error.get("details"), dict) else {}
    step = error.get("step") if isinstance(error.get("step"), str) else None
    entry = all_error_codes().get(code)
    if entry and entry.group in ("connection", "signature"):  # the plugin's words are for its own admins
        return wordpress_error(code, details=details, step=step)
    return WordPressError(
        str(error.get("message") or f"The plugin answered with status {status}.")[:500],
        code=code,
        cure=str((details or {}).get("cure") or (entry.cure if entry else ""))[:500],
        details=details,
        step=step,
        retryable=bool(error.get("retry_recommended")),
    )
