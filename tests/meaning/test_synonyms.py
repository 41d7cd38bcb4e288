"""Words that searchers use for each other are one, wherever they have but one sense."""

import pytest

from app.meaning.synonyms import with_one_word_each


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("Top rated running trainers", "top rated running shoes"),
        ("fridge for garage", "refrigerator for garage"),
        ("hypotheek berekenen", "hypotheek calculator"),
        ("dog trainers near me", "dog trainers near me"),
        ("couch to 5k", "couch to 5k"),
        ("vacuum sealer", "vacuum sealer"),
        ("vacuum cleaner", "vacuum cleaner"),
    ],
)
def test_only_words_of_one_sense_stand_for_each_other(text: str, read_as: str) -> None:
    assert with_one_word_each(text) == read_as
    assert with_one_word_each(read_as) == read_as
