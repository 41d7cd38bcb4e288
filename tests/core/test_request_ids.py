"""Ids that a request names."""

import pytest

from app.core.request_ids import MAX_ID, MAX_IDS, id_of, ids_of


@pytest.mark.parametrize("text", ["7", "007", str(MAX_ID)])
def test_digits_are_an_id(text: str) -> None:
    assert id_of(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [None, "", "0", "-7", "+7", "7.0", " 7", "1_000", "seven", "７", "٧", "²", str(MAX_ID + 1), "9" * 400],
)
def test_anything_else_is_none(text: str | None) -> None:
    assert id_of(text) is None


def test_several_come_once_each_in_their_order_and_no_end_of_them_does_not() -> None:
    assert ids_of(["3", "x", "1", "3", "", "2"]) == [3, 1, 2]
    assert len(ids_of(str(number) for number in range(1, 2 * MAX_IDS))) == MAX_IDS
