"""What is a passive. `benchmarks/optimizer_passive.py` measures how often that is right."""

import pytest

from app.optimizer.analysis.passive import is_passive


@pytest.mark.parametrize(
    "sentence",
    [
        "The cat was fed by us.",
        "It’s called a moka pot.",
        "They have never really been told.",
        "When was the town founded?",
        "Why is the city called Miramar?",
        "He got fired on Monday.",
        "The job can, however, be done.",
        "Attached is a list.",
        "The data were crowdsourced.",
        "These hooks are used only for links.",
        "It isn’t known.",
    ],
)
def test_passive(sentence: str) -> None:
    assert is_passive(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "We fed the cat.",
        "I am interested in tea.",
        "She is gone.",
        "They were tired and happy.",
        "He has written a book.",
        "It is a used car.",
        "The shop is open.",
        "I will get involved.",
        "This is what she said.",
        "",
    ],
)
def test_active(sentence: str) -> None:
    assert not is_passive(sentence)
