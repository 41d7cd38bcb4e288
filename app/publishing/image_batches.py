"""How the images of a publish are shared out over requests (pure).

A request to WordPress costs some 20 ms before it does anything, so several small images go in
one; two requests go at the same time. Hosts commonly refuse bodies over 1 MB: a batch stays
below that, unless a single image is larger.
"""

import math
from collections.abc import Sequence
from typing import Any

BATCH_BYTES = 900_000
MOST_PER_BATCH = 8
AT_ONCE = 2


def share_out(images: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The images in order, in batches; at least AT_ONCE of them when there are as many images."""
    most = min(MOST_PER_BATCH, math.ceil(len(images) / AT_ONCE))
    batches: list[list[dict[str, Any]]] = []
    room = 0
    for image in images:
        if not batches or len(batches[-1]) >= most or image["size"] > room:
            batches.append([])
            room = BATCH_BYTES
        batches[-1].append(image)
        room -= image["size"]
    return batches
