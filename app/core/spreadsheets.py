"""CSV files that a spreadsheet shows as they are written: what begins like a formula is text. Pure."""

import csv
import io
from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
PASSED_OVER = " \xa0\u200b\u200e\u200f\ufeff\0"  # what programs leave out before they look for a formula


def escape_cell(value: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe in front; everything else stays as it is."""
    if not isinstance(value, str):
        return value
    runs = value.startswith(FORMULA) or value.lstrip(PASSED_OVER).startswith(FORMULA)
    return f"'{value}" if runs else value


def unescape_cell(text: str) -> str:
    """The text that `escape_cell` made this of: without the apostrophe, where it put one."""
    return text[1:] if text.startswith("'") and escape_cell(text[1:]) == text else text


def csv_line(cells: Iterable[object]) -> str:
    """One record with its line ending."""
    out = io.StringIO()
    csv.writer(out).writerow([escape_cell(value) for value in cells])
    return out.getvalue()
