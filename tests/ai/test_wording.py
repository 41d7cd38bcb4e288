"""Small rules of wording."""

import pytest

from app.ai.wording import title_key


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("How to brew: coffee?", "how to brew coffee"),
        ("“Tents” – a guide", "Tents, a guide"),
        ("R&D budget", "r & d budget"),
    ],
)
def test_punctuation_makes_no_other_title(title: str, other: str) -> None:
    assert title_key(title) == title_key(other)


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("C++ tutorial", "C tutorial"),
        ("C# tutorial", "C++ tutorial"),
        (".NET hosting", "Net hosting"),
        ("R&D budget", "RD budget"),
        ("A+ grades", "A grades"),
        ("Save 50% on tea", "Save 50 on tea"),
    ],
)
def test_signs_of_a_name_make_another_title(title: str, other: str) -> None:
    assert title_key(title) != title_key(other)
