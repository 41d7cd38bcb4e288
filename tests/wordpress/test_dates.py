"""Dates of posts are right in WordPress for every kind of time zone, in the hours of a clock change too."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import payload

# Local times around changes: New York skips 02:00-03:00 on 2024-03-10 and repeats 01:00-02:00 on 2024-11-03.
NEW_YORK = ["2024-03-10T06:59:59Z", "2024-03-10T07:00:00Z", "2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z"]
# Lord Howe moves by half an hour; London's summer time ends at 01:00 UTC; Apia left out a whole day.
LORD_HOWE = ["2024-04-06T14:45:00Z", "2024-04-06T15:15:00Z", "2024-10-05T15:29:59Z", "2024-10-05T15:30:00Z"]
LONDON = ["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z", "2024-03-31T00:59:59Z", "2024-03-31T01:00:00Z"]
PLAIN = ["2024-02-29T23:59:59Z", "2023-12-31T18:30:01Z"]
NAMED = {
    "America/New_York": NEW_YORK,
    "Australia/Lord_Howe": LORD_HOWE,
    "Europe/London": LONDON,
    "Asia/Kolkata": PLAIN,
    "Asia/Kathmandu": PLAIN,
    "Pacific/Apia": ["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"],
    "UTC": PLAIN,
}
MANUAL = {"5.5": 5.5, "-3.5": -3.5, "12.75": 12.75, "-12": -12.0, "0": 0.0}
FUTURE = ["2030-11-03T05:30:00Z", "2030-11-03T06:30:00Z", "2030-03-10T07:00:00Z"]


@pytest.fixture
def zoned(site: Site) -> Iterator[Site]:
    """The site, whose time zone is put back afterwards."""
    before = {name: _option(site, name) for name in ("timezone_string", "gmt_offset")}
    yield site
    for name, value in before.items():
        _set(site, name, value)


def _option(site: Site, name: str) -> str:
    return site.value(f"SELECT option_value FROM wp_options WHERE option_name = '{name}'") or ""


def _set(site: Site, name: str, value: str) -> None:
    site.sql(f"UPDATE wp_options SET option_value = '{value}' WHERE option_name = '{name}'")


def _check(site: Site, instant: str, zone: tzinfo) -> None:
    """Publish with this date, update without one, and compare all that WordPress keeps and answers."""
    moment = datetime.fromisoformat(instant)
    local = moment.astimezone(zone)
    sent = payload(post={"date_utc": instant})
    result = site.client.publish(sent).result
    assert result["post_date_utc"] == instant
    assert result["post_date_site"] == local.isoformat()
    assert result["readback"]["date"] is True
    row = site.post(result["post_id"])
    assert row["post_date_gmt"] == moment.strftime("%Y-%m-%d %H:%M:%S")
    assert row["post_date"] == local.strftime("%Y-%m-%d %H:%M:%S")
    assert row["post_status"] == ("future" if moment > datetime.now(UTC) else "publish")

    again = payload(content_id=sent["content_id"], post={"title": "Changed", "date_utc": None})
    updated = site.client.publish(again).result
    assert updated["post_id"] == result["post_id"]
    if moment > datetime.now(UTC):  # publishing makes it live now
        assert (updated["post_status"], updated["post_date_utc"] < instant) == ("publish", True)
        return
    assert updated["post_date_utc"] == instant, "an update without a date moved the post"
    after = site.post(result["post_id"])
    assert {name: after[name] for name in ("post_date", "post_date_gmt")} == {
        name: row[name] for name in ("post_date", "post_date_gmt")
    }


@pytest.mark.parametrize("name", NAMED)
def test_dates_in_a_named_zone(zoned: Site, name: str) -> None:
    _set(zoned, "timezone_string", name)
    for instant in [*NAMED[name], *(FUTURE if name == "America/New_York" else [])]:
        _check(zoned, instant, ZoneInfo(name))


@pytest.mark.parametrize("offset", MANUAL)
def test_dates_with_a_manual_offset(zoned: Site, offset: str) -> None:
    _set(zoned, "timezone_string", "")
    _set(zoned, "gmt_offset", offset)
    for instant in PLAIN:
        _check(zoned, instant, timezone(timedelta(hours=MANUAL[offset])))


def test_without_a_date_a_new_post_gets_the_present_in_both_clocks(zoned: Site) -> None:
    _set(zoned, "timezone_string", "Asia/Kolkata")
    result = zoned.client.publish(payload()).result
    row = zoned.post(result["post_id"])
    gmt = datetime.fromisoformat(f"{row['post_date_gmt']}+00:00")
    assert abs(datetime.now(UTC) - gmt) < timedelta(minutes=2)
    assert row["post_date"] == gmt.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%Y-%m-%d %H:%M:%S")
