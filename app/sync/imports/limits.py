"""How much to ask of a site at once, and how long to wait when it fails (pure)."""

from datetime import timedelta

from app.core.errors import DomainError

FIRST_LIMIT = 100
MOST_ITEMS = 500
VERY_FAST_SECONDS, FAST_SECONDS, SLOW_SECONDS = 0.5, 4.0, 12.0
READ_SECONDS = 60.0
# One post of 5 MB, escaped twice where headers are stripped; what compresses to little is not unpacked beyond this.
MAX_PAGE_BYTES = 24 * 1024 * 1024
MOST_FAILURES = 14
LONGEST_WAIT = 300
# What one post can do to a whole page: run out of memory or time, or have another plugin end the request.
TOO_MUCH = frozenset({"TOO_LARGE", "TIMEOUT", "SERVER_ERROR", "BROKEN", "HOOK_FAILED"})
SKIP_AFTER = 3


def next_limit(limit: int, seconds: float) -> int:
    """How many items to ask for next, after a page that took so long."""
    if seconds > SLOW_SECONDS:
        return max(1, limit // 2)
    if seconds < VERY_FAST_SECONDS:
        return min(MOST_ITEMS, limit * 8)
    return min(MOST_ITEMS, limit * 2) if seconds < FAST_SECONDS else limit


def limit_after(error: DomainError, limit: int) -> int:
    """How many to ask for after this failed: fewer when it may have been too much."""
    return max(1, limit // 4) if error.code in TOO_MUCH else limit


def may_recover(error: DomainError) -> bool:
    """Whether waiting or asking for less may help: also when a firewall counts requests."""
    return error.retryable or error.code in TOO_MUCH or error.details.get("status") == 429


def is_to_be_skipped(error: DomainError, limit: int, failures: int) -> bool:
    """Whether a single item is too much for the site, or for us, and is to be skipped.

    Not when the site seems to fail at every item.
    """
    if limit > 1:
        return False
    return error.code == "TOO_LARGE" or (error.code in TOO_MUCH and SKIP_AFTER <= failures <= MOST_FAILURES)


def import_retry_delay(error: DomainError, failures: int) -> timedelta | None:
    """How long to wait after so many failures in a row, at least as long as the site asks for; None: give up."""
    if failures > MOST_FAILURES:
        return None
    header = str(error.details.get("retry_after") or "")
    retry_after = int(header) if header.isascii() and header.isdecimal() and len(header) < 6 else 0
    return timedelta(seconds=min(LONGEST_WAIT, max(2**failures, retry_after)))
