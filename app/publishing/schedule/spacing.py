"""Many publishes spread over days: how far apart, and the instants that this means (pure).

A spread keeps the time of day of its first publish, as clocks of the zone show it. Where the clocks skip that time it
is the first minute after the gap; where they show it twice it is the first of the two.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.publishing.schedule import zones

UNITS = {"hours": timedelta(hours=1), "days": timedelta(days=1), "weeks": timedelta(weeks=1)}
SATURDAY = 5


@dataclass(frozen=True)
class Spacing:
    """One publish every `every` `unit` (of UNITS); `skip_weekends` moves those of a weekend to the Monday after it."""

    every: int
    unit: str = "days"
    skip_weekends: bool = False


def spread(first: datetime, zone_name: str, count: int, spacing: Spacing) -> list[datetime]:
    """`count` instants (UTC) in order, from `first` (aware) on; days and weekends are those of the zone."""
    instants = [_weekday_after(first.astimezone(UTC), zone_name, spacing)]
    while len(instants) < count:
        instants.append(_weekday_after(_next(instants[-1], first, zone_name, spacing), zone_name, spacing))
    return instants[:count]


def _next(instant: datetime, first: datetime, zone_name: str, spacing: Spacing) -> datetime:
    step = UNITS[spacing.unit] * spacing.every
    if spacing.unit == "hours":
        return instant + step
    zone = zones.get_zone(zone_name)
    day = (instant.astimezone(zone) + step).date()
    return zones.instant_on(datetime.combine(day, first.astimezone(zone).time().replace(fold=0)), zone_name)


def _weekday_after(instant: datetime, zone_name: str, spacing: Spacing) -> datetime:
    """The instant itself, or that time of day on the Monday after its weekend."""
    local = instant.astimezone(zones.get_zone(zone_name)).replace(tzinfo=None, fold=0)
    if not spacing.skip_weekends or local.weekday() < SATURDAY:
        return instant
    return zones.instant_on(local + timedelta(days=7 - local.weekday()), zone_name)
