"""Clusters for titles that share no words with any keyword, by what both mean. Commits as it goes."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.ai.builtin_matching import Match
from app.meaning.services import points_of

LEAST_ALIKE = 0.4
KEYWORDS_OF_ONE, MOST_KEYWORDS = 10, 3000


def matches(account_id: int, texts: Sequence[tuple[int, str]], topics: Mapping[int, Sequence[str]]) -> dict[int, Match]:
    """The cluster whose keyword is most alike to each title, by the id that goes with it; none where all are far.

    `topics` are the keywords of each cluster, those that speak for it most first. Empty where there are so many
    clusters that it would take too long.
    """
    pairs = [(topic, word) for topic, words in topics.items() for word in words[:KEYWORDS_OF_ONE] if word.strip()]
    if not pairs or not texts or len(pairs) > MOST_KEYWORDS:
        return {}
    points = points_of(account_id, [word for _topic, word in pairs] + [text for _id, text in texts])
    likeness = points.likeness(np.arange(len(pairs), len(points)), np.arange(len(pairs)))
    found = {}
    for row, (text_id, _text) in enumerate(texts):
        best = int(likeness[row].argmax())
        if (alike := float(likeness[row, best])) >= LEAST_ALIKE:
            topic, word = pairs[best]
            found[text_id] = Match(topic, min(100, round(100 * alike)), word)
    return found
