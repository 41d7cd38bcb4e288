"""Putting two people's changes of one text together, block by block (pure).

Of three texts – what both started from, mine and theirs – a block is taken from the side that changed it. A person is
asked only where both changed the same block. No block of either side is left out without being asked about.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.content.blocks import normalise_newlines, splice, split

MOST_BLOCKS = 2_000  # in the part that differs: beyond it blocks are paired by their place alone
MOST_PAIRS = 2_500
ALIKE = 0.4
MINE, THEIRS, BOTH = "mine", "theirs", "both"
CHOICES = (THEIRS, MINE, BOTH)
LOOSE = ("text", "opaque")


@dataclass(frozen=True)
class TextBlock:
    """A piece of a text with the space before it, which is None where the text begins without any.

    `after` is the kind of the piece before it in its own text.
    """

    raw: str
    lead: str | None
    kind: str
    after: str = ""

    @property
    def key(self) -> str:
        """The key by which it is the same block in another text."""
        return normalise_newlines(self.raw)


@dataclass(frozen=True)
class Clash:
    """A block that both sides changed, between which a person chooses; None where a side has deleted it."""

    base: TextBlock | None
    mine: tuple[TextBlock, ...]
    theirs: tuple[TextBlock, ...]

    @property
    def key(self) -> str:
        """A key that is the same for the same texts, whatever surrounds them."""
        texts = (self.base.key if self.base else "", blocks_text(self.mine), blocks_text(self.theirs))
        return hashlib.sha256("\x00".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def chosen(self, choice: str) -> tuple[TextBlock, ...]:
        """The blocks of one of `CHOICES`."""
        return {MINE: self.mine, THEIRS: self.theirs, BOTH: self.theirs + self.mine}[choice]


Part = TextBlock | Clash


@dataclass(frozen=True)
class MergedText:
    """A text put together: blocks, and clashes that wait for a choice. `tail` is the space at its end."""

    parts: tuple[Part, ...]
    tail: str

    @property
    def clashes(self) -> list[Clash]:
        """The clashes that a person has to decide."""
        return [part for part in self.parts if isinstance(part, Clash)]

    def text(self, choices: Mapping[str, str]) -> str:
        """The text with what was chosen for each clash, by its key."""
        blocks: list[TextBlock] = []
        for part in self.parts:
            blocks += part.chosen(choices[part.key]) if isinstance(part, Clash) else [part]
        return join_blocks(blocks) + self.tail


@dataclass(frozen=True)
class _Side:
    """One side's changes to the base: what replaces each block, and what was added before each and at the end."""

    now: list[TextBlock | None]
    added: list[tuple[TextBlock, ...]]


def merge_texts(base: str | None, mine: str, theirs: str) -> MergedText:
    """Put `mine` and `theirs` together; without a `base` whatever differs is asked about."""
    mine = splice(theirs if base is None else base, mine)  # a text field changes line endings
    our_blocks, our_tail = blocks_of(mine)
    their_blocks, their_tail = blocks_of(theirs)
    if base is None:
        return MergedText(tuple(_without_base(our_blocks, their_blocks)), their_tail)
    base_blocks, base_tail = blocks_of(base)
    ours, others = _side(base_blocks, our_blocks), _side(base_blocks, their_blocks)
    return MergedText(
        tuple(_put_together(base_blocks, ours, others)), our_tail if our_tail != base_tail else their_tail
    )


def blocks_of(text: str) -> tuple[list[TextBlock], str]:
    """The blocks of a text, and the space after the last."""
    blocks: list[TextBlock] = []
    space: str | None = None
    for piece in split(text):
        if piece.kind == "space":
            space = (space or "") + piece.raw
        else:
            after = blocks[-1].kind if blocks else ""
            blocks.append(TextBlock(piece.raw, space if space is not None or not blocks else "", piece.kind, after))
            space = None
    return blocks, space or ""


def blocks_text(blocks: Sequence[TextBlock]) -> str:
    """The blocks alone, with blank lines between them."""
    return "\n\n".join(block.key for block in blocks)


def join_blocks(blocks: Sequence[TextBlock]) -> str:
    """One text of blocks that may come from different texts: what were two blocks do not become one."""
    out: list[str] = []
    for position, block in enumerate(blocks):
        lead = block.lead
        if position and (
            lead is None or (_runs_together(blocks[position - 1], block) and normalise_newlines(lead).count("\n") < 2)
        ):
            lead = "\n\n"
        out += [lead or "", block.raw]
    return "".join(out)


def _runs_together(first: TextBlock, second: TextBlock) -> bool:
    return first.kind in LOOSE and second.kind in LOOSE and second.after not in LOOSE


def _keys(blocks: Sequence[TextBlock]) -> list[str]:
    return [block.key for block in blocks]


def _side(base: Sequence[TextBlock], side: Sequence[TextBlock]) -> _Side:
    now: list[TextBlock | None] = [None] * len(base)
    added: list[tuple[TextBlock, ...]] = [()] * (len(base) + 1)
    place = 0
    for old_place, new_place in [*_pairs(base, side), (len(base), len(side))]:
        added[old_place] = tuple(side[place:new_place])
        if old_place < len(base):
            now[old_place] = side[new_place]
        place = new_place + 1
    return _Side(now, added)


def _pairs(old: Sequence[TextBlock], new: Sequence[TextBlock]) -> Iterator[tuple[int, int]]:
    """Which block became which, as places in both, in order: the same ones, then those alike, then those left over."""
    old_keys, new_keys = _keys(old), _keys(new)
    head = _common(old_keys, new_keys)
    tail = _common(old_keys[head:][::-1], new_keys[head:][::-1])
    end, new_end = len(old) - tail, len(new) - tail
    yield from ((position, position) for position in range(head))
    yield from _inner_pairs(old, new, (head, end), (head, new_end))
    yield from zip(range(end, len(old)), range(new_end, len(new)), strict=True)


def _common(left_keys: Sequence[str], right_keys: Sequence[str]) -> int:
    return next(
        (position for position, (left, right) in enumerate(zip(left_keys, right_keys, strict=False)) if left != right),
        min(len(left_keys), len(right_keys)),
    )


def _inner_pairs(
    old: Sequence[TextBlock], new: Sequence[TextBlock], span: tuple[int, int], new_span: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    (start, end), (new_start, new_end) = span, new_span
    if max(end - start, new_end - new_start) > MOST_BLOCKS:
        yield from zip(range(start, end), range(new_start, new_end), strict=False)
        return
    keys, new_keys = _keys(old[start:end]), _keys(new[new_start:new_end])
    for kind, i, j, k, m in SequenceMatcher(None, keys, new_keys, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs = list(zip(range(i, j), range(k, m), strict=True))
        else:
            pairs = [(i + old_place, k + other) for old_place, other in _alike(keys[i:j], new_keys[k:m])]
        yield from ((start + old_place, new_start + other) for old_place, other in pairs)


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Which of these became which, in order: those whose words are alike, and between them one after the other."""
    pairs: list[tuple[int, int]] = []
    old_start, new_start = 0, 0
    for old_place, new_place in [*_most_alike(old, new), (len(old), len(new))]:
        pairs += zip(range(old_start, old_place), range(new_start, new_place), strict=False)
        if old_place < len(old):
            pairs.append((old_place, new_place))
        old_start, new_start = old_place + 1, new_place + 1
    return pairs


def _most_alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    if not old or not new or len(old) * len(new) > MOST_PAIRS:
        return []
    words, new_words = [set(text.split()) for text in old], [set(text.split()) for text in new]
    likeness = [[2 * len(a & b) / (len(a) + len(b) or 1) for b in new_words] for a in words]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if likeness[i][j] >= ALIKE and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _put_together(base: Sequence[TextBlock], ours: _Side, others: _Side) -> Iterator[Part]:
    for position in range(len(base) + 1):
        yield from _both_added(ours.added[position], others.added[position])
        if position < len(base):
            yield from _decided(base[position], ours.now[position], others.now[position])


def _both_added(ours: Sequence[TextBlock], others: Sequence[TextBlock]) -> Iterator[Part]:
    """What both added at one place: theirs, then mine; what both added alike once."""
    yield from others
    twice = Counter(_keys(others))
    for block in ours:
        if twice[block.key] > 0:
            twice[block.key] -= 1
        else:
            yield block


def _decided(was: TextBlock, mine: TextBlock | None, theirs: TextBlock | None) -> Iterator[Part]:
    same_here, same_there = mine is not None and mine.key == was.key, theirs is not None and theirs.key == was.key
    if mine is not None and theirs is not None and mine.key == theirs.key:
        yield mine if (mine.lead, mine.after) != (was.lead, was.after) else theirs
    elif same_there or same_here:
        changed = mine if same_there else theirs
        yield from [changed] if changed is not None else []
    elif mine is not None or theirs is not None:
        yield Clash(was, *(() if block is None else (block,) for block in (mine, theirs)))


def _without_base(mine: Sequence[TextBlock], theirs: Sequence[TextBlock]) -> Iterator[Part]:
    """Theirs, with a clash wherever mine is not the same."""
    their_start, my_start = 0, 0
    same = [(i, j) for i, j in _pairs(theirs, mine) if theirs[i].key == mine[j].key]
    for their_place, my_place in [*same, (len(theirs), len(mine))]:
        if their_place > their_start or my_place > my_start:
            yield Clash(None, tuple(mine[my_start:my_place]), tuple(theirs[their_start:their_place]))
        if their_place < len(theirs):
            yield theirs[their_place]
        their_start, my_start = their_place + 1, my_place + 1
