"""How well a page serves as the target of a link: features of the pair, their weights, and the reason in words. Pure.

The weights are those of a listwise logistic regression (softmax over a source's candidates) on the odd half of the
sources of two real sites, whose links had been taken out: `benchmarks/links.py` says how it was done, and
what it gives on the other half. KNOWN is for sites some of whose links are known, UNKNOWN for those without: there
the nearest paragraph counts more than the whole text, of which pages that say the same are near, too.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.linker.pages import RAREST, Rarity

Array = NDArray[np.float64]
FEATURES = (
    "text",
    "text_log",
    "paragraph",
    "title",
    "phrase",
    "whole_title",
    "meaning",
    "section",
    "older",
    "distance",
    "undated",
    "length",
    "links_in",
    "anchors",
    "neighbours",
    "back",
)
KNOWN: Mapping[str, float] = {
    "text": 3.4208,
    "text_log": 0.0,
    "paragraph": 0.0,
    "title": 2.5741,
    "phrase": 0.6738,
    "whole_title": 0.2577,
    "meaning": 4.2276,
    "section": 0.1617,
    "older": 2.2437,
    "distance": -0.3919,
    "undated": -0.6971,
    "length": 0.3503,
    "links_in": 0.8443,
    "anchors": 0.5624,
    "neighbours": 2.4393,
    "back": 0.6592,
}
UNKNOWN: Mapping[str, float] = {
    "text": -3.0608,
    "text_log": 0.5228,
    "paragraph": 1.3609,
    "title": 3.109,
    "phrase": 0.3972,
    "whole_title": 0.201,
    "meaning": 2.5408,
    "section": 0.1709,
    "older": 2.2541,
    "distance": -0.285,
    "undated": 0.4762,
    "length": 0.9384,
    "links_in": 0.0,
    "anchors": 0.0,
    "neighbours": 0.0,
    "back": 0.0,
}
# Where a score is 50 per cent: where a word of two pages weighs nothing, and how much more where it weighs all that a
# word can; and how far it is from there to 73. Fitted on the same half: `docs/linker-anchors.md`.
SCALE_KNOWN = (2.84, 9.4, 1.35)
SCALE_UNKNOWN = (-3.9, 15.6, 1.34)
# Not learnt, as neither site has them: half of what a title named in the text is worth.
CLUSTER_WEIGHT = 0.8


@dataclass
class LinkPair:
    """What is known of one source and one target. Numbers as `FEATURES` names them; the rest is for the reason."""

    target_id: int
    values: dict[str, float] = field(default_factory=dict)
    same_cluster: bool = False
    phrase: tuple[str, ...] = ()
    anchor_sources: int = 0


def matrix(pairs: Sequence[LinkPair]) -> Array:
    """The features of the pairs, one row each."""
    return np.array([[pair.values.get(name, 0.0) for name in FEATURES] for pair in pairs], dtype=np.float64)


def raw_scores(pairs: Sequence[LinkPair], *, links_known: bool) -> Array:
    """The higher, the better a target; comparable among the targets of one source alone."""
    if not pairs:
        return np.zeros(0)
    weights = KNOWN if links_known else UNKNOWN
    clusters = np.array([CLUSTER_WEIGHT * pair.same_cluster for pair in pairs])
    return np.asarray(matrix(pairs) @ np.array([weights[name] for name in FEATURES]) + clusters)


def match_percent(score: float, *, links_known: bool, pages: int) -> int:
    """A score as 0 to 100, on a site of so many pages: how often editors link to pages of such a score.

    What a pair can reach is more on a large site, where words that two pages share are rarer, and there are more pages
    that reach something by chance.
    """
    least, more, width = SCALE_KNOWN if links_known else SCALE_UNKNOWN
    middle = least + more * shared_rarity(pages)
    return round(100 / (1 + math.exp(-max(-30.0, min(30.0, (score - middle) / width)))))


def shared_rarity(pages: int) -> float:
    """How rare a word is that two of so many pages have, of what a word can be: 0 to 1."""
    return Rarity(pages, {0: 2}).of(0) / RAREST


def date_features(source_day: int | None, target_day: int | None) -> dict[str, float]:
    """Editors link to what is older, and to what is of the same weeks."""
    if source_day is None or target_day is None:
        return {"older": 0.0, "distance": 0.0, "undated": 1.0}
    days = source_day - target_day
    return {"older": float(days >= 0), "distance": math.log1p(abs(days)), "undated": 0.0}


def likeness_log(likeness: float) -> float:
    """A likeness as its logarithm: from much to very much alike is a smaller step than from hardly to somewhat."""
    return math.log(max(0.0, likeness) + 0.02)
