"""When a site is compared: at a quiet hour of its own zone, each site at a minute of its own (pure)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

FROM_HOUR, MINUTES = 2, 180
MAY_BE_LATE = timedelta(hours=2)


def next_quiet_hour(now: datetime, zone: str, site_id: int) -> datetime:
    """The next instant after `now` at which this site is compared; between 2 and 5 o'clock there."""
    local = now.astimezone(ZoneInfo(zone))
    minute = site_id * 37 % MINUTES
    local_time = time(FROM_HOUR + minute // 60, minute % 60)
    for day in range(3):
        candidate = datetime.combine(local.date() + timedelta(days=day), local_time, local.tzinfo).astimezone(UTC)
        if candidate > now:
            return candidate
    raise AssertionError("every day has such a minute")
