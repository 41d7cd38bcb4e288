"""Ids of rows that a request names, in its address, a form or a header: read in this one way everywhere."""

from collections.abc import Iterable

MAX_ID = 2**63 - 1
MAX_IDS = 5000


def id_of(text: str | None) -> int | None:
    """The id that `text` is, in ASCII digits and within what the database counts to; None for anything else."""
    if not text or len(text) > 19 or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if 0 < number <= MAX_ID else None


def ids_of(texts: Iterable[str], at_most: int = MAX_IDS) -> list[int]:
    """The ids among these texts, each once, in their order; what is beyond `at_most` is left out."""
    ids = (number for text in texts if (number := id_of(text)) is not None)
    return list(dict.fromkeys(ids))[:at_most]
