"""Changes that are proposed for a text, and texts with some of them. Pure.

A change of the text replaces `before` at `start` in the text that it was made of. It lies in one piece of it
(`app.content.blocks`): all others stay byte for byte, and it can still be made where people have edited others.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from typing import Any

from app.content.blocks import split
from app.core.languages import N_

OPEN, ACCEPTED, REJECTED, APPLIED, OUTDATED = "open", "accepted", "rejected", "applied", "outdated"
DECISIONS, SETTLED = (OPEN, ACCEPTED, REJECTED), (APPLIED, OUTDATED)
HTML, IMAGE = "content_html", "image:"
REASONS = {
    "alt": N_("Alternative text"),
    "heading": N_("Heading level"),
    "spaces": N_("Double spaces"),
    "seo_description": N_("SEO description"),
    "seo_title": N_("SEO title"),
    "sentence": N_("Wording"),
}


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One change. `field` is a column of the content, or "image:" and an id for the alternative text of an image.

    `start` counts in the text, and is 0 for other fields. `state` is OPEN until a person decides; APPLIED ones are in
    the content, OUTDATED ones cannot be any more because somebody changed that place.
    """

    id: int
    reason: str
    before: str
    after: str
    field: str = HTML
    start: int = 0
    by_model: bool = False
    state: str = OPEN

    @property
    def end(self) -> int:
        """Where what it replaces ends."""
        return self.start + len(self.before)

    def stored(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return asdict(self)


def read_changes(rows: Iterable[Mapping[str, Any]]) -> list[ProposedChange]:
    """Stored changes."""
    return [ProposedChange(**row) for row in rows]


def without_overlaps(changes: Iterable[ProposedChange]) -> list[ProposedChange]:
    """In the order of the text, numbered anew from 1; of two that touch the same words, the earlier given one stays."""
    kept: list[ProposedChange] = []
    fields: set[str] = set()
    spans: list[tuple[int, int]] = []  # in order, none overlaps another
    for change in changes:
        if change.field != HTML:
            if change.field not in fields:
                fields.add(change.field)
                kept.append(change)
            continue
        place = bisect(spans, (change.start, change.end))
        if not any(change.start < end and start < change.end for start, end in spans[max(0, place - 1) : place + 1]):
            spans.insert(place, (change.start, change.end))
            kept.append(change)
    kept.sort(key=lambda change: (change.field != HTML, change.field, change.start))
    return [replace(change, id=number) for number, change in enumerate(kept, 1)]


def text_with_changes(html: str, changes: Iterable[ProposedChange]) -> str:
    """`html` with these changes of its text. Raises ValueError when one does not fit it."""
    parts, offset = [], 0
    for change in sorted((one for one in changes if one.field == HTML), key=lambda change: change.start):
        if change.start < offset or html[change.start : change.end] != change.before:
            raise ValueError(f"change {change.id} does not fit the text")
        parts += [html[offset : change.start], change.after]
        offset = change.end
    return "".join([*parts, html[offset:]])


def carried_over(
    base: str, current: str, present: Sequence[ProposedChange], wanted: Sequence[ProposedChange]
) -> tuple[str, set[int]]:
    """`current` with the `wanted` changes, where it has the `present` ones; and the ids of those that have no place.

    `base` is the text that all of them were made of. A piece that somebody changed since stays as it is. Of pieces that
    are alike, the one at the same place is taken, if there are as many as before.
    """
    pieces = [piece.raw for piece in split(current)]
    places = _places(pieces)
    base_pieces = split(base)
    offsets = [0, *accumulate(len(piece.raw) for piece in base_pieces)]
    in_pieces = [_by_piece(group, offsets) for group in (present, wanted)]
    expected, lost = [], set[int]()
    for number, piece in enumerate(base_pieces):
        inside = [group[number] for group in in_pieces]
        now, then = (text_with_changes(piece.raw, group) for group in inside)
        changing = {one.id for one in inside[0]} ^ {one.id for one in inside[1]}
        expected.append((now, then, changing))
    before = _places([now for now, _then, _ids in expected])
    for number, (now, then, changing) in enumerate(expected):
        if not changing or now == then:
            continue
        if len(places[now]) == len(before[now]):
            pieces[places[now][before[now].index(number)]] = then
        else:
            lost |= changing
    return "".join(pieces), lost


def _places(raws: Sequence[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for number, raw in enumerate(raws):
        places[raw].append(number)
    return places


def _by_piece(changes: Sequence[ProposedChange], offsets: Sequence[int]) -> Mapping[int, list[ProposedChange]]:
    """The changes of the text by the number of the piece that each lies in, with places that count from its start."""
    groups: dict[int, list[ProposedChange]] = defaultdict(list)
    for change in changes:
        if change.field == HTML:
            number = bisect(offsets, change.start) - 1
            groups[number].append(replace(change, start=change.start - offsets[number]))
    return groups


def in_states(changes: Iterable[ProposedChange], *states: str) -> list[ProposedChange]:
    """Those that are in one of these states."""
    return [change for change in changes if change.state in states]


def with_state(changes: Iterable[ProposedChange], ids: Collection[int], state: str) -> list[ProposedChange]:
    """All of them, those with these ids in another state."""
    return [replace(change, state=state) if change.id in ids else change for change in changes]
