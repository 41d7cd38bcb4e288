"""What a short message looks like."""

import pytest
from flask import Flask, get_flashed_messages

from app.core.htmx import toast


@pytest.mark.parametrize(
    ("message", "changed", "level"),
    [
        ("Moved 0 keywords to “Tents”. Left out 3: there already.", 0, "info"),
        ("Term attached to 0 items.", 0, "info"),
        ("Moved 10 keywords to “Tents”.", 10, "success"),
        ("No keyword is hidden any more.", 1, "success"),
        ("Nothing is asked twice now.", None, "success"),
    ],
)
def test_what_changed_nothing_has_no_tick_whatever_its_words(
    app: Flask, message: str, changed: int | None, level: str
) -> None:
    with app.test_request_context("/"):
        toast(message, changed=changed)
        assert get_flashed_messages(with_categories=True) == [(level, message)]


def test_an_error_stays_one(app: Flask) -> None:
    with app.test_request_context("/"):
        toast("None could be moved.", "error", changed=0)
        assert get_flashed_messages(with_categories=True) == [("error", "None could be moved.")]
