"""How a picked time reads: in UTC, the site's zone and the person's own, and when each of many pieces goes live."""

from datetime import datetime
from typing import Any

from app.core.errors import DomainError
from app.publishing.forms import SpreadForm, TimeForm
from app.publishing.schedule import services as schedule
from app.publishing.schedule import zones
from app.publishing.schedule.spacing import spread
from app.sites.models import Site

LISTED = 10


def time_readings(form: TimeForm, site: Site, person_zone: str, count: int = 1) -> dict[str, Any]:
    """What the fragment shows for `count` pieces: the possible instants in each zone, or what is wrong with them.

    `times` are the local times of the first LISTED pieces and of the last one, where they are spread out.
    """
    nothing: dict[str, Any] = {"readings": [], "problem": None, "times": [], "items": count}
    if not form.date.data or not form.time.data:
        return nothing
    try:
        instants = zones.instants(datetime.combine(form.date.data, form.time.data), form.zone.data or site.time_zone)
        problem = None if instants else _time_problem(form)
    except DomainError as error:
        return {**nothing, "problem": error.as_dict()}
    readings = [zones.readings_of(instant, site.time_zone, person_zone) for instant in instants]
    times, too_far = _times(form, count) if len(instants) == 1 else ([], None)
    return {**nothing, "readings": readings, "problem": problem or too_far, "times": times}


def _time_problem(form: TimeForm) -> dict[str, Any] | None:
    try:
        form.instant()
    except DomainError as error:
        return error.as_dict()
    return None


def _times(form: TimeForm, count: int) -> tuple[list[tuple[int, str]], dict[str, Any] | None]:
    """(number, local time) of the pieces of a spread, and why its last time cannot be."""
    if count < 2 or not isinstance(form, SpreadForm) or not form.spacing:
        return [], None
    zone = form.zone.data
    instants = spread(form.instant(), zone, count, form.spacing)
    try:
        schedule.check_time(instants[-1])
    except DomainError as error:
        return [], error.as_dict()
    numbered = list(enumerate(instants, start=1))
    listed = [*numbered[:LISTED], *numbered[LISTED:][-1:]]
    where = zones.get_zone(zone)
    return [(number, zones.in_full(instant.astimezone(where))) for number, instant in listed], None
