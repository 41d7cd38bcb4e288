"""Texts as they differ from those beside them: in a niche where all speak of pet insurance, that says nothing. Pure.

What many of the texts have in common are the directions in which their vectors are long together. Each is shortened by
how long it is (a soft whitening), so that "pet insurance for rabbits" is about rabbits among keywords on pet insurance,
and about pet insurance among keywords of any kind.
"""

import numpy as np

from app.meaning.packaged import Vectors

SHARPNESS = 1.25  # 0 leaves all as it is, 1 makes what is common as short as what is rare
FLOOR = 0.008  # share of the mean square below which a direction is not taken for common
FEW = 20  # so few texts cannot say what is common


def contrasted(vectors: Vectors) -> Vectors:
    """The vectors among each other, each as long as it was; likeness to any others has no meaning.

    Texts and dimensions tell the same of what is common, so that the fewer of both are turned.
    """
    count, width = vectors.shape
    if count < 2:
        return vectors
    if count < width:
        common, directions = np.linalg.eigh(vectors @ vectors.T / np.float32(count + FEW))
        common = np.maximum(common, 0)
        turned = directions * (np.sqrt(common * (count + FEW)) * _weights(common)).astype(np.float32)
    else:
        common, directions = np.linalg.eigh(vectors.T @ vectors / np.float32(count + FEW))
        turned = vectors @ (directions * _weights(np.maximum(common, 0)).astype(np.float32))
    lengths, was = np.linalg.norm(turned, axis=1), np.linalg.norm(vectors, axis=1)
    return np.asarray(turned * (was / np.maximum(lengths, 1e-9))[:, None], dtype=np.float32)


def _weights(common: Vectors) -> Vectors:
    return np.asarray((common + FLOOR) ** (-SHARPNESS / 2))
