"""Names in titles are known again in keywords; titles in capitals throughout teach none."""

import pytest

from app.ai.builtin.spelling import Spelling


@pytest.mark.parametrize(
    ("title", "keyword"),
    [
        ("What Gas Goes In The Vehicle: part 8", "what gas does the car need"),
        ("Moka Pot Coffee: part 1", "how to clean a moka pot"),
        ("How to Clean a Moka Pot in Five Minutes", "clean moka pot in vinegar"),
        ("A Guide To The Best Beans", "best beans to buy"),
    ],
)
def test_a_title_in_capitals_teaches_no_names(title: str, keyword: str) -> None:
    assert Spelling([title]).of(keyword) == keyword


@pytest.mark.parametrize(
    ("title", "keyword", "written"),
    [
        ("Moving to New York: what it costs", "rent in new york", "rent in New York"),
        ("Coffee from Costa Rica", "is costa rica coffee good", "is Costa Rica coffee good"),
        ("Setting up macOS with Raspberry Pi", "raspberry pi and macos", "Raspberry Pi and macOS"),
        ("Shopify Payments: fees and limits", "shopify payments fees", "Shopify Payments fees"),
        ("Which gas goes in the car?", "can i use diesel", "can I use diesel"),
    ],
)
def test_names_are_written_as_the_title_has_them(title: str, keyword: str, written: str) -> None:
    assert Spelling([title]).of(keyword) == written


def test_a_letter_of_another_language_stays_small() -> None:
    assert Spelling(["Caffè e latte"], "it").of("i migliori caffè") == "i migliori caffè"
