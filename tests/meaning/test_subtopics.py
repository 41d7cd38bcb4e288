"""What several keywords add to a shorter one makes a subject of its own; what one alone adds does not."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from app.meaning import subtopics


def apart(*texts: str) -> set[frozenset[str]]:
    counted = CountVectorizer(binary=True, dtype=np.float32, token_pattern=r"\S+").fit_transform(texts)
    found = subtopics.apart(csr_matrix(counted))
    assert (found == found.T).all()
    return {frozenset((texts[row], texts[column])) for row, column in zip(*found.nonzero(), strict=True)}


def test_words_that_several_keywords_add_set_them_apart_from_the_shorter_one() -> None:
    trail = ("trail shoes", "trail shoes women", "wet trail shoes")
    assert apart("shoes", *trail) == {frozenset(("shoes", text)) for text in trail}


def test_words_that_one_or_two_add_are_variations() -> None:
    assert apart("shoes", "red shoes", "blue shoes", "trail shoes", "trail shoes women") == set()


def test_a_subject_that_nothing_wider_is_beside_is_apart_from_nothing() -> None:
    assert apart("trail shoes", "trail shoes women", "wet trail shoes", "boots") == set()


def test_the_same_words_count_as_often_as_they_come_and_no_words_are_in_nothing() -> None:
    assert apart("shoes", "trail shoes", "shoes trail", "shoes trail") == {
        frozenset(("shoes", text)) for text in ("trail shoes", "shoes trail")
    }
    assert subtopics.apart(csr_matrix((3, 5), dtype=np.float32)).sum() == 0
