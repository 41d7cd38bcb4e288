"""A text as the sum of its words' vectors, weighed by how rare each word is among the texts at hand.

The vectors are those of the package wordllama (256 dimensions, 32,000 pieces of words in any script). Fast enough for
100,000 texts, but blind to the order of words.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from tokenizers import Tokenizer

from app.ai.builtin.stop_words import ENGLISH_STOP_WORDS
from app.meaning.packaged import Vectors, folder_of, tokenizer_from, unit, weights_from

DIMENSIONS = 256
# What a searcher adds without meaning another page counts half; words of grammar count a tenth.
_GENERIC = (
    "best top rated good great cheap guide tips review reviews online near free ideas list how what why when which who "
    "is are to do does can vs 2024 2025 2026 2027 2028"
)
GENERIC = frozenset(_GENERIC.split())
GRAMMAR = ENGLISH_STOP_WORDS - {"without", "not", "no"} - GENERIC
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_POSSESSIVE = re.compile(r"['’]s\b")


@cache
def _loaded() -> tuple[Tokenizer, Vectors] | None:
    folder = folder_of("wordllama")
    if folder is None:
        return None
    tensors = weights_from(folder / "weights" / f"l2_supercat_{DIMENSIONS}.safetensors")
    return tokenizer_from(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"), next(iter(tensors.values()))


def vectors(texts: Sequence[str]) -> Vectors:
    """One unit vector per text; all zeros for a text without words, and for all when the package is missing."""
    loaded = _loaded()
    from sklearn.feature_extraction.text import CountVectorizer  # 70 MB, which most processes never need

    counter = CountVectorizer(analyzer=words_of, dtype=np.float32)
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # not one word in all of them
        loaded = None
    if loaded is None:
        return np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    words = counter.get_feature_names_out().tolist()
    spread = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log((len(texts) + 1) / spread) * np.array([_weight(word) for word in words])
    return unit(counts @ (_of_words(words, *loaded) * rarity[:, None].astype(np.float32)))


def bag_vectors(bags: Sequence[Mapping[str, float]]) -> Vectors:
    """One unit vector per bag of words with their weights; all zeros for an empty one, or without the package."""
    loaded = _loaded()
    result = np.zeros((len(bags), DIMENSIONS), dtype=np.float32)
    words = sorted({word for bag in bags for word in bag})
    if loaded is None or not words:
        return result
    rows = dict(zip(words, _of_words(words, *loaded), strict=True))
    for number, bag in enumerate(bags):
        for word, weight in bag.items():
            result[number] += np.float32(weight) * rows[word]
    return unit(result)


def words_of(text: str) -> list[str]:
    """The words of a text, casefolded, without a possessive."""
    return _WORD.findall(_POSSESSIVE.sub("", text.casefold()))


def _weight(word: str) -> float:
    return 0.5 if word in GENERIC else 0.1 if word in GRAMMAR else 1.0


def _of_words(words: Sequence[str], tokenizer: Tokenizer, weights: Vectors) -> Vectors:
    """The mean of each word's pieces, at length 1."""
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(list(words), add_special_tokens=False)]
    return unit(np.array([weights[ids].mean(axis=0) if ids else np.zeros(DIMENSIONS) for ids in pieces]))
