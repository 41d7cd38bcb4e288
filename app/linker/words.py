"""Words of a text as its language has them: cut, folded to stems, with their places. Pure.

Where words are not separated by spaces, pairs of signs stand for words. Stems are compared by a number of 63 bits.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b

import snowballstemmer

from app.ai.builtin.stop_words import ENGLISH_STOP_WORDS

_WORD = re.compile(r"[^\W_]+(?:['’ʼ·][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_POSSESSIVE = re.compile(r"['’ʼ]s$")
# Words of grammar by which a language is told from others (first line of each: its most frequent words).
_GRAMMAR = {
    "english": "it's don't can't i'm you're we're that's let's won't",
    "german": (
        "der die das und ist nicht ein eine einer eines einem einen mit auf für von zu im in den dem des sich auch es "
        "sie er wir ihr ich an als wie bei oder aber nach aus um am zum zur über so nur noch sind war werden wird hat "
        "haben kann können man mehr was wenn dass durch vor bis unter sein seine ihre"
    ),
    "french": (
        "le la les un une des et est pas que qui dans pour sur avec au aux du de ce cette ces il elle ils elles nous "
        "vous je en ne se son sa ses leur leurs ou mais par plus à être sont a ont fait comme tout si y l d c s n "
        "qu"
    ),
    "spanish": (
        "el la los las un una unos unas y es no que en de del al por para con se su sus lo le les como más pero o si "
        "este esta estos estas ser son fue ha han muy ya sin sobre entre cuando también"
    ),
    "italian": (
        "il lo la i gli le un una e è non che in di del della dei delle al alla per con si su sono come più ma o se "
        "questo questa essere ha hanno da dal dalla nel nella anche ci"
    ),
    "portuguese": (
        "o a os as um uma e é não que em de do da dos das no na nos nas por para com se seu sua como mais mas ou "
        "este esta ser são foi tem ao à também muito já"
    ),
    "dutch": (
        "de het een en is niet van in op te dat die voor met zijn aan er om ook als bij maar of uit door over naar "
        "wordt worden heeft kan meer dit wat je we ze hij"
    ),
    "swedish": ("och att det i en på är som för av med den till inte om ett har de så vi kan men från ska var eller"),
    "russian": (
        "и в не на что с по как это а из для к то от за но у так или о же все он она они мы вы бы был быть при до "
        "если только также"
    ),
    "turkish": ("ve bir bu için ile de da çok daha en ne gibi olarak olan var ama veya ki mi her"),
}
GRAMMAR = {name: frozenset(words.split()) for name, words in _GRAMMAR.items()}
GRAMMAR["english"] |= ENGLISH_STOP_WORDS
MOST_FOR_GUESS = 400


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its stem, whether it is one of grammar, and where it stands in the text."""

    stem: str
    is_grammar: bool
    start: int
    end: int


def guess_language(text: str) -> str:
    """The language that a text seems to be in, by its words of grammar; English where none fits better."""
    words = [match[0].casefold() for match in _WORD.finditer(text[: 8 * MOST_FOR_GUESS])][:MOST_FOR_GUESS]
    counts = {name: sum(word in grammar for word in words) for name, grammar in GRAMMAR.items()}
    best = max(counts, key=lambda name: (counts[name], name == "english"))
    return best if counts[best] * 12 >= len(words) else "english"


@cache
def _stemmer(language: str) -> "Stemmer":
    return Stemmer(language)


class Stemmer:
    """Stems of one language; a word is folded once."""

    def __init__(self, language: str) -> None:
        stem = snowballstemmer.stemmer(language).stemWord
        self.stem = lru_cache(200_000)(lambda word: str(stem(word)))
        self.grammar = GRAMMAR[language]


def words_of_text(text: str, language: str) -> list[Word]:
    """The words of a text in order."""
    stemmer = _stemmer(language if language in GRAMMAR else "english")
    words = []
    for match in _WORD.finditer(text):
        raw = match[0]
        if not raw.isascii() and _UNSPACED.search(raw):
            words += _pairs(raw, match.start())
            continue
        folded = _POSSESSIVE.sub("", raw.casefold())
        words.append(Word(stemmer.stem(folded), folded in stemmer.grammar, match.start(), match.end()))
    return words


def _pairs(raw: str, start: int) -> list[Word]:
    """The signs of a word without spaces, two by two; one alone as it is."""
    if len(raw) == 1:
        return [Word(raw, False, start, start + 1)]
    return [Word(raw[n : n + 2], False, start + n, start + n + 2) for n in range(len(raw) - 1)]


@lru_cache(400_000)
def stem_number(stem: str) -> int:
    """The number by which a stem is compared."""
    return int.from_bytes(blake2b(stem.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1


def phrase_number(stems: Iterable[str]) -> int:
    """The number by which a phrase is compared; that of a single word is its stem's."""
    return stem_number(" ".join(stems))


def phrases(words: Sequence[Word], shortest: int, longest: int) -> dict[tuple[str, ...], int]:
    """Phrases of `shortest` to `longest` words that neither begin nor end with grammar, each with its first place."""
    places: dict[tuple[str, ...], int] = {}
    stems = [word.stem for word in words]
    for first, word in enumerate(words):
        if word.is_grammar:
            continue
        for last in range(first + shortest - 1, min(first + longest, len(words))):
            if not words[last].is_grammar:
                places.setdefault(tuple(stems[first : last + 1]), first)
    return places
