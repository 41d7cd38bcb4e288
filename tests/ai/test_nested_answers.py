"""Answers of endpoints that are nested deeper than anything can read: refused in words, no crash."""

import pytest

from app.ai.client.openai_errors import failure_in
from app.ai.client.streamed import NotACompletion, StreamedCompletion

NESTED = "[" * 100_000


def test_an_error_page_of_brackets_is_a_refusal_without_words() -> None:
    failure = failure_in(500, NESTED.encode(), otherwise="Server error")
    assert (failure.status, failure.message) == (500, "Server error")


def test_an_event_of_brackets_is_no_completion() -> None:
    with pytest.raises(NotACompletion):
        StreamedCompletion().add("", NESTED)
