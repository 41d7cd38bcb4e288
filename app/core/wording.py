"""Small rules of wording."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.languages import NN_, gettext, ngettext


@dataclass(frozen=True, slots=True)
class Changed:
    """What was done, as a sentence, and how many rows were changed."""

    message: str
    count: int


def counted(count: int, words: Sequence[str]) -> str:
    """`1 keyword`, `2,000 keywords` in the current language, from a text marked by `NN_`."""
    return ngettext(words[0], words[1], count)


def left_out_sentence(reasons: Iterable[tuple[int, Sequence[str]]]) -> str:
    """`Left out: 2 pages; 1 item of another site.` from counts and texts marked by `NN_`; empty when all are 0."""
    parts = [counted(count, words) for count, words in reasons if count]
    return gettext("Left out: %(reasons)s.", reasons="; ".join(parts)) if parts else ""


def missing_rows_sentence(count: int) -> str:
    """The sentence to add when rows that were ticked no longer exist; empty when none is missing."""
    return left_out_sentence(
        [(count, NN_("%(num)s that is not there any more", "%(num)s that are not there any more"))]
    )


def enumerated(words: Sequence[str]) -> str:
    """`pages`, `pages and products`, `pages, products and articles` in the current language."""
    if len(words) < 2:
        return "".join(words)
    return gettext("%(words)s and %(last)s", words=", ".join(words[:-1]), last=words[-1])


def sentences(*parts: str) -> str:
    """Those of these sentences that are not empty, one after another."""
    return " ".join(part for part in parts if part)


def many(count: int, noun: str) -> str:
    """`1 keyword`, `2,000 keywords`: in English, for what is stored."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
