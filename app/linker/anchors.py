"""Which words of a text carry a link to which page: natural phrases, the first mention, each target once. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from typing import NamedTuple

from app.linker.pages import RAREST, Rarity
from app.linker.splice import Place, place_in
from app.linker.texts import ReadText, TextRun
from app.linker.words import Word, stem_number, words_of_text

LONGEST = 8
LEAST_SHARE = 0.34  # of a title that a phrase has to be
LEAST_RARITY = 0.45 * RAREST  # of a single word that carries a link by itself
SHARED = 3  # targets that the same part of a title would name: it names none of them
WHOLE = 0.9  # worth of a title or keyword that stands there whole
NEAR = 25  # characters that readers see between two links at least
_PARTS = re.compile(r"\s*(?::|\||–|—| - |\(|\))\s*")
_GAP = re.compile(r"[\s\u00a0]*(?:['’&/\-‐‑·.]?[\s\u00a0]*)")
_SENTENCE_GAP = re.compile(r"\.\s")


@dataclass(frozen=True, slots=True)
class Target:
    """A page that may be linked to. `phrases` are its keywords; `anchors` are words of others' links to it, with how
    many pages have them; `used` are words of links to it that there are now, folded, with how often."""

    content_id: int
    title: str
    url: str
    score: int
    phrases: Sequence[str] = ()
    anchors: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How many links a text may have: in all, and one for so many words."""

    most: int
    words_per_link: int


@dataclass(frozen=True, slots=True)
class AnchorChoice:
    """A phrase for a target. `worth` is 0 to 1: how well the phrase says what the page is."""

    target: Target
    place: Place
    worth: float


@dataclass(frozen=True, slots=True)
class _Name:
    """Words by which a target may be named, as stems, and what they are worth where they stand."""

    stems: tuple[str, ...]
    worth: float
    is_whole: bool


def choose_anchors(
    read: ReadText,
    language: str,
    rarity: Rarity,
    targets: Sequence[Target],
    limits: LinkLimits,
    least_worth: float = 0.4,
    occupied: Collection[tuple[int, int]] = (),
) -> list[AnchorChoice]:
    """A phrase for each of the targets that has one, the best targets first, within the limits.

    No two stand side by side, nor beside a link that is there or one of `occupied`: from where to where in the HTML
    links are proposed.
    """
    visible = VisiblePlaces(read)
    runs = [
        _OpenRun(run, words_of_text(run.text, language), start)
        for run, start in zip(read.runs, visible.starts, strict=True)
        if run.is_open
    ]
    room = link_room(read, limits)
    taken = [visible.span(*span) for span in (*((link.start, link.end) for link in read.links), *occupied)]
    choices: list[AnchorChoice] = []
    names = [names_of(target, language, rarity) for target in targets]
    shared = Counter(name.stems for all_names in names for name in all_names if not name.is_whole)
    for target, all_names in zip(targets, names, strict=True):
        if len(choices) >= room:
            break
        own = [name for name in all_names if name.is_whole or shared[name.stems] < SHARED]
        choice = _best(runs, own, target, taken)
        if choice is not None and choice.worth >= least_worth:
            choices.append(choice)
            taken.append(visible.span(choice.place.start, choice.place.end))
    return choices


class VisiblePlaces:
    """Where places of the HTML are among the characters that readers see. The end of a block sets links apart."""

    def __init__(self, read: ReadText) -> None:
        self._runs, self.starts = read.runs, list[int]()
        self._html_starts = [run.start for run in read.runs]
        place, block = 0, -1
        for run in read.runs:
            place += NEAR if run.block != block else 0
            self.starts.append(place)
            place, block = place + len(run.text), run.block

    def span(self, start: int, end: int) -> tuple[int, int]:
        """From where to where among the visible characters a stretch of the HTML is."""
        return self._visible(start), self._visible(end)

    def _visible(self, place: int) -> int:
        number = bisect_right(self._html_starts, place) - 1
        if number < 0:
            return 0
        return self.starts[number] + min(len(self._runs[number].text), bisect_left(self._runs[number].offsets, place))


class _OpenRun(NamedTuple):
    """A run that may take links, its words, and where it begins among the visible characters."""

    run: TextRun
    words: list[Word]
    start: int


def link_room(read: ReadText, limits: LinkLimits) -> int:
    """How many links may be added to a text."""
    words = sum(len(text.split()) for _block, text in read.blocks())
    by_length = max(1, words // limits.words_per_link) if limits.words_per_link else limits.most
    return max(0, min(limits.most, by_length - len(read.links)))


def names_of(target: Target, language: str, rarity: Rarity) -> list[_Name]:
    """The phrases by which a page may be named, the worthiest first."""
    names: dict[tuple[str, ...], float] = {}
    title = unescape(target.title)
    whole = words_of_text(title, language)
    weight = _weigher(rarity)
    total = sum(weight(word) for word in whole) or 1.0
    _add(names, whole, 1.0)
    for part in _PARTS.split(title):
        words = words_of_text(part, language)
        _add(names, words, 0.55 + 0.4 * sum(weight(word) for word in words) / total)
    for text in target.phrases:
        _add(names, words_of_text(text, language), 0.9)
    for text, count in target.anchors.items():
        _add(names, words_of_text(text, language), min(0.95, 0.5 + 0.15 * count))
    for first in range(len(whole)):
        for last in range(first + 1, min(len(whole), first + LONGEST) + 1):
            words = whole[first:last]
            share = sum(weight(word) for word in words) / total
            if share >= LEAST_SHARE:
                _add(names, words, 0.3 + 0.65 * share)
    usable = [_Name(stems, worth, worth >= WHOLE) for stems, worth in names.items() if _carries(stems, rarity)]
    return sorted(usable, key=lambda name: (-name.worth, -len(name.stems)))


def _weigher(rarity: Rarity) -> Callable[[Word], float]:
    return lambda word: rarity.of(stem_number(word.stem)) * (0.15 if word.is_grammar else 1.0)


def _add(names: dict[tuple[str, ...], float], words: Sequence[Word], worth: float) -> None:
    """Add a name, without words of grammar at its ends."""
    first, last = 0, len(words)
    while first < last and words[first].is_grammar:
        first += 1
    while last > first and words[last - 1].is_grammar:
        last -= 1
    stems = tuple(word.stem for word in words[first:last])
    if stems and len(stems) <= 2 * LONGEST and any(stem.strip("0123456789") for stem in stems):
        names[stems] = max(names.get(stems, 0.0), worth)


def _carries(stems: tuple[str, ...], rarity: Rarity) -> bool:
    """Whether the words are distinctive enough: a single one has to be rare."""
    values = [rarity.of(stem_number(stem)) for stem in stems]
    if len(stems) == 1:
        return values[0] >= LEAST_RARITY and len(stems[0]) > 2
    return sum(values) >= LEAST_RARITY


def _best(
    runs: Sequence[_OpenRun],
    names: Sequence[_Name],
    target: Target,
    taken: Collection[tuple[int, int]],
) -> AnchorChoice | None:
    """The worthiest phrase; of equals the one that links to the page have least, then the first."""
    by_start: dict[str, list[_Name]] = {}
    for name in names:
        by_start.setdefault(name.stems[0], []).append(name)
    best: tuple[float, Place] | None = None
    for run, words, first in runs:
        for number, word in enumerate(words):
            for name in by_start.get(word.stem, ()):
                place = _at(run, words, number, name.stems)
                if place is None or _is_beside(first + word.start, len(place.anchor), taken):
                    continue
                worth = name.worth * 0.93 ** min(5, target.used.get(place.anchor.casefold(), 0))
                if best is None or worth > best[0] + 1e-9:
                    best = worth, place
    return AnchorChoice(target, best[1], best[0]) if best else None


def _is_beside(start: int, length: int, taken: Collection[tuple[int, int]]) -> bool:
    """Whether these visible characters are near to some that carry a link, or among them."""
    end = start + length
    return any(start < last + NEAR and first < end + NEAR for first, last in taken)


def _at(run: TextRun, words: Sequence[Word], first: int, stems: tuple[str, ...]) -> Place | None:
    """The phrase, if these words begin here with nothing but spaces, hyphens or apostrophes between them."""
    part = words[first : first + len(stems)]
    if tuple(word.stem for word in part) != stems:
        return None
    for left, right in pairwise(part):
        gap = run.text[left.end : right.start]
        if right.start > left.end and (not _GAP.fullmatch(gap) or _SENTENCE_GAP.search(gap)):
            return None
    start, end = part[0].start, part[-1].end
    return None if _is_in_address(run.text, start, end) else place_in(run, start, end)


def _is_in_address(text: str, start: int, end: int) -> bool:
    """Whether the words are a piece of an address, a path or a mail address that is written out."""
    first, last = text[:start].split(" ")[-1][-200:], text[end : end + 200].split(" ")[0]
    around = first + last
    return any(sign in around for sign in ("/", "@", "www.", "\\"))
