"""Two versions beside each other, in bounded time whatever they are."""

import random
import time
from collections.abc import Callable

import pytest

from app.core.side_by_side import CONTEXT, MOST_ROWS, DiffLine, side_by_side

CHANCE = random.Random(7)


def random_lines(count: int) -> str:
    return "\n".join(CHANCE.choice("ab") for _ in range(count))


def random_words(lines: int) -> str:
    return "\n".join(" ".join(CHANCE.choice("ab") for _ in range(700)) for _ in range(lines))


def every_second_line() -> tuple[str, str]:
    return "\n".join(map(str, range(200_000))), "\n".join(str(n) if n % 2 else f"x{n}" for n in range(200_000))


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(lambda: ("a\n" * 900_000, "a\n" * 899_999 + "b\n"), id="one line at the end"),
        pytest.param(lambda: ("a\nb\n" * 400_000, "b\nc\n" * 400_000), id="shifted"),
        pytest.param(lambda: (random_lines(300_000), random_lines(300_000)), id="random lines"),
        pytest.param(lambda: (random_words(300), random_words(300)), id="random words"),
        pytest.param(every_second_line, id="every second line"),
    ],
)
def test_it_ends_soon_whatever_the_texts(texts: Callable[[], tuple[str, str]]) -> None:
    theirs, ours = texts()
    began = time.process_time()
    rows = side_by_side(theirs, ours)
    assert time.process_time() - began < 5  # hours for some, before
    assert any(row.kind == "changed" for row in rows)
    assert len(rows) <= MOST_ROWS + 1


def test_what_is_the_same_is_shown_next_to_a_difference_only() -> None:
    lines = [f"line {number}" for number in range(30)]
    rows = side_by_side("\n".join(lines), "\n".join([*lines[:10], "line ten", *lines[11:20], *lines[21:]]))
    assert [row.kind for row in rows] == [
        "skip",
        *["same"] * CONTEXT,
        "changed",
        *["same"] * CONTEXT,
        "skip",
        *["same"] * CONTEXT,
        "changed",
        *["same"] * CONTEXT,
    ]
    assert rows[3] == DiffLine("changed", [("line ", False), ("10", True)], [("line ", False), ("ten", True)])
    assert rows[9] == DiffLine("changed", [("line 20", True)], [])


def test_equal_texts_have_no_rows_and_an_empty_one_is_all_new() -> None:
    assert side_by_side("a\nb", "a\r\nb") == []
    assert side_by_side("", "a") == [DiffLine("changed", [], [("a", True)])]
