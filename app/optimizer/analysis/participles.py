"""Which English words are past participles, by the word forms of the package lemminflect. Pure.

Its lexicon names the verb that a form belongs to and the irregular participles; those on -ed follow the rule.
"""

from functools import cache, lru_cache
from typing import Any

IRREGULAR_ONLY = "VBN"
SHORT = 5


@cache
def _lexicon() -> Any:
    import lemminflect  # half a second and 30 MB: only who analyses English pays for it

    return lemminflect


@lru_cache(20_000)
def verbs_of(word: str) -> tuple[str, ...]:
    """The infinitives that `word`, in lower case, may be a form of."""
    return tuple(_lexicon().getAllLemmas(word, upos="VERB").get("VERB", ()))


@lru_cache(20_000)
def is_participle(word: str) -> bool:
    """Whether `word`, in lower case, can be a past participle."""
    for verb in verbs_of(word):
        forms = _lexicon().getAllInflections(verb, upos="VERB")
        if word in forms.get(IRREGULAR_ONLY, forms.get("VBD", ())):
            return True
        if word.endswith("ed") and IRREGULAR_ONLY not in forms:
            return True
    return is_new_word(word) and word.endswith("ed") and not word.startswith("un")


@lru_cache(20_000)
def is_new_word(word: str) -> bool:
    """Whether the lexicon does not have the word at all, as with `crowdsourced`."""
    return len(word) > SHORT and not _lexicon().getAllLemmas(word)


@lru_cache(20_000)
def can_be(word: str, part_of_speech: str) -> bool:
    """Whether the lexicon has `word` as a NOUN, ADJ, ADV or VERB."""
    return part_of_speech in _lexicon().getAllLemmas(word)
