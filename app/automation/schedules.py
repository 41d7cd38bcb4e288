"""Schedules: cron expressions in a time zone, as times and in words. Pure, but for the language of the words.

A time that the clocks skip in spring is made up when they go on, one that they show twice in autumn comes once; what
comes back within the hour keeps its distance.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

from cronsim import CronSim, CronSimError

from app.core.errors import DomainError
from app.core.languages import N_, gettext, ngettext
from app.publishing.schedule.zones import get_zone

MOST_LENGTH = 120
SHORTEST = timedelta(minutes=5)
LATE = timedelta(minutes=10)  # a time that is found this late was missed
MOST_MISSED = 2_000  # times that are looked at after a long outage
WRONG_FIELDS = {  # what cronsim says of an expression, for people
    "Bad second": N_("its second cannot be read"),
    "Bad minute": N_("its minute cannot be read"),
    "Bad hour": N_("its hour cannot be read"),
    "Bad day-of-month": N_("its day of the month cannot be read, or never comes"),
    "Bad month": N_("its month cannot be read"),
    "Bad day-of-week": N_("its weekday cannot be read"),
}
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def times_after(cron: str, zone: str, instant: datetime) -> Iterator[datetime]:
    """The instants (UTC) of the schedule after `instant`. Raises DomainError for an expression or zone that is none.

    In the hour that is shown twice the clock alone does not say whether a time has been: the instant does.
    """
    local = instant.astimezone(get_zone(zone))
    try:
        return (when for time in CronSim(cron, local) if (when := time.astimezone(UTC)) > instant)
    except CronSimError as error:
        words = WRONG_FIELDS.get(str(error))
        raise not_a_schedule(gettext(words) if words else "") from error


def not_a_schedule(why: str = "") -> DomainError:
    """The error for an expression that cannot be read."""
    return DomainError(
        gettext("This is not a schedule: %(why)s.", why=why) if why else gettext("This is not a schedule."),
        code="SCHEDULE_INVALID",
        field="cron",
        cure=gettext("Write five fields: minute, hour, day of the month, month, weekday. “0 6 * * 1” is Mondays at 6."),
    )


def check_schedule(cron: str, zone: str, now: datetime) -> str:
    """The expression with single spaces. Raises DomainError when it cannot be read, never comes, or too often."""
    expression = " ".join(cron.split())
    if len(expression) > MOST_LENGTH or not expression.isascii():
        raise not_a_schedule()
    if len(expression.split(" ")) != 5:
        raise not_a_schedule(gettext("it has more or fewer than five fields"))
    times = list(islice(times_after(expression, zone, now), 20))
    if not times:
        raise not_a_schedule(gettext("it never comes"))
    if any(later - earlier < SHORTEST for earlier, later in pairwise(times)):
        raise DomainError(
            gettext("This comes more often than every %(minutes)s minutes.", minutes=SHORTEST.seconds // 60),
            code="SCHEDULE_TOO_OFTEN",
            field="cron",
            cure=gettext("Let it come less often: work takes minutes."),
        )
    return expression


def next_time(cron: str, zone: str, now: datetime) -> datetime | None:
    """The next instant (UTC); None when there is none any more."""
    return next(times_after(cron, zone, now), None)


def next_times(cron: str, zone: str, now: datetime, count: int = 5) -> list[datetime]:
    """The next instants (UTC)."""
    return list(islice(times_after(cron, zone, now), count))


def times_between(cron: str, zone: str, first: datetime, now: datetime) -> list[datetime]:
    """The instants (UTC) from `first`, which is one, until `now`; the newest MOST_MISSED of them at most."""
    times = [first]
    for when in times_after(cron, zone, first):
        if when > now:
            break
        times.append(when)
        if len(times) > MOST_MISSED:
            return [newest_before(cron, zone, now)]
    return times


def newest_before(cron: str, zone: str, now: datetime) -> datetime:
    """The last instant (UTC) at or before `now`."""
    local = (now + timedelta(seconds=1)).astimezone(get_zone(zone))
    return next(iter(CronSim(cron, local, reverse=True))).astimezone(UTC)


def in_words(cron: str, zone: str) -> str:
    """The schedule in the current language where it has a usual form, else in English."""
    minute, hour, day, month, weekday = cron.split(" ")
    words = _usual_words(minute, hour, weekday) if (day, month) == ("*", "*") else ""
    if not words:
        words = str(CronSim(cron, datetime.now(UTC)).explain())
    return gettext("%(when)s (%(zone)s)", when=words, zone=zone)


def _usual_words(minute: str, hour: str, weekday: str) -> str:
    if not minute.isdigit():
        return ""
    if hour.startswith("*") and weekday == "*":
        every = hour.removeprefix("*/") if hour != "*" else "1"
        if every.isdigit() and 24 % int(every) == 0:
            return _every_hours(int(every), int(minute))
    if not hour.isdigit():
        return ""
    clock = f"{int(hour):02}:{int(minute):02}"
    if weekday == "*":
        return gettext("Each day at %(clock)s", clock=clock)
    days = _weekday_names(weekday)
    return gettext("%(days)s at %(clock)s", days=", ".join(days), clock=clock) if days else ""


def _every_hours(every: int, minute: int) -> str:
    if not minute:
        return ngettext("Every hour", "Every %(num)s hours", every)
    return ngettext(
        "Every hour, at minute %(minute)s", "Every %(num)s hours, at minute %(minute)s", every, minute=minute
    )


def weekday_names() -> list[str]:
    """The weekdays in the current language, from Monday."""
    return [
        gettext("Monday"),
        gettext("Tuesday"),
        gettext("Wednesday"),
        gettext("Thursday"),
        gettext("Friday"),
        gettext("Saturday"),
        gettext("Sunday"),
    ]


def _weekday_names(weekday: str) -> list[str]:
    names = dict(zip(WEEKDAYS, weekday_names(), strict=True))
    numbers = {str(number): WEEKDAYS[(number - 1) % 7] for number in range(8)}  # 0 and 7 are Sunday
    parts = dict.fromkeys(numbers.get(part, part) for part in weekday.upper().split(","))
    return [names[part] for part in parts] if all(part in names for part in parts) else []
