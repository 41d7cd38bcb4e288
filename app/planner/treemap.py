"""Areas that show how large clusters are: a squarified treemap, computed on the server. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle for the item `index`; `lines` are its label, cut to what fits."""

    index: int
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...] = ()


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


def _wrap(text: str, characters: int, lines: int) -> tuple[str, ...]:
    """The text in at most `lines` lines of about `characters`, cut with an ellipsis."""
    made: list[str] = []
    words = text.split()
    while words and len(made) < lines:
        line = words.pop(0)
        while words and len(line) + 1 + len(words[0]) <= characters:
            line += f" {words.pop(0)}"
        made.append(line)
    if words:
        made[-1] += "…"
    return tuple(line if len(line) <= characters else f"{line[: characters - 1].rstrip('… ')}…" for line in made)


def treemap(
    labels: Sequence[str], sizes: Sequence[float], width: float, height: float, *, letter: float = 7.8, line: float = 16
) -> list[Tile]:
    """Tiles with labels that fit, and a gap between them. `letter` and `line` are the text's measures."""
    floor = max(sizes, default=0) / 60 or 1.0
    order = sorted(range(len(sizes)), key=lambda index: -sizes[index])
    tiles = squarify([max(sizes[index], floor) for index in order], width, height)
    made = []
    for tile in tiles:
        inner_width, inner_height = tile.width - GAP, tile.height - GAP
        fits = int((inner_width - 16) // letter)
        rows = int((inner_height - 12) // line)
        lines = _wrap(labels[order[tile.index]], fits, min(rows, 3)) if fits >= 6 and rows >= 1 else ()
        made.append(Tile(order[tile.index], tile.x, tile.y, max(1.0, inner_width), max(1.0, inner_height), lines))
    return made
