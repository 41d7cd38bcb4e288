"""How much a site is asked for at once, and how long to wait when it fails."""

from datetime import timedelta

import pytest

from app.sites.wordpress_errors import wordpress_error
from app.sync.imports import limits


def test_pages_grow_while_they_are_fast_and_shrink_when_they_are_slow() -> None:
    assert limits.next_limit(100, 2.0) == 200
    assert limits.next_limit(400, 0.1) == limits.MOST_ITEMS
    assert (limits.next_limit(10, 0.1), limits.next_limit(10, 1.0)) == (80, 20)
    assert limits.next_limit(100, 6.0) == 100
    assert limits.next_limit(100, 20.0) == 50
    assert limits.next_limit(1, 30.0) == 1


@pytest.mark.parametrize(("code", "expected"), [("TIMEOUT", 25), ("TOO_LARGE", 25), ("MAINTENANCE", 100), ("DNS", 100)])
def test_after_a_failure_less_is_asked_for_when_it_may_have_been_too_much(code: str, expected: int) -> None:
    assert limits.limit_after(wordpress_error(code), 100) == expected


def test_waits_double_up_to_five_minutes_and_end() -> None:
    waits = [
        limits.import_retry_delay(wordpress_error("TIMEOUT"), failures)
        for failures in range(1, limits.MOST_FAILURES + 2)
    ]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits[-2:] == [timedelta(seconds=limits.LONGEST_WAIT), None]
    told = wordpress_error("MAINTENANCE", details={"retry_after": "90"})
    assert limits.import_retry_delay(told, 1) == timedelta(seconds=90)


def test_what_waiting_cannot_cure_is_not_tried_again() -> None:
    assert limits.may_recover(wordpress_error("TIMEOUT"))
    assert limits.may_recover(wordpress_error("FIREWALL", details={"status": 429}))
    assert not limits.may_recover(wordpress_error("FIREWALL", details={"status": 403}))
    assert not limits.may_recover(wordpress_error("SITE_CLONED"))


def test_only_a_single_item_is_left_out() -> None:
    assert limits.is_to_be_skipped(wordpress_error("TOO_LARGE"), 1, 0)
    assert not limits.is_to_be_skipped(wordpress_error("TOO_LARGE"), 2, 0)
    assert limits.is_to_be_skipped(wordpress_error("SERVER_ERROR"), 1, limits.SKIP_AFTER)
    assert not limits.is_to_be_skipped(wordpress_error("SERVER_ERROR"), 1, 1)
    assert not limits.is_to_be_skipped(wordpress_error("SERVER_ERROR"), 1, limits.MOST_FAILURES + 1)
    assert not limits.is_to_be_skipped(wordpress_error("MAINTENANCE"), 1, 10)
