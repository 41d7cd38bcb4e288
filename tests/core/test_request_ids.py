"""Ids that a request names."""

import pytest

from app.core.errors import NotFound
from app.core.request_ids import MAX_ID, MAX_IDS, id_or_none, ids_of, parse_id


@pytest.mark.parametrize("text", ["7", "007", str(MAX_ID)])
def test_digits_are_an_id(text: str) -> None:
    assert parse_id(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [None, "", "0", "-7", "+7", "7.0", " 7", "1_000", "seven", "７", "٧", "²", str(MAX_ID + 1), "9" * 400],
)
def test_anything_else_is_none(text: str | None) -> None:
    assert parse_id(text) is None


def test_several_come_once_each_in_their_order_and_no_end_of_them_does_not() -> None:
    assert ids_of(["3", "x", "1", "3", "", "2"]) == [3, 1, 2]
    assert len(ids_of(str(number) for number in range(1, 2 * MAX_IDS))) == MAX_IDS


def test_a_choice_of_none_is_none_and_what_is_no_id_never_passes_for_it() -> None:
    assert [id_or_none(text) for text in (None, "", "0", "7")] == [None, None, None, 7]
    for text in ("x", "-1", "00x", "1.5", "٣", "9" * 20):
        with pytest.raises(NotFound):
            id_or_none(text)
