"""What a score is in per cent: the same on small sites and large ones."""

from itertools import pairwise

import pytest

from app.linker.scoring import match_percent, shared_rarity

SIZES = (1, 5, 20, 100, 1000)


@pytest.mark.parametrize("links_known", [False, True])
def test_the_higher_the_score_the_more_per_cent(links_known: bool) -> None:
    for pages in SIZES:
        shown = [match_percent(float(score), links_known=links_known, pages=pages) for score in range(-40, 60, 2)]
        assert shown == sorted(shown)
        assert (shown[0], shown[-1]) == (0, 100)


def test_a_word_of_two_pages_is_rarer_the_more_pages_there_are() -> None:
    shares = [shared_rarity(pages) for pages in (0, *SIZES)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.8 < shares[-1] < 1


# Where editors had linked to half of the pages of such a score, as a mean of two sites: `docs/linker-anchors.md`.
@pytest.mark.parametrize(("pages", "half"), [(5, 2.9), (20, 5.8), (100, 7.5), (1000, 9.1)])
def test_half_is_where_editors_linked_to_half_of_the_pages(pages: int, half: float) -> None:
    assert 35 <= match_percent(half, links_known=False, pages=pages) <= 65
    assert match_percent(half + 3, links_known=False, pages=pages) >= 85
    assert match_percent(half - 4, links_known=False, pages=pages) <= 10


def test_the_same_score_is_worth_less_the_larger_the_site() -> None:
    shown = [match_percent(6.0, links_known=False, pages=pages) for pages in SIZES]
    assert all(small > large for small, large in pairwise(shown[1:]))
