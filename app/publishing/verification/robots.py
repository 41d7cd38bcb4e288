"""The time until which a page lets search engines list it: `unavailable_after` (pure)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.core.clock import utcnow

# A date may have a comma in it: what follows is the next word of robots, or the end.
AFTER = re.compile(r"unavailable_after\s*:\s*(.+?)\s*(?=,\s*(?:[a-z_-]+\s*(?:[:,]|$))|$)")


def unavailable_since(robots: str) -> datetime | None:
    """When the page was to be dropped, if that has passed.

    None while it may be listed, or when the date cannot be read.
    """
    times = [time for match in AFTER.finditer(robots.lower()) if (time := _time(match[1]))]
    return min((time for time in times if time < utcnow()), default=None)


def _time(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            parsed = read(text.upper() if read == datetime.fromisoformat else text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return None
