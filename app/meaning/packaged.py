"""Weights and tokenizers out of installed packages: read as data, their code is never imported, nothing is fetched."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]


def folder_of(package: str) -> Path | None:
    """The folder of an installed package, None when it is not installed."""
    spec = find_spec(package)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def tokenizer_from(path: Path) -> Tokenizer:
    """The tokenizer of a JSON file, which neither pads nor cuts."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def weights_from(path: Path) -> dict[str, Vectors]:
    """All tensors of a safetensors file as float32; what is no number counts as 0."""
    return {name: np.nan_to_num(tensor.astype(np.float32)) for name, tensor in load_file(str(path)).items()}


def unit(vectors: Vectors) -> Vectors:
    """Each row at length 1; a row without direction, or with numbers that are none, becomes all zeros."""
    clean = np.nan_to_num(np.asarray(vectors, dtype=np.float32), posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(clean, axis=1, keepdims=True)
    return np.asarray(np.divide(clean, lengths, out=np.zeros_like(clean), where=lengths > 1e-9), dtype=np.float32)
