"""How near a page is to the paragraph of a text that is nearest to it: a link belongs to its place. Pure."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.linker.pages import PACKED, ParsedPage, Rarity, unpack
from app.linker.words import stem_number

MOST_PARAGRAPHS = 60
FEWEST_WORDS = 4  # besides those of grammar
Array = NDArray[np.float64]


class ParagraphWeights:
    """The weights of the stems in each paragraph of a text, at length 1: a row each, by the sorted `numbers`."""

    def __init__(self, page: ParsedPage, rarity: Rarity) -> None:
        """Weigh the paragraphs of a page; all of it as one, where none has enough words."""
        counted = [Counter(stems) for stems in _stems_of(page)]
        self.numbers = np.array(sorted({number for counts in counted for number in counts}) or [0], dtype=np.int64)
        columns = {int(number): place for place, number in enumerate(self.numbers)}
        self.weights = np.zeros((len(counted), len(self.numbers)))
        for place, counts in enumerate(counted):
            for number, count in counts.items():
                self.weights[place, columns[number]] = (1 + math.log(count)) * rarity.of(number)
        lengths = np.sqrt((self.weights**2).sum(axis=1, keepdims=True))
        self.weights /= np.where(lengths > 0, lengths, 1.0)

    def nearest(self, packed: Sequence[bytes]) -> Array:
        """The likeness of each of these packed pages to its nearest paragraph, 0 to 1."""
        numbers, weights = unpack(b"".join(packed))
        pages = np.repeat(np.arange(len(packed)), [len(row) // PACKED.itemsize for row in packed])
        places = np.minimum(np.searchsorted(self.numbers, numbers), len(self.numbers) - 1)
        here = self.numbers[places] == numbers
        shared = np.zeros((len(self.numbers), len(packed)))
        shared[places[here], pages[here]] = weights[here]
        return np.asarray((self.weights @ shared).max(axis=0))


def _stems_of(page: ParsedPage) -> list[list[int]]:
    """The numbers of the stems of each paragraph, without those of grammar."""
    ends, offset = [], 0
    for _block, text in page.read.blocks():
        offset += len(text) + 1
        ends.append(offset)
    paragraphs: list[list[int]] = [[]]
    place = 0
    for word in page.body_words:
        while place < len(ends) and word.start >= ends[place]:
            place += 1
            paragraphs.append([])
        if not word.is_grammar:
            paragraphs[-1].append(stem_number(word.stem))
    long_ones = [stems for stems in paragraphs if len(stems) >= FEWEST_WORDS]
    return long_ones[:MOST_PARAGRAPHS] or [[number for stems in paragraphs for number in stems]]
