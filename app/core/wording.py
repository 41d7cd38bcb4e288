"""Small rules of wording. Pure."""

from collections.abc import Iterable


def left_out_sentence(reasons: Iterable[tuple[int, str]]) -> str:
    """`Left out: 2 pages; 1 item of another site.` from counts and words for one and more; empty when all are 0.

    Each reason is written for one and for more, as in `page|pages`; without a bar it is used for both.
    """
    parts = []
    for count, words in reasons:
        singular, _, plural = words.partition("|")
        if count:
            parts.append(f"{count:,} {singular if count == 1 or not plural else plural}")
    return f" Left out: {'; '.join(parts)}." if parts else ""


def missing_rows_sentence(count: int) -> str:
    """What is added when rows that were ticked are gone; empty when none is."""
    return left_out_sentence([(count, "that is not there any more|that are not there any more")])


def many(count: int, noun: str) -> str:
    """`1 keyword`, `2,000 keywords`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
