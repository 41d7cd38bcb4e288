"""Bar charts as numbers and places, for the templates to draw as SVG (macros/charts.html). Pure, but for language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log10

from app.core.languages import gettext

HEIGHT = 128.0  # pixels of the plot
WIDTH = 100.0  # per cent
FILLED = 0.64  # of a bar's share of the width
STEPS = (1, 2, 4, 10)  # tops whose half is as easy to read


@dataclass(frozen=True)
class Series:
    """What one colour stands for: a `label` marked with `N_`, and its CSS class."""

    label: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """One bar: a value for each series, from the bottom up, and where the rows behind it are listed.

    `short` stands under the bar, `label` is read out and shown on hover.
    """

    label: str
    short: str
    values: tuple[float, ...]
    href: str = ""
    part_hrefs: tuple[str, ...] = ()

    @cached_property
    def total(self) -> float:
        """The height of the bar."""
        return sum(self.values)


@dataclass(frozen=True)
class Part:
    """A rectangle of a bar: `y` and `height` in pixels from the top."""

    tone: str
    y: float
    height: float


@dataclass(frozen=True)
class ChartColumn:
    """A bar in its place: `x`, `width` and the middle in per cent of the plot."""

    bar: Bar
    x: float
    width: float
    middle: float
    parts: tuple[Part, ...]
    is_labelled: bool


@dataclass(frozen=True)
class Chart:
    """Bars side by side. `unit` follows each value (`` s``), with one decimal place if there is one."""

    name: str
    title: str
    series: Sequence[Series]
    bars: Sequence[Bar]
    unit: str = ""
    every: int = 1

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to draw."""
        return not any(bar.total for bar in self.bars)

    @cached_property
    def top(self) -> float:
        """The value at the upper edge: the next of STEPS times a power of ten."""
        highest = max((bar.total for bar in self.bars), default=0)
        if highest <= 0:
            return 1
        power = 10.0 ** floor(log10(highest))
        return next(step * power for step in STEPS if step * power >= highest)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """(y in pixels, label) of the grid lines; no line at one half where values are whole numbers."""
        values = [self.top, 0.0] if self.top == 1 and not self.unit else [self.top, self.top / 2, 0.0]
        return [(self._y(value), self.words(value)) for value in values]

    def words(self, value: float) -> str:
        """A value as it is shown to people."""
        return f"{value:,.1f}{self.unit}" if self.unit else f"{round(value):,}"

    def parts_in_words(self, bar: Bar) -> str:
        """``3 articles, 1 page`` for a bar with several series; otherwise its value."""
        if len(self.series) == 1:
            return self.words(bar.total)
        parts = [f"{self.words(value)} {gettext(series.label).lower()}" for series, value in self._pairs(bar) if value]
        return ", ".join(parts) or gettext("none")

    def columns(self) -> Iterator[ChartColumn]:
        """The bars in their places. Labels count from the last bar, so that the newest has one."""
        share = WIDTH / max(len(self.bars), 1)
        for index, bar in enumerate(self.bars):
            x = index * share + share * (1 - FILLED) / 2
            is_labelled = (len(self.bars) - 1 - index) % self.every == 0
            x, width, middle = (round(place, 2) for place in (x, share * FILLED, (index + 0.5) * share))
            yield ChartColumn(bar, x, width, middle, self._parts(bar), is_labelled)

    def _parts(self, bar: Bar) -> tuple[Part, ...]:
        parts, below = [], 0.0
        for series, value in self._pairs(bar):
            if value:
                upper, lower = self._y(below + value), self._y(below)
                parts.append(Part(series.tone, upper, max(lower - upper, 1)))
                below += value
        return tuple(parts)

    def _pairs(self, bar: Bar) -> Iterator[tuple[Series, float]]:
        return zip(self.series, bar.values, strict=True)

    def _y(self, value: float) -> float:
        return ceil((1 - value / self.top) * HEIGHT * 10) / 10
