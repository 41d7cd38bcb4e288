"""Local times and instants: what a person picks, and the UTC instant it means. Pure, but for the language of its words.

Clocks that are put forward skip times, clocks that are put back show some twice. Neither is guessed at: a skipped time
is refused; for a repeated one the person chooses which is meant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.core.languages import gettext, local_date
from app.sites.error_codes import error_for

DAY, WITH_WEEKDAY = "d MMM y", "EEE d MMM y"


@dataclass(frozen=True)
class Reading:
    """One instant as it reads in a zone."""

    label: str
    text: str


@cache
def _zone_names() -> set[str]:
    """All names, which take 20 ms to read from the disk."""
    return available_timezones()


def get_zone(name: str) -> ZoneInfo:
    """The time zone of this name; raises DomainError for an unknown one."""
    if name not in _zone_names():
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
            message=gettext(
                "On that day the clocks in %(zone_name)s skip %(local)s.",
                zone_name=zone_name,
                local=local.strftime("%H:%M"),
            ),
            cure=gettext(
                "Choose %(after)s or later, or a time before the clocks change.", after=after.strftime("%H:%M")
            ),
        )
    if len(candidates) == 2 and second is None:
        raise error_for(
            "TIME_IS_REPEATED",
            field="time",
            message=gettext(
                "On that day the clocks in %(zone_name)s show %(local)s twice.",
                zone_name=zone_name,
                local=local.strftime("%H:%M"),
            ),
            details={"instants": [instant.isoformat() for instant in candidates]},
        )
    return candidates[-1 if second else 0]


def instant_on(local: datetime, zone_name: str) -> datetime:
    """The instant of a time not picked for this day: after a gap, or the first of a repeated hour."""
    return (instants(local, zone_name) or instants(_first_after(local, zone_name), zone_name))[0]


def _first_after(local: datetime, zone_name: str) -> datetime:
    """The first minute after a gap, as clocks show it."""
    candidate = local
    while not instants(candidate, zone_name):
        candidate += timedelta(minutes=1)
    return candidate


def readings_of(instant: datetime, site_zone: str, own_zone: str) -> list[Reading]:
    """The instant in UTC, in the site's zone and in the person's own; each zone once."""
    zones: dict[str, str] = {"UTC": "UTC"}
    zones.setdefault(site_zone, gettext("%(city)s (site)", city=_city(site_zone)))
    zones.setdefault(own_zone, gettext("%(city)s (your time)", city=_city(own_zone)))
    return [Reading(label, in_full(instant.astimezone(ZoneInfo(name)))) for name, label in zones.items()]


def in_full(local: datetime) -> str:
    """`Tue 1 Dec 2026, 10:00`."""
    return f"{local_date(local, WITH_WEEKDAY)}, {local:%H:%M}"


def format_instant(instant: datetime, site_zone: str, own_zone: str) -> str:
    """`1 Dec 2026, 10:00 UTC · 05:00 New York · 15:00 your time`; a date is repeated where it differs."""
    utc = instant.astimezone(UTC)
    parts = [f"{local_date(utc, DAY)}, {utc:%H:%M} UTC"]
    words = {site_zone: _city(site_zone)}
    words.setdefault(own_zone, gettext("your time"))
    for name, word in words.items():
        local = instant.astimezone(ZoneInfo(name))
        if name == "UTC":
            continue
        day = "" if local.date() == utc.date() else f"{local_date(local, 'd MMM')} "
        parts.append(f"{day}{local:%H:%M} {word}")
    return " · ".join(parts)


def _city(zone_name: str) -> str:
    return zone_name.rsplit("/", 1)[-1].replace("_", " ")
