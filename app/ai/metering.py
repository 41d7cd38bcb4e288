"""How many tokens a call to a model took, and what they cost."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
PRICES: dict[str, tuple[float, float]] = {
    name: (float(pair[0]), float(pair[1]))
    for name, pair in tomllib.loads(Path(__file__).with_name("prices.toml").read_text()).items()
}


@dataclass
class Tokens:
    """What was sent and answered while a meter ran; `model` is the last one that answered."""

    model: str = ""
    sent: int = 0
    answered: int = 0

    @property
    def cost_micros(self) -> int | None:
        """Their price in millionths of a US dollar; None for a model without a known price."""
        return cost_micros(self.model, self.sent, self.answered)


_meter: ContextVar[Tokens | None] = ContextVar("igny8_tokens", default=None)


def count_tokens(model: str, sent: int, answered: int) -> None:
    """Add the tokens of one answer to the meter that runs, if one does."""
    meter = _meter.get()
    if meter is not None:
        meter.model = model
        meter.sent += sent
        meter.answered += answered


@contextmanager
def metered() -> Iterator[Tokens]:
    """Count the tokens of the calls made within."""
    meter = Tokens()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def call_metered(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> tuple[R, Tokens]:
    """The function's result and the tokens it took; for calls that are made in another thread."""
    with metered() as tokens:
        return function(*args, **kwargs), tokens


def cost_micros(model: str, sent: int, answered: int) -> int | None:
    """What so many tokens cost, in millionths of a US dollar; None for a model without a known price."""
    names = [name for name in PRICES if model == name or model.startswith(f"{name}-")]
    if not names:
        return None
    per_sent, per_answered = PRICES[max(names, key=len)]
    return round(sent * per_sent + answered * per_answered)  # dollars per million are millionths per one
