"""Sites that are away for a while: a publish waits for them instead of failing (pure).

Waiting is safe: nothing was begun, or the request may be repeated, since for a run that went live the plugin answers
with the stored result.
"""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from app.core.errors import DomainError

LONGEST = timedelta(minutes=15)
SHORTEST = timedelta(seconds=5)
AT_MOST = timedelta(seconds=50)  # between two tries, unless the host asks for more
WORDS = {
    "MAINTENANCE": "The site is being updated; waiting (maintenance mode)",
    "RATE_LIMITED": "The site's host takes no more requests for now; waiting",
    "RESOURCE_LIMIT": "The site's host has stopped it for a while; waiting",
    "ORIGIN_DOWN": "The site's server does not answer; waiting",
    "SERVER_ERROR": "The site's server does not answer; waiting",
}
AWAY = (502, 503, 504)  # said by what stands before WordPress; a 500 is WordPress's own

NOTHING_BEGUN = ("MAINTENANCE", "RATE_LIMITED", "RESOURCE_LIMIT")


def retry_delay(error: DomainError, since: datetime, now: datetime) -> tuple[timedelta, str] | None:
    """How long to wait before the next try, and the message until then.

    None when it has waited long enough or waiting does not help. `since`: when the publish began. The longer it takes,
    the less often it is tried.
    """
    if error.code not in WORDS or (error.code == "SERVER_ERROR" and error.details.get("status") not in AWAY):
        return None
    remaining = since + LONGEST - now
    if remaining <= timedelta(0):
        return None
    wait = max(SHORTEST, min((now - since) / 2, AT_MOST))
    if error.code == "RATE_LIMITED":
        wait = max(wait, parse_retry_after(str(error.details.get("retry_after") or ""), now))
    return min(wait, remaining), WORDS[error.code]


def parse_retry_after(retry_after: str, now: datetime) -> timedelta:
    """The delay of a Retry-After header, in seconds or as a date; zero when it cannot be read."""
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after), 86_400))
    try:
        return max(timedelta(0), parsedate_to_datetime(retry_after) - now)
    except (ValueError, TypeError):
        return timedelta(0)
