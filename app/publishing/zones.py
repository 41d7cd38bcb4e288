"""Local times and instants: what a person picks, and the UTC instant it means (pure).

Clocks that are put forward skip times, clocks that are put back show some twice. Neither is
guessed at: a skipped time is refused, of a repeated one the person chooses which.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from app.sites.error_codes import error_for


@dataclass(frozen=True)
class Reading:
    """One instant as it reads in a zone."""

    label: str
    text: str


def get_zone(name: str) -> ZoneInfo:
    """The time zone of this name; raises DomainError for an unknown one."""
    if name not in available_timezones():
        raise error_for("TIME_ZONE_UNKNOWN", field="zone")
    return ZoneInfo(name)


def instants(local: datetime, zone_name: str) -> list[datetime]:
    """The UTC instants at which clocks of the zone show `local` (naive): none, one, or two in order."""
    where = get_zone(zone_name)
    utc_instants = []
    for fold in (0, 1):
        instant = local.replace(tzinfo=where, fold=fold).astimezone(UTC)
        if instant.astimezone(where).replace(tzinfo=None) == local and instant not in utc_instants:
            utc_instants.append(instant)
    return sorted(utc_instants)


def to_instant(local: datetime, zone_name: str, *, second: bool | None = None) -> datetime:
    """The one instant that is meant. `second` chooses between the two of a repeated hour.

    Raises DomainError TIME_DOES_NOT_EXIST for a skipped time, TIME_IS_REPEATED (details: both
    instants, ISO 8601) when a choice is needed.
    """
    candidates = instants(local, zone_name)
    if not candidates:
        after = _first_after(local, zone_name)
        raise error_for(
            "TIME_DOES_NOT_EXIST",
            field="time",
            message=f"On that day the clocks in {zone_name} skip {local:%H:%M}.",
            cure=f"Choose {after:%H:%M} or later, or a time before the clocks change.",
        )
    if len(candidates) == 2 and second is None:
        raise error_for(
            "TIME_IS_REPEATED",
            field="time",
            message=f"On that day the clocks in {zone_name} show {local:%H:%M} twice.",
            details={"instants": [instant.isoformat() for instant in candidates]},
        )
    return candidates[-1 if second else 0]


def _first_after(local: datetime, zone_name: str) -> datetime:
    """The first minute after a gap, as clocks show it."""
    candidate = local
    while not instants(candidate, zone_name):
        candidate += timedelta(minutes=1)
    return candidate


def readings_of(instant: datetime, site_zone: str, own_zone: str) -> list[Reading]:
    """The instant in UTC, in the site's zone and in the person's own; each zone once."""
    zones: dict[str, str] = {"UTC": "UTC"}
    zones.setdefault(site_zone, f"{_city(site_zone)} (site)")
    zones.setdefault(own_zone, f"{_city(own_zone)} (your time)")
    return [
        Reading(label, f"{instant.astimezone(ZoneInfo(name)):%a %-d %b %Y, %H:%M}") for name, label in zones.items()
    ]


def format_instant(instant: datetime, site_zone: str, own_zone: str) -> str:
    """`1 Dec 2026, 10:00 UTC · 05:00 New York · 15:00 your time`; a date is repeated where it differs."""
    utc = instant.astimezone(UTC)
    parts = [f"{utc:%-d %b %Y, %H:%M} UTC"]
    for name, word in ((site_zone, _city(site_zone)), (own_zone, "your time")):
        local = instant.astimezone(ZoneInfo(name))
        if name == "UTC" or (word == "your time" and name == site_zone):
            continue
        day = "" if local.date() == utc.date() else f"{local:%-d %b} "
        parts.append(f"{day}{local:%H:%M} {word}")
    return " · ".join(parts)


def _city(zone_name: str) -> str:
    return zone_name.rsplit("/", 1)[-1].replace("_", " ")
