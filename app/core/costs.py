"""What an operation costs in credits. Pure; the prices themselves stand in the features (`feature.py`)."""

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
    def price_label(self) -> str:
        """The price in words, as `1 credit per 100 words`."""
        amount = f"{self.credits} credit" if self.credits == 1 else f"{self.credits} credits"
        return f"{amount} per {self.per:,} {self.unit}s" if self.per > 1 else f"{amount} per {self.unit}"
