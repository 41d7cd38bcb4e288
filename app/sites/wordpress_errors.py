"""Why a WordPress could not be talked to, in words: the one table of codes, sentences and cures."""

from typing import Any

from app.core.errors import DomainError
from app.core.http import OutboundError


class WordPressError(DomainError):
    """The site, or something in front of it, did not do what was asked."""

    status = 502

    def __init__(self, message: str, *, step: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.step = step

    def as_dict(self) -> dict[str, Any]:
        """Adds the publish step (name or None) to the common form."""
        return {**super().as_dict(), "step": self.step}


# code: (message, cure, may the same request succeed later)
TABLE: dict[str, tuple[str, str, bool]] = {
    "NOT_CONNECTED": (
        "This site is not connected to WordPress yet.",
        "Open the site's settings, copy the connection key and paste it into the IGNY8 plugin.",
        False,
    ),
    "ADDRESS_BLOCKED": (
        "The site's address leads to a private network, which is not called.",
        "Use the public address. For a WordPress on your own machine, add its host to ALLOWED_PRIVATE_HOSTS.",
        False,
    ),
    "DNS": ("There is no host of that name.", "Check the site's address in its settings.", True),
    "REFUSED": ("The server refuses connections.", "Check that the site is up and its address is right.", True),
    "TIMEOUT": ("WordPress did not answer in time.", "Try again in a minute. Check that the site is not slow.", True),
    "TLS": (
        "The site's certificate cannot be trusted.",
        "Renew the certificate with your host, then try again.",
        False,
    ),
    "REDIRECTS": (
        "The site redirects our requests elsewhere.",
        "Set the site's address in its settings to the one that the browser ends at.",
        False,
    ),
    "BROKEN": ("The connection broke off.", "Try again in a minute.", True),
    "TOO_LARGE": ("The answer was larger than expected.", "Something else than the plugin answers. Check it.", False),
    "PLUGIN_MISSING": (
        "WordPress answers, but the IGNY8 plugin does not.",
        "Install and activate the IGNY8 plugin in WordPress. You can download it in the site's settings.",
        False,
    ),
    "REST_CLOSED": (
        "A plugin or the host closes the WordPress REST API.",
        "Allow the routes under /wp-json/igny8/ in your security plugin.",
        False,
    ),
    "FIREWALL": (
        "A firewall in front of WordPress turned the request away.",
        "Allow requests to /wp-json/igny8/ from this server in Wordfence, Cloudflare or your host's firewall.",
        False,
    ),
    "MAINTENANCE": ("WordPress is in maintenance mode.", "Wait until its updates are done.", True),
    "SERVER_ERROR": (
        "WordPress answered with a server error.",
        "Look in the site's PHP error log, or switch plugins off one by one.",
        True,
    ),
    "NOT_WORDPRESS": (
        "This address does not answer like a WordPress with the IGNY8 plugin.",
        "Check the site's address, and that the plugin is active.",
        False,
    ),
    "ANSWER_UNSIGNED": (
        "The answer was not signed by the connected plugin.",
        "A cache or proxy may answer in its place. Exclude /wp-json/igny8/ from caching.",
        False,
    ),
    "SIGNATURE_MISSING": (
        "The host removes our request headers.",
        "Ask the host to let headers that start with X-IGNY8 through.",
        False,
    ),
    "SIGNATURE_INVALID": (
        "WordPress does not accept our signature.",
        "Copy the connection key again and paste it into the plugin.",
        False,
    ),
    "KEY_UNKNOWN": (
        "WordPress knows another connection key.",
        "Copy the connection key from the site's settings and paste it into the plugin again.",
        False,
    ),
    "TIMESTAMP_OUT_OF_RANGE": (
        "The clocks of the two servers differ by more than 5 minutes.",
        "Have the clock of the WordPress server set by NTP.",
        False,
    ),
    "NONCE_REPLAYED": ("WordPress had seen this request already.", "Try again.", True),
    "SITE_CLONED": (
        "This WordPress is a copy, or it moved: its address differs from the one that was paired.",
        "If it moved for good, paste the connection key again. On a copy, disconnect the plugin.",
        False,
    ),
    "CONTRACT_UNSUPPORTED": (
        "The plugin and the app do not speak the same version.",
        "Download the plugin from the site's settings and update it in WordPress.",
        False,
    ),
    "CLAIMED_BY_OTHER": ("Another publish of this content is under way in WordPress.", "Wait a minute.", True),
}

OUTBOUND = {
    "blocked": "ADDRESS_BLOCKED", "dns": "DNS", "refused": "REFUSED", "timeout": "TIMEOUT", "tls": "TLS",
    "redirects": "REDIRECTS", "too_large": "TOO_LARGE", "broken": "BROKEN",
}  # fmt: skip


def known(code: str, *, details: dict[str, Any] | None = None, step: str | None = None) -> WordPressError:
    """The error of this code from the table."""
    message, cure, retryable = TABLE[code]
    return WordPressError(message, code=code, cure=cure, retryable=retryable, details=details, step=step)


def from_outbound(error: OutboundError) -> WordPressError:
    """What failed before any answer came."""
    return known(OUTBOUND[error.kind], details={"reason": error.message})


def from_plugin(error: dict[str, Any], status: int) -> WordPressError:
    """An error that the plugin reported; its own words where the table has none."""
    code = str(error.get("code") or "PLUGIN_ERROR")[:60]
    details = error.get("details") if isinstance(error.get("details"), dict) else {}
    step = error.get("step") if isinstance(error.get("step"), str) else None
    if code in TABLE:
        return known(code, details=details, step=step)
    return WordPressError(
        str(error.get("message") or f"The plugin answered with status {status}.")[:500],
        code=code,
        cure=str((details or {}).get("cure") or "")[:500],
        details=details,
        step=step,
        retryable=bool(error.get("retry_recommended")),
    )
