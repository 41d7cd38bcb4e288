"""What an operation costs in credits. The prices themselves are in the features (`feature.py`)."""

import math
from dataclasses import dataclass

from app.core.languages import NN_, ngettext
from app.core.wording import counted

PRICES = {
    "request": NN_("%(num)s credit per request", "%(num)s credits per request"),
    "cluster": NN_("%(num)s credit per cluster", "%(num)s credits per cluster"),
    "item": NN_("%(num)s credit per item", "%(num)s credits per item"),
    "word": NN_("%(num)s credit per word", "%(num)s credits per word"),
    "content": NN_("%(num)s credit per content", "%(num)s credits per content"),
    "image": NN_("%(num)s credit per image", "%(num)s credits per image"),
    "structure": NN_("%(num)s credit per structure", "%(num)s credits per structure"),
    "page": NN_("%(num)s credit per page", "%(num)s credits per page"),
    "section": NN_("%(num)s credit per section", "%(num)s credits per section"),
}


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
        """The price in words, such as `1 credit per 100 words`."""
        if self.per > 1:
            return ngettext(
                "%(num)s credit per %(per)s words", "%(num)s credits per %(per)s words", self.credits, per=self.per
            )
        words = PRICES.get(self.unit) or (f"%(num)s credit per {self.unit}", f"%(num)s credits per {self.unit}")
        return counted(self.credits, words)
