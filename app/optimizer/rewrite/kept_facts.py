"""Whether a sentence that was worded anew still says what it said. Pure.

What can be compared is compared: figures with their units, names, links, quotations, addresses, code and tags, and in
English numbers in words and negations. What a text says beyond that, a person has to read: nothing is changed unseen.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from app.optimizer.analysis.sentences import WORD, sentence_spans
from app.optimizer.rewrite.passages import SHORTCODE, TAG, bare_text, tag_depths
from app.optimizer.rewrite.word_lists import WORD_LISTS

LEAST_KEPT = 0.5  # of the longer words of a sentence, so that it is not another one
SHORTEST, LONGEST = 0.4, 1.8  # times the words that it had
_FIGURE = re.compile(
    r"(?P<sign>[$€£¥₹#]\s?)?(?P<number>\d+(?:[.,:/’'\-–]\d+)*)"
    r"(?:[\s\u00a0]?(?P<unit>%|°\s?[CF]?|‰|(?:[kcmµ]?m|[kmµ]?g|[mc]?l|[kMGT]B|[km]?W|k?Hz|mph|bar|ft|in|lbs?|oz|hrs?|"
    r"h|min|sec|s|hours?|minutes?|seconds?|days?|weeks?|months?|years?|miles?|inch(?:es)?|feet|pounds?|ounces?|cups?|"
    r"percent|euros?|dollars?|million|billion|thousand|hundred)\b))?"
)
_THOUSANDS = re.compile(r"(?<=\d)[,’'](?=\d{3}\b)")
_ADDRESS = re.compile(r"\S*(?:://|@|www\.)\S*[^\s.,;:!?)]")
_QUOTED = re.compile(r"“([^“”]{2,})”|„([^„“”]{2,})[“”]|«([^«»]{2,})»|\"([^\"]{2,})\"")
_VERBATIM = re.compile(
    r"<(a|code|kbd|samp|var|sub|sup|abbr|cite|q|mark|time|del|ins)\b[^>]*>(.*?)</\1\s*>", re.S | re.I
)
NUMBER_WORDS, NEGATIONS, OPENERS = (WORD_LISTS[name] for name in ("numbers", "negations", "openers"))
NOUNS_IN_CAPITALS = ("de", "lb")


@dataclass(frozen=True)
class KnownText:
    """What the whole text says, to tell what is new: its words in lower case, and its language."""

    words: frozenset[str]
    language: str = "en"

    @classmethod
    def of(cls, texts: Iterable[str], language: str) -> "KnownText":
        """From plain texts."""
        return cls(frozenset(word for text in texts for word in folded_words(text)), language)


def folded_words(text: str) -> list[str]:
    """Its words in lower case, without a possessive ending."""
    return [word.casefold().replace("’", "'").removesuffix("'s") for word in WORD.findall(text)]


def problem_with(before: str, after: str, facts: KnownText) -> str:
    """Why `after` must not stand in place of `before`, as a sentence for a model; "" if it may."""
    if tag_depths(after) is None or SHORTCODE.search(after):
        return "It is no plain text with the tags that it had."
    old, new = (" ".join(unescape(bare_text(html)).split()) for html in (before, after))
    if Counter(_tags(before)) != Counter(_tags(after)) or _verbatim(before) != _verbatim(after):
        return "Links and tags have to stay exactly as they are, with the words in them."
    if figures(old) != figures(new):
        return "Figures and their units have to stay, and none may be added."
    if Counter(_ADDRESS.findall(old)) != Counter(_ADDRESS.findall(new)) or _quotations(old) != _quotations(new):
        return "Quotations and addresses have to stay word for word, and none may be added."
    return _problem_with_words(old, new, facts)


def _problem_with_words(old: str, new: str, facts: KnownText) -> str:
    if invented := possible_names(new, facts, first_too=True) - facts.words - set(folded_words(old)):
        return f"The text does not speak of {', '.join(sorted(invented))}."
    if lost := possible_names(old, facts) - set(folded_words(new)):
        return f"{', '.join(sorted(lost))} must not be left out."
    old_words, new_words = folded_words(old), folded_words(new)
    if facts.language == "en" and _counted_words(old_words) != _counted_words(new_words):
        return "Numbers in words and negations such as “not” have to stay as they are."
    if not SHORTEST * len(old_words) <= len(new_words) <= LONGEST * len(old_words) + 3:
        return "It is much longer or shorter than it was."
    long_words = {word for word in old_words if len(word) > 3}
    kept = sum(_is_said(word, new_words) for word in long_words)
    return "" if kept >= LEAST_KEPT * len(long_words) else "It says something else than it did."


def _is_said(word: str, words: list[str]) -> bool:
    stem = word[: max(4, len(word) - 3)]
    return any(other.startswith(stem) for other in words)


def figures(text: str) -> Counter[tuple[str, str, str]]:
    """The figures of a text, each with the sign before it and the unit after it."""
    return Counter(
        (
            (match["sign"] or "").strip(),
            _THOUSANDS.sub("", match["number"]),
            (match["unit"] or "").replace(" ", "").rstrip("s").casefold(),
        )
        for match in _FIGURE.finditer(text)
    )


def _tags(html: str) -> list[str]:
    return [tag[0] for tag in TAG.finditer(html)]


def _verbatim(html: str) -> Counter[str]:
    return Counter(match[0] for match in _VERBATIM.finditer(html))


def _quotations(text: str) -> Counter[str]:
    return Counter(next(filter(None, match.groups())) for match in _QUOTED.finditer(text))


def _counted_words(words: list[str]) -> Counter[str]:
    numbers = Counter(word for word in words if word in NUMBER_WORDS)
    numbers["not"] = sum(word in NEGATIONS or word.endswith("n't") for word in words)
    return numbers


def possible_names(text: str, facts: KnownText, *, first_too: bool = False) -> set[str]:
    """Words that may be names, in lower case: in capitals within a sentence, or with a digit or capital in them.

    `first_too`: also the first word of a sentence where nothing says that it is an ordinary one (in English alone).
    German writes all nouns in capitals: there, only words with more than one capital count.
    """
    names = set()
    for start, end in sentence_spans(text, facts.language):
        for number, match in enumerate(WORD.finditer(text[start:end])):
            word = match[0]
            has_digit = any(map(str.isdigit, word)) and any(map(str.isalpha, word))
            is_odd = has_digit or any(map(str.isupper, word[1:]))
            is_capital = word[0].isupper() and word not in ("I",) and facts.language not in NOUNS_IN_CAPITALS
            if number == 0:
                is_capital = (
                    is_capital and first_too and facts.language == "en" and word.casefold() not in WORD_LISTS["openers"]
                )
            if is_odd or (is_capital and not word.startswith(("I’", "I'"))):
                names.update(folded_words(word))
    return names


def is_stuffed(before: str, after: str, keyphrase: str, room: int) -> bool:
    """Whether `after` says the keyphrase more than `room` times more often than `before`."""
    return keyphrase_uses(after, keyphrase) - keyphrase_uses(before, keyphrase) > max(0, room)


def keyphrase_uses(text: str, keyphrase: str) -> int:
    """How often plain text or HTML says a keyphrase."""
    phrase = " ".join(folded_words(keyphrase))
    return f" {' '.join(folded_words(unescape(bare_text(text))))} ".count(f" {phrase} ") if phrase else 0
