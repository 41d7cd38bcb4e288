"""A page that one paragraph is about is near to it, however long the rest of the text is."""

import pytest

from app.linker.pages import PageSource, Rarity, pack, read_page, weightiest, weights_of
from app.linker.paragraphs import ParagraphWeights
from app.linker.words import stem_number

RARITY = Rarity(0)
KETTLE = "Vinegar takes the limescale off a kettle, and citric acid does too."
REST = "Beans from Ethiopia taste of flowers and berries when they are roasted light. "


def page(html: str) -> object:
    return read_page(PageSource(1, "Coffee", html, "/coffee/", None))


def packed(html: str) -> bytes:
    weights = weightiest(weights_of(read_page(PageSource(2, "Kettle", html, "/kettle/", None)), RARITY))
    return pack({stem_number(stem): weight for stem, weight in weights.items()})


@pytest.mark.parametrize("times", [0, 1, 20])
def test_the_nearest_paragraph_counts_whatever_stands_beside_it(times: int) -> None:
    html = f"<p>{KETTLE}</p>" + f"<p>{REST}</p>" * times
    weights = ParagraphWeights(page(html), RARITY)  # type: ignore[arg-type]
    near, far = weights.nearest([packed(f"<p>{KETTLE}</p>"), packed("<p>Whisks froth oat milk.</p>")])
    assert near > 0.8
    assert far < near / 3  # the word of its title stands there


@pytest.mark.parametrize("html", ["", "<p>Yes.</p>", "<p>the of and</p>", "<h2>Vinegar</h2>", "冷萃咖啡需要一整夜。"])
def test_texts_of_hardly_any_words_are_one_paragraph(html: str) -> None:
    weights = ParagraphWeights(page(html), RARITY)  # type: ignore[arg-type]
    assert len(weights.nearest([packed(f"<p>{KETTLE}</p>"), packed("")])) == 2
    assert weights.weights.shape[0] == 1
