"""CSV files that a spreadsheet shows as they are written: what begins like a formula is text. Pure."""

import csv
import io
from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
PASSED_OVER = " \xa0\u200b\u200e\u200f\ufeff\0"  # what programs leave out before they look for a formula


def cell(value: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe in front; everything else stays as it is."""
    if not isinstance(value, str):
        return value
    runs = value.startswith(FORMULA) or value.lstrip(PASSED_OVER).startswith(FORMULA)
    return f"'{value}" if runs else value


def line(cells: Iterable[object]) -> str:
    """One record with its line ending."""
    out = io.StringIO()
    csv.writer(out).writerow([cell(value) for value in cells])
    return out.getvalue()
