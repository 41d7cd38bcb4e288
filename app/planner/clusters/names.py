"""Names and descriptions for clusters, made from their own keywords. Pure."""

from collections.abc import Sequence

import numpy as np

from app.ai.values import NAME_LENGTH, KeywordInput
from app.ai.wording import searches_such_as, sentence_case, shorten
from app.meaning.packaged import Vectors

SEARCHED, LONG = 0.35, 0.06  # what being searched for adds to a name, and what a word of length takes


def name_from(members: Sequence[KeywordInput], central: Vectors, taken: set[str]) -> str:
    """A name that is not `taken` (casefolded): the keyword that is central, searched for and short.

    `central` is how alike each member is to all of them, on average.
    """
    searched = np.log1p([member.volume or 0 for member in members])
    searched = searched / max(float(searched.max()), 1.0)
    length = np.array([len(member.text.split()) + len(member.text) / 20 for member in members])
    score = central + SEARCHED * searched - LONG * length
    order = sorted(range(len(members)), key=lambda row: (-round(float(score[row]), 4), members[row].text))
    names = [shorten(sentence_case(members[row].text), NAME_LENGTH) for row in order]
    return next((name for name in names if name.casefold() not in taken), None) or _numbered(names[0], taken)


def _numbered(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name} ({number})".casefold() in taken:
        number += 1
    return f"{name} ({number})"


def description_of(members: Sequence[KeywordInput]) -> str:
    """A sentence with the most searched of the keywords."""
    top = sorted(members, key=lambda member: (-(member.volume or 0), member.text))
    return searches_such_as([member.text for member in top[:3]], len(members))
