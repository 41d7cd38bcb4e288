"""Which English sentences are in the passive voice: an auxiliary "be" or "get" and a past participle. Pure.

From the auxiliary the participle is looked for over adverbs and, in questions, over the subject. Participles that are
adjectives (`interested`), and those of verbs without a passive (`gone`), are none. docs/optimizer-agreement.md has how
often this is right.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from app.optimizer.analysis.participles import can_be, is_participle

_TOKEN = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*|\d+|[^\w\s]")
_CONTRACTED = re.compile(r"(.+)('(?:s|re|m))")
_BREAKS = frozenset('.;:!?()[]–—“”"')
MOST_BETWEEN, MOST_ASKED = 8, 5


@cache
def _words() -> dict[str, frozenset[str]]:
    path = files("app.optimizer.analysis") / "words" / "passive.toml"
    values = tomllib.loads(path.read_text("utf-8"))
    return {name: frozenset(value.split()) for name, value in values.items() if isinstance(value, str)}


@cache
def _followed() -> dict[str, frozenset[str]]:
    path = files("app.optimizer.analysis") / "words" / "passive.toml"
    return {
        word: frozenset(after.split()) for word, after in tomllib.loads(path.read_text("utf-8"))["followed"].items()
    }


def is_passive(sentence: str) -> bool:
    """Whether a clause of the sentence is in the passive voice."""
    tokens = tokens_of(sentence)
    if len(tokens) > 1 and tokens[1] in _words()["be"] and tokens[0].endswith("ed"):
        return _is_passive_participle(tokens, 0)  # "Attached is a list"
    return any(_opens_passive(tokens, place) for place, token in enumerate(tokens) if _is_auxiliary(token))


def tokens_of(sentence: str) -> list[str]:
    """Words in lower case and signs; contractions of "be" stand apart."""
    tokens: list[str] = []
    for token in _TOKEN.findall(sentence.casefold().replace("’", "'")):
        contracted = _CONTRACTED.fullmatch(token)
        if contracted and contracted[1] in _words()["hosts"]:
            tokens += contracted.groups()
        else:
            tokens.append(token)
    return tokens


def _is_auxiliary(token: str) -> bool:
    return token in _words()["be"] or token in _words()["get"]


def _opens_passive(tokens: Sequence[str], place: int) -> bool:
    words = _words()
    if _asks(tokens, place):
        end = min(place + 1 + MOST_ASKED, len(tokens))
        return any(_is_passive_participle(tokens, position) for position in range(place + 2, end))
    is_get, subject_left = tokens[place] in words["get"], tokens[place] in words["be"]
    for position in range(place + 1, min(place + 1 + MOST_BETWEEN, len(tokens))):
        token = tokens[position]
        if token in _BREAKS:
            return False
        if _is_passive_participle(tokens, position):
            return not (is_get and token in words["after_get"])
        if token in words["between"] or (token.endswith("ly") and can_be(token, "ADV")):
            continue
        if subject_left and position == place + 1 and token in words["subjects"]:
            subject_left = False
            continue
        return False
    return False


def _asks(tokens: Sequence[str], place: int) -> bool:
    """Whether the auxiliary opens a question with a subject of several words: "why is the city called so"."""
    opens = place == 0 or (place == 1 and tokens[0] in _words()["questions"])
    return opens and "?" in tokens and place + 1 < len(tokens) and tokens[place + 1] not in _words()["subjects"]


def _is_passive_participle(tokens: Sequence[str], position: int) -> bool:
    token, words = tokens[position], _words()
    if token in words["adjectives"] or token in words["intransitive"]:
        return False
    after = tokens[position + 1] if position + 1 < len(tokens) else ""
    if after in _followed().get(token, ()):
        return False
    return is_participle(token.rpartition("-")[2] if "-" in token else token)
