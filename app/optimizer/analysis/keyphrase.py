"""A keyphrase and where a text uses it: all its words in one sentence, in any order and any form. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from app.optimizer.analysis.lexicon import UNSPACED, stem, without_function_words
from app.optimizer.analysis.sentences import WORD, Sentence
from app.optimizer.analysis.text import DocumentText, Passage

_JOINED = re.compile(r"[^\w'’]|_")
_PART = re.compile(r"(?:[^\W_]|['’])+")
_QUOTES = '"“”„«»'


class Keyphrase:
    """The keyphrase of a document. In quotation marks it is looked for as it stands."""

    def __init__(self, text: str, language: str, *, word_forms: bool = True) -> None:
        """Without `word_forms` only the spelling at hand counts."""
        stripped = " ".join(text.split())
        self.is_exact = len(stripped) > 2 and stripped[0] in _QUOTES and stripped[-1] in _QUOTES
        self.text = stripped.strip(_QUOTES).strip() if self.is_exact else stripped
        self.language = language
        self.word_forms = word_forms
        self.words = parts_of(WORD.findall(self.text.casefold().replace("’", "'")))
        self.content = [self.text] if self.is_exact else without_function_words(self.words, language)
        self.keys = tuple(dict.fromkeys(self._key(word) for word in self.content))

    def __bool__(self) -> bool:
        """False for no keyphrase at all."""
        return bool(self.words)

    def _key(self, word: str) -> str:
        return stem(word, self.language) if self.word_forms else word.removesuffix("'s")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        inner = r"\s+".join(map(re.escape, self.text.split()))
        return re.compile(inner if self.language in UNSPACED else rf"(?<!\w){inner}(?!\w)", re.IGNORECASE)

    @property
    def _is_literal(self) -> bool:
        return self.is_exact or self.language in UNSPACED

    def keys_of(self, words: Sequence[str]) -> list[str]:
        """What words in lower case are compared by; joined ones count by their parts."""
        return [self._key(part) for part in parts_of(words)]

    def count_in(self, sentence: Sentence) -> int:
        """How often a sentence has all of the keyphrase."""
        if self._is_literal:
            return len(self._pattern.findall(sentence.text))
        counts = Counter(self.keys_of(sentence.folded))
        return min((counts[key] for key in self.keys), default=0)

    def share_in(self, text: str) -> float:
        """The share of its words, 0 to 1, that a text has."""
        if self._is_literal:
            return float(bool(self._pattern.search(text)))
        there = set(self.keys_of(WORD.findall(text.casefold().replace("’", "'"))))
        return sum(key in there for key in self.keys) / len(self.keys) if self.keys else 0.0

    def position_in(self, text: str) -> int | None:
        """Where the keyphrase stands in a text word for word; None where it does not."""
        match = self._pattern.search(text)
        return match.start() if match else None

    def spans_in(self, text: str) -> list[tuple[int, int]]:
        """Where the words of the keyphrase stand in a text one after the other, in any form."""
        if self._is_literal:
            return [match.span() for match in self._pattern.finditer(text)]
        sequence = [self._key(word) for word in self.words]
        parts = _parts_with_places(text)
        keys = [self._key(part) for part, _start, _end in parts]
        spans, place = [], 0
        while place <= len(keys) - len(sequence) and sequence:
            if keys[place : place + len(sequence)] == sequence:
                spans.append((parts[place][1], parts[place + len(sequence) - 1][2]))
                place += len(sequence)
            else:
                place += 1
        return spans


def parts_of(words: Sequence[str]) -> list[str]:
    """The words, cut at what joins them: `login.gov` and `plain-language` are two each."""
    return [part for word in words for part in _JOINED.split(word) if part]


def _parts_with_places(text: str) -> list[tuple[str, int, int]]:
    spans = []
    for match in WORD.finditer(text):
        for part in _PART.finditer(match[0]):
            start = match.start() + part.start()
            spans.append((part[0].casefold().replace("’", "'"), start, start + len(part[0])))
    return spans


def without_repeats(text: DocumentText, keyphrase: Keyphrase) -> DocumentText:
    """The text without each place that has the keyphrase word for word: what a score is made of.

    However often somebody repeats the keyphrase, what is left is the same.
    """
    passages = [_without(passage, keyphrase) for passage in text.passages]
    left = DocumentText(
        [passage for passage in passages if any(sentence.length for sentence in passage.sentences)],
        text.links,
        text.images,
        text.tables,
        text.videos,
        text.buttons,
    )
    return left


def _without(passage: Passage, keyphrase: Keyphrase) -> Passage:
    spans = keyphrase.spans_in(passage.text)
    if not spans:
        return passage
    kept, position = [], 0
    for start, end in spans:
        kept.append(passage.text[position:start])
        position = end
    kept.append(passage.text[position:])
    return Passage(
        passage.kind, passage.level, " ".join("".join(kept).split()), [], [], passage.language, passage.of_list
    )
