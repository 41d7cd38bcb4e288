"""What people search for in a cluster, as topics with a heading each. Pure, deterministic.

Keywords that say the same are one topic. What begins with the subject of the piece is headed by the rest of its words:
under “Moka pots” it is “Sizes” and “Coffee ratio”, not “Moka pot sizes” and “Moka pot coffee ratio”.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.ai.builtin.keyword_facets import as_heading, asks, facet_of, stems
from app.ai.builtin.spelling import Spelling
from app.ai.wording import sentence_case, title_key

_VERSUS = re.compile(r"\s+(?:vs\.?|versus)\s+", re.IGNORECASE)
_TAIL = re.compile(r"\s*[:–—|(?].*$")
_HANGS = re.compile(
    r"^(?:(?:vs\.?|versus|of|to|and|or|als|und|oder|ou|et|y|o|e|i|och|и|или|و|או)\b|[和与與跟及のとをはがに])",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"^(?:women|men|kids|children|toddlers|babies|beginners|seniors|adults|students|girls|boys|teens|teenagers"
    r"|small businesses|freelancers|families|couples|dogs|cats)$",
    re.IGNORECASE,
)
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_GENERIC = frozenset(
    word
    for line in (
        "people person large small group idea way tip good new easy simple guide choose choosing buy use",
        "choisir acheter elegir comprar scegliere escolher kiezen kopen wybrać wählen kaufen ratgeber guía",
        "выбрать купить обрати seçmek",
    )
    for word in line.split()
)
MOST_FOREIGN = 1
LEAST_SHARED = 2


@dataclass
class KeywordTopic:
    """Keywords that say the same, the most searched first, and the heading that they give."""

    facet: str
    heading: str
    is_question: bool
    keywords: list[str] = field(default_factory=list)


def options_of(primary_keyword: str, title: str) -> list[str]:
    """The sides of “A vs B”; none when nothing is compared by name."""
    for text in (primary_keyword, _TAIL.sub("", title)):
        sides = [" ".join(side.split()) for side in _VERSUS.split(text) if side.strip()]
        if 2 <= len(sides) <= 5:
            return sides
    return []


def related(keywords: Sequence[str], primary_keyword: str, title: str) -> list[str]:
    """The keywords that belong in a piece, judged by their words alone.

    A cluster that holds together is taken whole. Where its keywords share a single word, a piece on coffee for a crowd
    leaves “coffee canister airtight” out.
    """
    own = stems(primary_keyword) | stems(title)
    counts = Counter(word for keyword in keywords for word in stems(keyword))
    everywhere = {word for word, count in counts.items() if 2 * count >= len(keywords)}
    subject = stems(primary_keyword or title) - everywhere - _GENERIC
    specific = {word for word in subject if facet_of(word) == "topic"}
    if len(own & everywhere) >= LEAST_SHARED or not specific or len(keywords) < 3:
        return list(keywords)
    return [keyword for keyword in keywords if _belongs(stems(keyword), own, specific, everywhere)]


def _belongs(words: frozenset[str], own: frozenset[str], specific: set[str], everywhere: set[str]) -> bool:
    foreign = {word for word in words - own - everywhere - _GENERIC if not word.isdigit()}
    return bool(words & specific) or len(foreign) <= MOST_FOREIGN


def find_topics(
    keywords: Sequence[str], primary_keyword: str, title: str, language: str, spelling: Spelling
) -> list[KeywordTopic]:
    """What people search for beside the piece's own subject, the most searched first."""
    subjects = _subjects(keywords, primary_keyword, title)
    topics: dict[object, KeywordTopic] = {}
    for keyword in keywords:
        words = stems(keyword)
        if not words or is_the_piece(keyword, primary_keyword, title):
            continue
        rest, facet = _without_subject(keyword, subjects), facet_of(keyword)
        key = (facet, "cost") if facet == "cost" else stems(rest) or words
        if key not in topics:
            heading = _topic_heading(keyword, rest, language, spelling)
            topics[key] = KeywordTopic(facet, heading, asks(keyword))
        topics[key].keywords.append(spelling.of(" ".join(keyword.split())))
    return list(topics.values())


def is_the_piece(keyword: str, primary_keyword: str, title: str) -> bool:
    """Whether the keyword asks for the piece as a whole, in other words than its own perhaps."""
    words, own = stems(keyword), stems(primary_keyword or title)
    is_said = title_key(keyword) in (title_key(primary_keyword), title_key(title))
    return is_said or words == stems(title) or (words <= own and not asks(keyword))


def is_choice_of_the_piece(topic: KeywordTopic, primary_keyword: str, title: str) -> bool:
    """Whether a topic asks which of the piece's own things to choose, rather than of something beside it."""
    words, own = stems(topic.keywords[0]), stems(primary_keyword) | stems(title)
    foreign = {word for word in words - own - _GENERIC if not word.isdigit() and facet_of(word) != "choose"}
    return not foreign or stems(primary_keyword or title) <= words


def whole_heading(topic: KeywordTopic, language: str) -> str:
    """The heading of a topic with the subject in it."""
    return as_heading(topic.keywords[0], language)


def _topic_heading(keyword: str, rest: str, language: str, spelling: Spelling) -> str:
    text = " ".join(keyword.split())
    if rest == text:
        return as_heading(spelling.of(text), language)
    if language == "en" and _AUDIENCE.match(rest):
        rest = f"for {rest}"
    return sentence_case(spelling.of(rest))


def _without_subject(keyword: str, subjects: Sequence[str]) -> str:
    """The keyword without the subject that it begins with; whole where it does not, or where the rest would hang."""
    text = " ".join(keyword.split())
    if asks(text):
        return text
    for subject in subjects:
        rest = text[len(subject) :] if text.casefold().startswith(subject) else ""
        is_cut = rest[:1].isspace() or (_UNSPACED.match(rest) is not None and len(rest) > 1)
        if is_cut and len(rest.strip()) > 2 - (_UNSPACED.search(rest) is not None):
            return text if _HANGS.match(rest.strip()) else rest.strip()
    return text


def _subjects(keywords: Sequence[str], primary_keyword: str, title: str) -> list[str]:
    """What a keyword may begin with that is the subject of the piece, the longest first; casefolded."""
    sides = options_of(primary_keyword, title)
    subjects = {primary_keyword, *sides}
    if len(sides) == 2:
        subjects |= {f"{first} vs {second}" for first, second in (sides, sides[::-1])}
    starts = Counter(
        " ".join(words[:length])
        for words in (keyword.casefold().split() for keyword in keywords if keyword.strip())
        for length in range(1 if _UNSPACED.search(words[0]) else 2, len(words))
        if stems(words[length - 1])
    )
    own = stems(primary_keyword) | stems(title)
    subjects |= {start for start, count in starts.items() if count > 1 and stems(start) and stems(start) <= own}
    return sorted(
        {subject.casefold().strip() for subject in subjects if subject.strip()}, key=lambda name: (-len(name), name)
    )
