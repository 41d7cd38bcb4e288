"""Prices that an account enters for models whose price nobody publishes. Pure.

Typed as US dollars for a million tokens or for an image, kept as millionths of a dollar.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core.errors import DomainError
from app.core.languages import N_, gettext

MAX_PRICES = 50
MAX_MODEL = 200
MAX_DOLLARS = 100_000
MICROS = 1_000_000
OF_AN_IMAGE = "/image"
CURE = N_(
    "Write the model, then dollars per million tokens in and out: my-model 0.25 2.00. For one that makes images, "
    "dollars per image: my-images 0.04/image."
)


def read_prices(text: str) -> dict[str, list[int | None]]:
    """[in, out] by model for lines as `my-model 0.25 2.00`; raises DomainError for what is none.

    A line that ends in `0.04/image` gives [in, out, image]; in and out are None where it says nothing else.
    """
    prices: dict[str, list[int | None]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        model, price = _price_in(line)
        if model in prices:
            raise _invalid_prices(gettext("“%(model)s” has two prices.", model=model))
        prices[model] = price
    if len(prices) > MAX_PRICES:
        raise _invalid_prices(gettext("There is room for %(max_prices)s prices.", max_prices=MAX_PRICES))
    return prices


def _price_in(line: str) -> tuple[str, list[int | None]]:
    words = line.split()
    image = _micros(words.pop().removesuffix(OF_AN_IMAGE)) if words[-1].endswith(OF_AN_IMAGE) else None
    tokens = [_micros(word) for word in words[-2:]] if len(words) > 2 else []
    if image is None and (not tokens or None in tokens):
        raise _invalid_prices(gettext("“%(line)s” is not the price of a model.", line=line[:80]))
    if not tokens or None in tokens:
        model, tokens = " ".join(words), [None, None]
    else:
        model = " ".join(words[:-2])
    if not 1 <= len(model) <= MAX_MODEL:
        raise _invalid_prices(gettext("“%(line)s” is not the price of a model.", line=line[:80]))
    return model, tokens if image is None else [*tokens, image]


def in_lines(prices: Mapping[str, Any]) -> str:
    """The prices as they are typed."""
    return "\n".join(f"{model} {' '.join(_typed(price))}" for model, price in prices.items())


def _typed(price: Sequence[int | None]) -> list[str]:
    tokens = [_dollars(amount) for amount in price[:2] if amount is not None]
    return tokens + [f"{_dollars(amount)}{OF_AN_IMAGE}" for amount in price[2:] if amount is not None]


def _micros(typed: str) -> int | None:
    try:
        amount = Decimal(typed.removeprefix("$"))
    except InvalidOperation:
        return None
    return round(amount * MICROS) if amount.is_finite() and 0 <= amount <= MAX_DOLLARS else None


def _dollars(micros: int) -> str:
    amount = f"{Decimal(micros) / MICROS:f}"
    whole, _, part = amount.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def _invalid_prices(message: str) -> DomainError:
    return DomainError(message, code="AI_PROVIDER_INVALID", field="prices", cure=gettext(CURE))
