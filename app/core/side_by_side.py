"""Two texts beside each other, line by line and word by word. Pure."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from diff_match_patch import diff_match_patch

CONTEXT = 2
MOST_ROWS = 400
LONGEST_COMPARED = 3000
SECONDS = 1.0  # of processor for one field, whatever the texts
MOST_LINES = 400_000  # each different line is written as a letter, of which there are a million
WORD = re.compile(r"\s+|\w+|[^\w\s]")
Part = tuple[str, bool]
Change = tuple[bool, list[str], list[str]]


@dataclass(frozen=True)
class DiffLine:
    """A line on both sides: its parts, and whether each is only on this side. `kind`: same, changed or skip."""

    kind: str
    theirs: list[Part] = field(default_factory=list)
    ours: list[Part] = field(default_factory=list)


def side_by_side(theirs: str, ours: str) -> list[DiffLine]:
    """Both texts line by line; of unchanged lines, only those next to a difference."""
    until = time.time() + SECONDS
    rows: list[DiffLine] = []
    for number, (same, old, new) in enumerate(changes := _line_changes(_lines(theirs), _lines(ours), until)):
        if same:
            rows += _around(old, first=number == 0, last=number == len(changes) - 1)
        else:
            rows += _rows(old, new, until, MOST_ROWS + 1 - len(rows))
        if len(rows) > MOST_ROWS:
            return [*rows[:MOST_ROWS], DiffLine("skip")]
    return rows


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n", MOST_LINES) if text else []


def _line_changes(old: Sequence[str], new: Sequence[str], until: float) -> list[Change]:
    """What is the same and what is not, in order.

    When time runs out at `until`, the differences are coarser than need be.
    """
    letters: dict[str, str] = {}
    texts: list[str] = []
    for piece in (*old, *new):
        if piece not in letters:
            letters[piece] = chr(len(texts))
            texts.append(piece)
    differ = diff_match_patch()
    differ.Diff_Timeout = 0  # its short cut for long texts has no time limit; `until` holds without it
    written = ["".join(map(letters.__getitem__, part)) for part in (old, new)]
    diffs = differ.diff_main(*written, False, until)
    changes: list[Change] = []
    for kind, part_written in diffs:
        part = [texts[ord(letter)] for letter in part_written]
        if kind == 0:
            changes.append((True, part, part))
            continue
        if not changes or changes[-1][0]:
            changes.append((False, [], []))
        (changes[-1][1] if kind < 0 else changes[-1][2]).extend(part)
    return changes


def _around(lines: Sequence[str], *, first: bool, last: bool) -> list[DiffLine]:
    """The lines of an unchanged part that are next to a change."""
    after, before = 0 if first else CONTEXT, 0 if last else CONTEXT
    if len(lines) <= after + before:
        return _same(lines)
    return [*_same(lines[:after]), *([] if last else [DiffLine("skip")]), *_same(lines[len(lines) - before :])]


def _same(lines: Sequence[str]) -> list[DiffLine]:
    return [DiffLine("same", [(line, False)], [(line, False)]) for line in lines]


def _rows(old: Sequence[str], new: Sequence[str], until: float, most: int) -> list[DiffLine]:
    rows = []
    for number in range(min(max(len(old), len(new)), most)):
        before, after = old[number] if number < len(old) else None, new[number] if number < len(new) else None
        rows.append(DiffLine("changed", *_marked_words(before, after, until)))
    return rows


def _marked_words(before: str | None, after: str | None, until: float) -> tuple[list[Part], list[Part]]:
    """The words of two lines, those on one side alone marked; the whole lines when time is up."""
    if before is None or after is None or len(before) + len(after) > LONGEST_COMPARED or time.time() > until:
        return [(before, True)] if before else [], [(after, True)] if after else []
    left: list[Part] = []
    right: list[Part] = []
    for same, old, new in _line_changes(WORD.findall(before), WORD.findall(after), until):
        left.append(("".join(old), not same))
        right.append(("".join(new), not same))
    return [part for part in left if part[0]], [part for part in right if part[0]]
