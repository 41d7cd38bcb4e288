"""Words by language: stems, words that say nothing of the subject, and what the analysis knows of a language. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import snowballstemmer

UNSPACED = frozenset(("ja", "th", "zh"))  # no spaces between words: a word counts as two characters
LETTERS_A_WORD = 2
LONG_SENTENCE = {"es": 25, "it": 25, "pt": 25, "ca": 25, "fa": 25, "he": 15, "ru": 15, "tr": 15}
_STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
_MARKS = re.compile(r"[\u0300-\u036f]")


@cache
def english() -> Mapping[str, Any]:
    """The lists of `words/english.toml`: texts of words as sets, lists as they are."""
    path = files("app.optimizer.analysis") / "words" / "english.toml"
    lists = tomllib.loads(path.read_text("utf-8"))
    return {name: frozenset(value.split()) if isinstance(value, str) else value for name, value in lists.items()}


@cache
def _stemmer(language: str) -> Any:
    name = _STEMMERS.get(language)
    return snowballstemmer.stemmer(name) if name else None


@lru_cache(50_000)
def stem(word: str, language: str) -> str:
    """The stem of a word in lower case; the word itself where no stemmer knows the language."""
    word = word.removesuffix("'s") if language == "en" else word
    stemmer = _stemmer(language)
    return str(stemmer.stemWord(word)) if stemmer else word


def knows_forms(language: str) -> bool:
    """Whether other forms of a word are recognised in this language."""
    return language in _STEMMERS


def without_function_words(words: Sequence[str], language: str) -> list[str]:
    """The words that say something; all of them where that leaves none, or where nobody knows."""
    if language != "en":
        return list(words)
    return [word for word in words if word not in english()["function"]] or list(words)


def plain_letters(text: str) -> str:
    """Lower case without accents, as slugs are written."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
