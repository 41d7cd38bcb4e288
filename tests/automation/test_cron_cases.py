"""Schedules held against the public cases of CronSim, one by one: what an expression means, and what none is.

The names are those of its tests. A schedule that comes more often than every five minutes is refused by
`check_schedule`, so those cases are held against the times themselves. Clocks in Riga went from 03:00 to 04:00 on
28 March 2021, and from 04:00 back to 03:00 on 31 October.
"""

from datetime import UTC, datetime
from itertools import islice, product
from zoneinfo import ZoneInfo

import pytest

from app.automation.schedules import check_schedule, next_times, times_after
from app.core.errors import DomainError

RIGA = "Europe/Riga"
NEW_YEAR = datetime(2020, 1, 1, tzinfo=UTC)
EACH_HOUR = ",".join(map(str, range(24)))
ODD_HOURS = ",".join(map(str, range(1, 24, 2)))
# name: expression, and the minutes of the hour, or hours of the day, at which it comes first
PARSED = {
    "stars": ("* * * * *", ["01-01 00:01", "01-01 00:02"]),
    "numbers": ("1 * * * *", ["01-01 00:01", "01-01 01:01"]),
    "weekday": ("0 0 * * 1", ["01-06 00:00", "01-13 00:00"]),
    "0_sunday": ("0 0 * * 0", ["01-05 00:00", "01-12 00:00"]),
    "list": ("1,2,3 * * * *", ["01-01 00:01", "01-01 00:02", "01-01 00:03", "01-01 01:01"]),
    "interval": ("1-3 * * * *", ["01-01 00:01", "01-01 00:02", "01-01 00:03", "01-01 01:01"]),
    "two_intervals": ("1-2,7-8 * * * *", ["01-01 00:01", "01-01 00:02", "01-01 00:07", "01-01 00:08"]),
    "step": ("*/15 * * * *", ["01-01 00:15", "01-01 00:30", "01-01 00:45", "01-01 01:00"]),
    "interval_with_step": ("0-10/5 * * * *", ["01-01 00:05", "01-01 00:10", "01-01 01:00"]),
    "start_with_step": ("5/15 * * * *", ["01-01 00:05", "01-01 00:20", "01-01 00:35", "01-01 00:50", "01-01 01:05"]),
    "day_l": ("0 0 L * *", ["01-31 00:00", "02-29 00:00", "03-31 00:00"]),
    "day_lowercase_l": ("0 0 l * *", ["01-31 00:00", "02-29 00:00"]),
    "unrestricted_day_restricted_dow": ("0 0 * * 1", ["01-06 00:00"]),
    "restricted_day_unrestricted_dow": ("0 0 1 * *", ["02-01 00:00", "03-01 00:00"]),
    "restricted_day_restricted_dow_is_either": ("0 0 13 * FRI", ["01-03 00:00", "01-10 00:00", "01-13 00:00"]),
    "nth_weekday": ("1 1 * * 1#2", ["01-13 01:01", "02-10 01:01"]),
    "symbolic_weekday": ("0 0 * * MON", ["01-06 00:00"]),
    "lowercase_symbolic_weekday": ("0 0 * * mon", ["01-06 00:00"]),
    "symbolic_month": ("0 0 1 FEB *", ["02-01 00:00"]),
    "weekday_range_from_zero": ("0 0 * * 0-2", ["01-05 00:00", "01-06 00:00", "01-07 00:00", "01-12 00:00"]),
    "sun_tue": ("0 0 * * sun-tue", ["01-05 00:00", "01-06 00:00", "01-07 00:00", "01-12 00:00"]),
    "weekday_step_from_zero": ("0 0 * * */2", ["01-02 00:00", "01-04 00:00", "01-05 00:00", "01-07 00:00"]),
    "l_with_step": ("0 0 L/2 * *", ["01-31 00:00", "02-29 00:00"]),
    "mix_of_ints_and_tuples": ("0 0 * * 1,3#1", ["01-06 00:00", "01-13 00:00"]),
    "weekday_7": ("0 0 * * 7", ["01-05 00:00"]),
    "weekday_l": ("1 1 * * 5L", ["01-31 01:01", "02-28 01:01", "03-27 01:01", "04-24 01:01", "05-29 01:01"]),
    "last_sunday_0": ("1 1 * * 0L", ["01-26 01:01"]),
    "last_sunday_7": ("1 1 * * 7L", ["01-26 01:01"]),
    "l": ("1 1 L * *", ["01-31 01:01"]),
    "dow_star": ("1 1 1-7 * */7", ["01-05 01:01", "02-02 01:01", "03-01 01:01", "04-05 01:01"]),
    "dom_star": ("1 1 */100,1-7 * MON", ["01-06 01:01", "02-03 01:01", "03-02 01:01", "04-06 01:01"]),
}
# name: expression, and for each month where it begins and the next times, as clocks in Riga show them ("!" is winter)
IN_RIGA = {
    "001_every_hour_mar": ("0 * * * *", "03-28 01:30", ["28 02:00!", "28 04:00"]),
    "001_every_hour_oct": ("0 * * * *", "10-31 01:30", ["31 02:00", "31 03:00", "31 03:00!", "31 04:00!"]),
    "002_every_30_minutes_mar": ("*/30 * * * *", "03-28 02:10", ["28 02:30!", "28 04:00", "28 04:30"]),
    "002_every_30_minutes_oct": (
        "*/30 * * * *",
        "10-31 02:10",
        ["31 02:30", "31 03:00", "31 03:30", "31 03:00!", "31 03:30!", "31 04:00!"],
    ),
    "003_every_15_minutes_mar": ("*/15 * * * *", "03-28 02:40", ["28 02:45!", "28 04:00"]),
    "003_every_15_minutes_oct": (
        "*/15 * * * *",
        "10-31 03:20",
        ["31 03:30", "31 03:45", "31 03:00!", "31 03:15!", "31 03:30!", "31 03:45!", "31 04:00!"],
    ),
    "004_every_2_hours_mar": ("0 */2 * * *", "03-28 01:30", ["28 02:00!", "28 04:00", "28 06:00"]),
    "004_every_2_hours_oct": ("0 */2 * * *", "10-31 01:30", ["31 02:00", "31 04:00!", "31 06:00!"]),
    "005_30_minutes_past_every_2_hours_mar": ("30 */2 * * *", "03-28 01:30", ["28 02:30!", "28 04:30"]),
    "005_30_minutes_past_every_2_hours_oct": ("30 */2 * * *", "10-31 01:30", ["31 02:30", "31 04:30!"]),
    "006_every_3_hours_oct": ("0 */3 * * *", "10-31 01:30", ["31 03:00", "31 03:00!", "31 06:00!"]),
    "008_at_1_2_3_4_5_mar": ("0 1,2,3,4,5 * * *", "03-28 01:30", ["28 02:00!", "28 04:00", "28 05:00"]),
    "008_at_1_2_3_4_5_oct": ("0 1,2,3,4,5 * * *", "10-31 01:30", ["31 02:00", "31 03:00", "31 04:00!"]),
    "009_30_past_1_2_3_4_5_mar": ("30 1,2,3,4,5 * * *", "03-28 01:30", ["28 02:30!", "28 04:00", "28 04:30"]),
    "009_30_past_1_2_3_4_5_oct": ("30 1,2,3,4,5 * * *", "10-31 01:30", ["31 02:30", "31 03:30", "31 04:30!"]),
    "010_at_2_mar": ("0 2 * * *", "03-28 01:30", ["28 02:00!", "29 02:00"]),
    "010_at_2_oct": ("0 2 * * *", "10-31 01:30", ["31 02:00", "01 02:00!"]),
    "011_at_3_mar": ("0 3 * * *", "03-27 01:30", ["27 03:00!", "28 04:00", "29 03:00"]),
    "011_at_3_oct": ("0 3 * * *", "10-31 01:30", ["31 03:00", "01 03:00!"]),
    "012_at_4_mar": ("0 4 * * *", "03-27 01:30", ["27 04:00!", "28 04:00", "29 04:00"]),
    "012_at_4_oct": ("0 4 * * *", "10-30 01:30", ["30 04:00", "31 04:00!", "01 04:00!"]),
    "014_every_hour_enumerated_mar": (f"0 {EACH_HOUR} * * *", "03-28 01:30", ["28 02:00!", "28 04:00", "28 05:00"]),
    "014_every_hour_enumerated_oct": (f"0 {EACH_HOUR} * * *", "10-31 01:30", ["31 02:00", "31 03:00", "31 04:00!"]),
    "015_every_other_hour_enumerated_mar": (
        f"0 {ODD_HOURS} * * *",
        "03-28 00:30",
        ["28 01:00!", "28 04:00", "28 05:00"],
    ),
    "015_every_other_hour_enumerated_oct": (
        f"0 {ODD_HOURS} * * *",
        "10-31 00:30",
        ["31 01:00", "31 03:00", "31 05:00!"],
    ),
    "016_at_1_to_5_mar": ("0 1-5 * * *", "03-28 01:30", ["28 02:00!", "28 04:00", "28 05:00"]),
    "016_at_1_to_5_oct": ("0 1-5 * * *", "10-31 01:30", ["31 02:00", "31 03:00", "31 04:00!"]),
    "at_3_15_mar": ("15 3 * * *", "03-27 00:00", ["27 03:15!", "28 04:00", "29 03:15"]),
    "at_3_15_oct": ("15 3 * * *", "10-30 00:00", ["30 03:15", "31 03:15", "01 03:15!"]),
    "every_minute_mar": ("* * * * *", "03-28 02:58", ["28 02:59!", "28 04:00"]),
    "every_minute_oct": ("* * * * *", "10-31 03:58", ["31 03:59", "31 03:00!", "31 03:01!"]),
    "every_minute_from_1_to_6_mar": ("* 1-6 * * *", "03-28 02:58", ["28 02:59!", "28 04:00"]),
    "every_minute_from_1_to_6_oct": ("* 1-6 * * *", "10-31 03:58", ["31 03:59", "31 03:00!", "31 03:01!"]),
}
NONE_AT_ALL = {
    "4_components": "* * * *",
    "lopsided_range": "* * 5-1 * *",
    "underscores": "1-1_0 * * * *",
    "zero_step": "*/0 * * * *",
    "zero_nth": "* * * * 1#0",
    "big_nth": "* * * * 1#6",
    "30_february": "* * 30 2 *",
    "31_april": "* * 31 4 *",
    "dow_l_range": "* * * * 5L-6",
    "dow_l_hash": "* * * * 5L#1",
    "dow_l_slash": "* * * * 5L/3",
    "symbolic_dow_l": "* * * * MONL",
    "no_matches": "1 1 */100 * MON#4",
}
PATTERNS = (
    *("{} * * * *", "* {} * * *", "* * {} * *", "* * * {} *", "* * * * {}", "* * * * * {}"),
    *("1-{} * * * *", "{}-60 * * * *", "* * * {}-DEC *", "* * * JAN-{} *", "* * * * {}-SUN", "* * * * MON-{}"),
)
BAD_VALUES = ("-1", "61", "ABC", "2/", "/2", "2#", "#2", "1##1", "1//2", "¹")


@pytest.mark.parametrize(("cron", "times"), PARSED.values(), ids=PARSED.keys())
def test_it_means(cron: str, times: list[str]) -> None:
    assert [f"{when:%m-%d %H:%M}" for when in next_times(cron, "UTC", NEW_YEAR, len(times))] == times


@pytest.mark.parametrize(("cron", "begin", "times"), IN_RIGA.values(), ids=IN_RIGA.keys())
def test_where_the_clocks_change(cron: str, begin: str, times: list[str]) -> None:
    zone = ZoneInfo(RIGA)
    instant = datetime.strptime(f"2021-{begin}", "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)
    local = [when.astimezone(zone) for when in islice(times_after(cron, RIGA, instant), len(times))]
    assert [f"{when:%d %H:%M}{'' if when.dst() else '!'}" for when in local] == times


@pytest.mark.parametrize("cron", NONE_AT_ALL.values(), ids=NONE_AT_ALL.keys())
def test_it_is_refused(cron: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_schedule(cron, "UTC", NEW_YEAR)
    assert refused.value.code == "SCHEDULE_INVALID"


def test_bad_values_are_refused_in_every_field() -> None:
    for pattern, value in product(PATTERNS, BAD_VALUES):
        with pytest.raises(DomainError) as refused:
            check_schedule(pattern.format(value), "UTC", NEW_YEAR)
        assert refused.value.code == "SCHEDULE_INVALID", pattern.format(value)
