"""Markdown and HTML of any shape become blocks in time that grows as their length does, by the process's own time."""

import gc
import time
from collections.abc import Callable, Iterator

import pytest

from app.ai.markup.answer_html import to_html
from app.ai.markup.html_blocks import to_blocks

FEW, TIMES = 3_000, 4
LEAST_SECONDS = 0.03  # what is quicker is measured too badly
SHAPES: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "# H\n\n" + "[" * n,
    "brackets in brackets": lambda n: "# H\n\n" + "[" * n + "]" * n,
    "images that end nowhere": lambda n: "# H\n\n" + "![" * n,
    "links that end nowhere": lambda n: "# H\n\n" + "[a](<b" * n,
    "links without a reference": lambda n: "# H\n\n" + "[x][" * n,
    "brackets in lines": lambda n: "# H\n\n" + "[\n" * n,
    "paragraphs that are never closed": lambda n: "# H\n\n" + "<p>" * n,
    "paragraphs": lambda n: "# H\n\n" + "<p>x</p>" * n,
    "paragraphs among Markdown": lambda n: "**b**<p>x</p>" * n,
    "paragraphs in a line of text": lambda n: "# H\n\ntext " + "<p>" * n,
    "items that are never closed": lambda n: "# H\n\n" + "<li>" * n,
    "emphasis": lambda n: "# H\n\n" + "a***b**c*" * n,
    "rows": lambda n: "|a|b|\n|-|-|\n" + "|x|y|\n" * n,
}


@pytest.fixture(autouse=True)
def without_collector() -> Iterator[None]:
    """No garbage is collected meanwhile: it is other tests' too."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def seconds(text: str) -> float:
    began = time.process_time()
    to_blocks(to_html(text, "T"))
    return time.process_time() - began


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_text_takes_about_four_times_as_long(shape: str) -> None:
    make = SHAPES[shape]
    seconds(make(10))
    few, many = (min(seconds(make(n)) for _ in range(2)) for n in (FEW, TIMES * FEW))
    assert many < 2 * TIMES * max(few, LEAST_SECONDS), f"{few:.3f} s, then {many:.3f} s"
