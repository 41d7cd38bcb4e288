"""Spectra of texts and of dimensions say the same, the smaller is turned, and wide vectors are narrowed first."""

from typing import Any

import numpy as np
import pytest

from app.meaning.contrast import contrasted
from app.meaning.narrowing import WIDEST, narrowed
from app.meaning.packaged import Vectors, unit
from app.meaning.points import points


def directions(count: int, width: int, rank: int = 12) -> Vectors:
    """Unit vectors that vary in `rank` directions, and have one in common."""
    chance = np.random.default_rng(3)
    inner = chance.standard_normal((count, rank)) + 2 * (np.arange(rank) == 0)
    return unit(inner @ chance.standard_normal((rank, width)).astype(np.float32))


def alike(vectors: Vectors) -> Any:
    return pytest.approx(vectors @ vectors.T, abs=2e-3)


@pytest.mark.parametrize(("count", "width"), [(40, 30), (20, 30), (2, 30)])
def test_the_smaller_side_is_turned_and_says_the_same(count: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, turned = directions(count, width), []
    eigh = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: turned.append(len(matrix)) or eigh(matrix))
    own = contrasted(vectors)
    padded = contrasted(np.pad(vectors, ((0, 0), (0, 200))))
    assert turned == [min(count, width), count]
    assert own @ own.T == alike(padded)
    assert np.linalg.norm(own, axis=1) == pytest.approx(np.ones(count), abs=1e-4)
    assert (own @ own.T)[0, 1] < (vectors @ vectors.T)[0, 1]


@pytest.mark.parametrize("count", [1, 5, 600])
def test_wide_vectors_are_as_alike_as_before_when_narrowed(count: int) -> None:
    vectors = directions(count, 1536)
    narrow = narrowed(vectors)
    assert narrow.shape == (count, min(count, WIDEST))
    assert narrow @ narrow.T == alike(vectors)
    assert points(["coffee"] * count, vectors).dense.shape[1] == min(count, WIDEST) + 256


def test_narrow_vectors_and_none_are_left_as_they_are() -> None:
    vectors = directions(3, WIDEST)
    assert narrowed(vectors) is vectors
    assert narrowed(np.zeros((0, 1536), dtype=np.float32)).shape == (0, 1536)
