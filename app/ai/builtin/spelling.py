"""How names are written: keywords come in small letters, titles and names of clusters as people write them. Pure."""

import re
from collections.abc import Iterable, Sequence

from app.ai.builtin.keyword_facets import asks, facet_of
from app.ai.wording import as_written

_WORD = re.compile(r"[^\W_]+(?:['’.+#-][^\W_]+)*[+#]*")
_END = re.compile(r"[.!?:–—|]\s*$")
_END_INSIDE = re.compile(r"[.!?:–—|]\s+")
_NOUN = re.compile(
    r"(?:ung|ungen|heit|keit|schaft|tion|tionen|ität|zahl|pumpe|heizung|maschine|kosten|preise?|vergleich|anleitung|strom"
    r"|test|förderung|kaffee|tabelle|probleme?|fehler|rechner|versicherung|anbieter|größen?|arten)$"
)
MOST_CAPITALS = 0.6  # of a title's words: beyond, all are capitalised and none is known as a name
MOST_NAME_WORDS = 2  # longer phrases of nothing but capitals are titles, not names
_SMALL_WORDS = frozenset(
    word
    for line in ("a an the and or but of in on at to for from by with", "your my our is are be do can will what how")
    for word in line.split()
)


class Spelling:
    """Knows the names in some texts."""

    def __init__(self, texts: Iterable[str], language: str = "en") -> None:
        self._is_german = language == "de"
        self._names: dict[str, str] = {}
        if language == "en":
            self._names["i"] = "I"
        for text in texts:
            self._learn(text)

    def of(self, text: str) -> str:
        """The text with the names that are known as they are written; other words stay."""
        return _WORD.sub(lambda match: self._name(match[0]), as_written(text))

    def _name(self, word: str) -> str:
        if word != word.lower():
            return word
        spelled = self._names.get(word.casefold())
        return spelled or (word.capitalize() if self._is_german and len(word) > 3 and _NOUN.search(word) else word)

    def _learn(self, text: str) -> None:
        matches = list(_WORD.finditer(text))
        inside = [match for match in matches if match.start() and not _END.search(text[: match.start()])]
        first = {match.start() for match in matches} - {match.start() for match in inside}
        is_title_case = _is_title_case([match[0] for match in inside]) or (
            not self._is_german and _is_all_capitals(_END_INSIDE.split(text))
        )
        for place, match in enumerate(matches):
            word = match[0]
            has_inner = any(char.isupper() for char in word[1:]) and any(char.isalpha() for char in word)
            follower = matches[place + 1][0] if place + 1 < len(matches) else ""
            begins_name = follower[:1].isupper() or (
                self._is_german and len(word) > 4 and facet_of(text) != "choose" and not asks(text)
            )
            is_name = word[:1].isupper() and (match.start() not in first or begins_name) and not is_title_case
            if has_inner or is_name:
                self._names.setdefault(word.casefold(), word)


def _is_title_case(inside: Sequence[str]) -> bool:
    """Whether the words of a title, without those that begin a phrase, are capitalised for being in a title."""
    if any(word[:1].isupper() and word.casefold() in _SMALL_WORDS and word != "I" for word in inside):
        return True
    long = [word for word in inside if len(word) > 3 and word.casefold() not in _SMALL_WORDS]
    return len(long) > 2 and sum(word[:1].isupper() for word in long) > MOST_CAPITALS * len(long)


def _is_all_capitals(phrases: Sequence[str]) -> bool:
    """Whether a phrase of a title is capitalised throughout and too long for a name: “Moka Pot Coffee: part 1”."""
    for phrase in phrases:
        words = _WORD.findall(phrase)
        if len(words) > MOST_NAME_WORDS and all(word[:1].isupper() for word in words):
            return True
    return False
