"""Whether a sentence that a model wrote says only what the text and the other page say. Pure.

What can be compared is compared: figures, names, addresses, markup, the language. What it says beyond that, a person
has to read: a sentence is only ever proposed.
"""

import re
from collections.abc import Sequence

from app.linker.words import GRAMMAR, guess_language, words_of_text

_FIGURE = re.compile(r"\d+(?:[.,:/–-]\d+)*")
_MARKUP = re.compile(r"</?[a-zA-Z!]|\[/?[a-zA-Z][\w-]*[^\[\]]*\]|\]\(|&[a-z]+;")
_ADDRESS = re.compile(r"://|www\.|\S@\S")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDS = re.compile(r"[.!?。！？]+[\"'”’»)]*\s+(?=\S)")
NOUNS_IN_CAPITALS = ("german",)
SURE = 2  # words of grammar by which another language shows


def problem_with_sentence(sentence: str, given: Sequence[str]) -> str:
    """Why the sentence does not serve, as a sentence for a model; "" if it does. `given` are texts that it may use."""
    source_text = "\n".join(given)
    if _MARKUP.search(sentence) or _ADDRESS.search(sentence):
        return "`sentence` has to be plain text, without tags, links or addresses."
    if any(part.strip() for part in _ENDS.split(sentence)[1:]):
        return "`sentence` has to be one sentence."
    if set(_FIGURE.findall(sentence)) - set(_FIGURE.findall(source_text)):
        return "`sentence` has figures that neither the article nor the page has."
    if is_other_language(sentence, source_text):
        return "`sentence` has to be in the language of the article."
    if invented := new_names(sentence, source_text):
        return f"Neither the article nor the page speaks of {', '.join(sorted(invented))}."
    return ""


def new_names(sentence: str, source_text: str) -> set[str]:
    """Words in capitals within the sentence that are not in the known text; none where all nouns are in capitals."""
    if guess_language(source_text) in NOUNS_IN_CAPITALS:
        return set()
    source_words = {_bare(word) for word in _WORD.findall(source_text)}
    words = _WORD.findall(sentence)
    return {
        word for word in words[1:] if any(map(str.isupper, word)) and word != "I" and _bare(word) not in source_words
    }


def _bare(word: str) -> str:
    return word.casefold().replace("’", "'").removesuffix("'s")


def is_other_language(sentence: str, source_text: str) -> bool:
    """Whether the sentence is in another script or language than the known text, as far as so few words tell."""
    if _script(sentence) != _script(source_text):
        return True
    language, guessed = guess_language(source_text), guess_language(sentence)
    counts = {name: _grammar_words(sentence, name) for name in {language, guessed}}
    return counts[guessed] >= counts[language] + SURE and not _shares_stems(sentence, source_text, language)


def _grammar_words(text: str, language: str) -> int:
    return sum(word.casefold() in GRAMMAR[language] for word in _WORD.findall(text))


def _shares_stems(sentence: str, source_text: str, language: str) -> bool:
    """Whether most other words of the sentence are in the known text."""
    source_stems = {word.stem for word in words_of_text(source_text, language)}
    stems = [word.stem for word in words_of_text(sentence, language) if not word.is_grammar]
    return 2 * sum(stem in source_stems for stem in stems) > len(stems)


def _script(text: str) -> str:
    """The writing that most letters are of, by the beginning of their block; "" without letters."""
    blocks = [ord(char) // 0x400 if ord(char) >= 0x370 else 0 for char in text if char.isalpha()]
    return str(max(set(blocks), key=blocks.count)) if blocks else ""
