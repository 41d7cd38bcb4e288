"""Areas that show how large things are: a squarified treemap, computed on the server. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST = (1 / 25, 1 / 12, 1 / 6, 1 / 3)
"""Parts of the largest size: what is smaller is drawn as large as that, so that its name still fits."""
WORDS_LIE = 2.0
"""How much wider than high an area is at best: names are."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle for the item `index`."""

    index: int
    x: float
    y: float
    width: float
    height: float


def _worst(row: list[float], side: float) -> float:
    total = sum(row)
    return max(max(side * side * area / (total * total), total * total / (side * side * area)) for area in row)


def squarify(sizes: Sequence[float], width: float, height: float) -> list[Tile]:
    """Rectangles whose areas are proportional to `sizes` (positive, largest first), nearly square."""
    total = sum(sizes)
    if total <= 0 or width <= 0 or height <= 0:
        return []
    areas = [size * width * height / total for size in sizes]
    tiles: list[Tile] = []
    x = y = 0.0
    start = 0
    while start < len(areas):
        side = min(width, height)
        end = start + 1
        while end < len(areas) and _worst(areas[start : end + 1], side) <= _worst(areas[start:end], side):
            end += 1
        depth = sum(areas[start:end]) / side
        along = 0.0
        for index in range(start, end):
            length = areas[index] / depth
            box = (x, y + along, depth, length) if width >= height else (x + along, y, length, depth)
            tiles.append(Tile(index, *box))
            along += length
        if width >= height:
            x, width = x + depth, width - depth
        else:
            y, height = y + depth, height - depth
        start = end
    return tiles


def treemap(sizes: Sequence[float], width: float, height: float, smallest: float = SMALLEST[0]) -> list[Tile]:
    """Areas for these sizes, the largest first, wider than high where possible and none too small to be seen."""
    floor = max(sizes, default=0) * smallest or 1.0
    order = sorted(range(len(sizes)), key=lambda index: -sizes[index])
    tiles = squarify([max(sizes[index], floor) for index in order], width / WORDS_LIE, height)
    return [Tile(order[tile.index], tile.x * WORDS_LIE, tile.y, tile.width * WORDS_LIE, tile.height) for tile in tiles]


def fitting(sizes: Sequence[float], width: float, height: float, *, least: tuple[float, float]) -> list[Tile]:
    """The treemap of as many of the largest sizes as leave every area at least so wide and high.

    `sizes` is in descending order.
    """
    for count in range(len(sizes), 1, -1):
        for smallest in SMALLEST:
            tiles = treemap(sizes[:count], width, height, smallest)
            if all(tile.width >= least[0] and tile.height >= least[1] for tile in tiles):
                return tiles
    return treemap(sizes[:1], width, height)
