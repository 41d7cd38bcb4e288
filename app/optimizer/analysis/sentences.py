"""Sentences and words of a passage. Pure."""

import re
from dataclasses import dataclass
from functools import cached_property

from app.optimizer.analysis.lexicon import LETTERS_A_WORD, UNSPACED

WORD = re.compile(r"[^\W_]+(?:[’'.\-_/@&][^\W_]+)*")
_END = re.compile(r"[.!?…]+[\"'”’)\]»]*(?=\s|$)|[。！？؟۔।]+[」』”]*")
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sr",
        "jr",
        "st",
        "vs",
        "etc",
        "inc",
        "ltd",
        "co",
        "corp",
        "no",
        "vol",
        "fig",
        "ca",
        "cf",
        "al",
        "approx",
        "dept",
        "est",
        "gen",
        "gov",
        "hon",
        "lt",
        "col",
        "rep",
        "rev",
        "sen",
        "sgt",
        "capt",
        "maj",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
    ]
)


@dataclass
class Sentence:
    """A sentence, which begins at `start` in the text of its passage."""

    text: str
    start: int
    language: str = "en"

    @cached_property
    def words(self) -> list[str]:
        """Its words as they are spelled."""
        return WORD.findall(self.text)

    @cached_property
    def folded(self) -> list[str]:
        """Its words in lower case, with straight apostrophes."""
        return [word.casefold().replace("’", "'") for word in self.words]

    @cached_property
    def lower(self) -> str:
        """Its text in lower case, with straight apostrophes."""
        return self.text.casefold().replace("’", "'")

    @cached_property
    def length(self) -> int:
        """How many words it has; where words have no spaces between them, two characters count as one."""
        if self.language not in UNSPACED:
            return len(self.words)
        letters = sum(map(len, self.words))
        return (letters + LETTERS_A_WORD - 1) // LETTERS_A_WORD


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Where the sentences of a text without line breaks begin and end."""
    spans, start = [], 0
    for match in _END.finditer(text):
        if _ends_nothing(text, start, match):
            continue
        spans.append((start, match.end()))
        start = match.end()
        while start < len(text) and text[start] == " ":
            start += 1
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def _ends_nothing(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a full stop belongs to an abbreviation or an initial, or the next words go on in lower case."""
    after = text[match.end() + 1 : match.end() + 2]
    if after.islower():
        return True
    if match[0] != ".":
        return False
    before = text[start : match.start()].rpartition(" ")[2].lstrip("([\"'“‘")
    if before.isdigit() and not text[start : match.start()].removesuffix(before).strip():
        return True  # the number of an item
    is_initial = len(before) == 1 and before.isalpha() and before.isupper()
    return is_initial or before.casefold() in _ABBREVIATIONS
