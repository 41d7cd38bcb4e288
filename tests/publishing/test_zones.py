"""Times that people pick, and the instants they mean: across changes of the clocks and odd zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.publishing.schedule import zones


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2026-12-01T10:00", "UTC", "2026-12-01T10:00"),
        ("2026-12-01T05:00", "America/New_York", "2026-12-01T10:00"),
        ("2026-07-01T06:00", "America/New_York", "2026-07-01T10:00"),
        ("2026-12-01T15:30", "Asia/Kolkata", "2026-12-01T10:00"),
        ("2026-12-01T15:45", "Asia/Kathmandu", "2026-12-01T10:00"),
        ("2026-12-02T00:00", "Pacific/Kiritimati", "2026-12-01T10:00"),
        ("2026-12-01T20:30", "Australia/Lord_Howe", "2026-12-01T09:30"),
        ("2026-12-01T05:00", "Etc/GMT+5", "2026-12-01T10:00"),
    ],
)
def test_local_times_become_utc(local: str, zone: str, utc: str) -> None:
    assert zones.to_instant(datetime.fromisoformat(local), zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone", "after"),
    [
        ("2026-03-08T02:30", "America/New_York", "03:00"),
        ("2026-03-29T02:00", "Europe/Oslo", "03:00"),
        ("2026-10-04T02:15", "Australia/Lord_Howe", "02:30"),
    ],
)
def test_skipped_times_are_refused_with_the_next_that_exists(local: str, zone: str, after: str) -> None:
    with pytest.raises(DomainError) as caught:
        zones.to_instant(datetime.fromisoformat(local), zone)
    assert caught.value.code == "TIME_DOES_NOT_EXIST"
    assert after in caught.value.cure


def test_of_a_repeated_hour_the_person_chooses() -> None:
    local = datetime(2026, 11, 1, 1, 30)
    with pytest.raises(DomainError) as caught:
        zones.to_instant(local, "America/New_York")
    assert caught.value.code == "TIME_IS_REPEATED"
    assert caught.value.details["instants"] == ["2026-11-01T05:30:00+00:00", "2026-11-01T06:30:00+00:00"]
    assert zones.to_instant(local, "America/New_York", second=False).hour == 5
    assert zones.to_instant(local, "America/New_York", second=True).hour == 6


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(DomainError):
        zones.to_instant(datetime(2026, 1, 1), "Mars/Olympus")


def test_one_instant_in_three_zones() -> None:
    instant = datetime(2026, 12, 1, 10, tzinfo=UTC)
    text = zones.format_instant(instant, "America/New_York", "Asia/Karachi")
    assert text == "1 Dec 2026, 10:00 UTC · 05:00 New York · 15:00 your time"
    assert zones.format_instant(instant, "UTC", "UTC") == "1 Dec 2026, 10:00 UTC"
    late = datetime(2026, 12, 1, 23, tzinfo=UTC)
    assert zones.format_instant(late, "UTC", "Asia/Karachi") == "1 Dec 2026, 23:00 UTC · 2 Dec 04:00 your time"
    assert [shown.label for shown in zones.readings_of(instant, "America/New_York", "America/New_York")] == [
        "UTC",
        "New York (site)",
    ]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2037, 12, 31)),
    st.sampled_from(sorted(zone for zone in available_timezones() if "/" in zone)),
)
def test_every_instant_can_be_picked_in_every_zone(moment: datetime, zone: str) -> None:
    instant = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    found = zones.instants(local, zone)
    assert instant in found
    assert len(found) <= 2
    assert found[-1] - found[0] <= timedelta(hours=3)
