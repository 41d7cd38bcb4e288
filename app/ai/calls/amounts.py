"""Amounts of dollars as people type and read them, in millionths. Pure."""

import re
from decimal import Decimal

MOST_DOLLARS = 10_000_000
MICROS = 1_000_000
_AMOUNT = re.compile(r"\d{1,10}(?:\.\d{1,6}|,\d{1,2})?|\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?")


def micros_of(text: str) -> int | None:
    """An amount of dollars in millionths, None for an empty text. `1,000` is a thousand, `0,50` fifty cents.

    Raises ValueError for anything that is not an amount.
    """
    text = text.replace(" ", "").removeprefix("$")
    if not text:
        return None
    if not text.isascii() or not _AMOUNT.fullmatch(text):
        raise ValueError(text)
    number = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    amount = Decimal(number)
    if amount > MOST_DOLLARS:
        raise ValueError(text)
    return int(amount * MICROS)


def dollars_of(micros: int | None) -> str:
    """The amount as the form shows it: at least two decimals, and no more than it has."""
    if micros is None:
        return ""
    whole, rest = divmod(micros, MICROS)
    return f"{whole}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')}"
