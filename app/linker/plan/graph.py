"""The graph of links between pages, in arrays: how far each page is from the home, and how many link to it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
UNREACHED = -1


@dataclass(frozen=True)
class LinkGraph:
    """Pages 0 to `size` - 1 and the links between them, each pair once and none of a page to itself.

    The links are sorted by their source; those of page n are ``targets[starts[n]:starts[n + 1]]``.
    """

    size: int
    sources: Ints
    targets: Ints
    starts: Ints

    @classmethod
    def of(cls, size: int, sources: Sequence[int] | Ints, targets: Sequence[int] | Ints) -> "LinkGraph":
        """The graph of these links."""
        first, second = np.asarray(sources, dtype=np.int64), np.asarray(targets, dtype=np.int64)
        kept = first != second
        pairs = np.unique(first[kept] * max(1, size) + second[kept])
        own, others = pairs // max(1, size), pairs % max(1, size)
        return cls(size, own, others, np.searchsorted(own, np.arange(size + 1)))

    def with_links(self, pairs: Iterable[tuple[int, int]]) -> "LinkGraph":
        """The graph with these links more."""
        added = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        sources = np.concatenate([self.sources, added[:, 0]])
        return LinkGraph.of(self.size, sources, np.concatenate([self.targets, added[:, 1]]))

    def has(self, source: int, target: int) -> bool:
        """Whether the one page links to the other."""
        row = self.targets[self.starts[source] : self.starts[source + 1]]
        place = int(np.searchsorted(row, target))
        return place < len(row) and int(row[place]) == target

    def incoming(self) -> Ints:
        """How many pages link to each."""
        return np.bincount(self.targets, minlength=self.size)

    def outgoing(self) -> Ints:
        """How many pages each links to."""
        return np.diff(self.starts)

    def depths(self, roots: Iterable[int]) -> Ints:
        """How many clicks each page is from the nearest of `roots`, which are at 0; UNREACHED for the others."""
        depths = np.full(self.size, UNREACHED, dtype=np.int64)
        edge = np.unique(np.array(list(roots), dtype=np.int64))
        depth = 0
        while len(edge):
            depths[edge] = depth
            reached = self._reached_from(edge)
            edge = np.unique(reached[depths[reached] == UNREACHED])
            depth += 1
        return depths

    def _reached_from(self, pages: Ints) -> Ints:
        """The targets of all links of these pages, in one step for the whole edge of the search."""
        counts = self.starts[pages + 1] - self.starts[pages]
        ends = np.cumsum(counts)
        if not len(ends) or not ends[-1]:
            return np.zeros(0, dtype=np.int64)
        steps = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
        return np.asarray(self.targets[np.repeat(self.starts[pages], counts) + steps])
