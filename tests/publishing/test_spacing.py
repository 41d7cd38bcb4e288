"""Many publishes spread over days: every so often, at one time of day, on weekdays, whatever the clocks do."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.publishing.schedule.spacing import Spacing, spread

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Sao_Paulo")


def local(times: list[datetime], zone: str = BERLIN) -> list[str]:
    return [f"{time.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}" for time in times]


def test_every_second_day_at_nine_and_not_on_weekends() -> None:
    start = datetime(2026, 12, 1, 8, tzinfo=UTC)  # a Tuesday, 09:00 in Berlin
    times = spread(start, BERLIN, 5, Spacing(2, "days", skip_weekends=True))
    expected = ["Tue 01 Dec 09:00", "Thu 03 Dec 09:00", "Mon 07 Dec 09:00", "Wed 09 Dec 09:00", "Fri 11 Dec 09:00"]
    assert local(times) == expected


def test_a_first_day_on_a_weekend_waits_for_monday() -> None:
    times = spread(datetime(2026, 12, 5, 8, tzinfo=UTC), BERLIN, 2, Spacing(1, "weeks", skip_weekends=True))
    assert local(times) == ["Mon 07 Dec 09:00", "Mon 14 Dec 09:00"]


def test_the_time_of_day_stays_when_clocks_change_and_comes_back_after_a_gap() -> None:
    start = datetime(2027, 3, 27, 1, 30, tzinfo=UTC)  # 02:30, which the next day skips
    times = spread(start, BERLIN, 3, Spacing(1))
    assert local(times) == ["Sat 27 Mar 02:30", "Sun 28 Mar 03:00", "Mon 29 Mar 02:30"]
    repeated = spread(datetime(2026, 10, 24, 0, 30, tzinfo=UTC), BERLIN, 3, Spacing(1))
    assert local(repeated) == ["Sat 24 Oct 02:30", "Sun 25 Oct 02:30", "Mon 26 Oct 02:30"]


def test_hours_are_hours_of_the_clock_on_the_wall_of_the_world() -> None:
    times = spread(datetime(2026, 12, 4, 20, tzinfo=UTC), BERLIN, 3, Spacing(3, "hours", skip_weekends=True))
    assert local(times) == ["Fri 04 Dec 21:00", "Mon 07 Dec 00:00", "Mon 07 Dec 03:00"]


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    st.sampled_from(ZONES),
    st.integers(1, 40),
    st.builds(Spacing, st.integers(1, 90), st.sampled_from(["hours", "days", "weeks"]), st.booleans()),
)
def test_times_rise_and_are_never_on_a_weekend_that_is_left_out(
    first: datetime, zone: str, count: int, spacing: Spacing
) -> None:
    times = spread(first.replace(tzinfo=UTC), zone, count, spacing)
    assert len(times) == count
    assert all(earlier < later for earlier, later in pairwise(times))
    assert times[0] >= first.replace(tzinfo=UTC)
    if spacing.skip_weekends:
        assert all(time.astimezone(ZoneInfo(zone)).weekday() < 5 for time in times)
