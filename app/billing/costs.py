"""What each operation costs in credits: the one table. Pure."""

import math
from dataclasses import dataclass

WORDS_OF_A_DRAFT = 1500  # what a draft is reserved for; it is settled by the words it has


@dataclass(frozen=True, slots=True)
class Cost:
    """`credits` for each `per` units; of an operation that is priced by words, `usual` is one piece's estimate."""

    label: str
    credits: int
    unit: str
    per: int = 1
    usual: int | None = None

    def of(self, units: int) -> int:
        """Credits for so many units, rounded up; 0 for none."""
        return math.ceil(max(0, units) / self.per) * self.credits

    @property
    def each(self) -> int:
        """What one piece is reserved for."""
        return self.usual if self.usual is not None else self.credits

    @property
    def words(self) -> str:
        """The price in words, as `1 credit per 100 words`."""
        amount = f"{self.credits} credit" if self.credits == 1 else f"{self.credits} credits"
        return f"{amount} per {self.per:,} {self.unit}s" if self.per > 1 else f"{amount} per {self.unit}"


COSTS: dict[str, Cost] = {
    "clustering": Cost("Clustering", 10, "request"),
    "ideas": Cost("Ideas", 15, "cluster"),
    "content": Cost("Drafts", 1, "word", per=100, usual=WORDS_OF_A_DRAFT // 100),
    "image": Cost("Images", 5, "image"),
    "linking": Cost("Linking", 8, "piece"),
    "optimisation": Cost("Optimisation", 1, "word", per=200, usual=math.ceil(WORDS_OF_A_DRAFT / 200)),
    "site_structure": Cost("Site structure", 50, "structure"),
    "site_page": Cost("Site pages", 20, "page"),
    "reparse": Cost("Reading an answer again", 1, "answer"),
    "publishing": Cost("Publishing", 0, "item"),
}


def estimate(operation: str, pieces: int) -> int:
    """Credits to reserve for so many requests, clusters, drafts or images."""
    return COSTS[operation].each * pieces
