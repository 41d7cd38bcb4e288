"""Small rules of wording and length that names, titles and descriptions share. Pure."""

import re
import unicodedata
from collections.abc import Sequence

_WRITTEN = (
    "SEO PPC CRM B2B B2C SaaS ROI KPI CTR DIY UK USA EU FAQ API LED GPS HVAC VPN AI HTML CSS URL SMS HR TV PC "
    "WordPress WooCommerce YouTube Google Facebook Instagram LinkedIn TikTok Amazon Shopify iPhone iPad Android "
    "Excel PDF CSV GDPR USB NHS SDK BMX MTB London Paris Berlin English French German Spanish Italian"
)
WRITTEN = {word.casefold(): word for word in _WRITTEN.split()}
QUESTIONS = frozenset(
    ("how", "what", "why", "when", "where", "who", "which", "can", "could", "do", "does", "did", "is", "are", "was")
)
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?:(?<!\S)[.$€£#+])?\w+[+#%*]*|&")
_TRAILING = re.compile(r"[\s,;:–—-]+$")


def as_written(text: str) -> str:
    """Acronyms and names in their usual spelling; words that carry capitals already are kept."""
    return " ".join(WRITTEN.get(word, word) for word in text.split())


def sentence_case(text: str) -> str:
    """First letter raised, the rest as it is commonly written."""
    text = as_written(text)
    return text[:1].upper() + text[1:] if text[:1].islower() and not text[:2].endswith("P") else text


def title_key(title: str) -> str:
    """The form in which two titles are the same: casefolded, NFKC, words without punctuation.

    Signs that are part of a name stay: “C++”, “C#”, “.NET”, “R&D” and “50%” are none of “C”, “NET”, “RD” and “50”.
    """
    return " ".join(_NAME.findall(unicodedata.normalize("NFKC", title).casefold()))


def word_list(text: str) -> list[str]:
    """The words of a text, casefolded."""
    return _WORD.findall(text.casefold())


def is_question(text: str) -> bool:
    """Whether a keyword is asked as a question."""
    question_words = word_list(text)
    return len(question_words) > 2 and question_words[0] in QUESTIONS


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut between words, with an ellipsis when something was left out."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    head = text[: length - 1]
    if " " in head[length // 2 :]:
        head = head[: head.rindex(" ")]
    return _TRAILING.sub("", head) + "…"


def first_that_fits(candidates: list[str], length: int) -> str:
    """The first candidate that fits whole, else the last one cut."""
    return next((text for text in candidates if len(text) <= length), shorten(candidates[-1], length))


def searches_such_as(top: Sequence[str], total: int) -> str:
    """What a cluster is about, by its most searched keywords (three at most) and how many it has; empty without any."""
    if not top:
        return ""
    examples = ", ".join(f"“{shorten(text, 60)}”" for text in top[:3])
    more = f" and {total - 3} more" if total > 3 else ""
    return f"Searches such as {examples}{more}."


def join_words(items: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
