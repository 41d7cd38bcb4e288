"""What in a text is still a note to the writer: the lines of the outline that it began as. Pure.

An outline of the built-in provider keeps its notes with the content; while one of them is in the text, it is not
published. Its sentences are recognised without that too, where they were copied into another text.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.ai.builtin.draft import SENTENCES
from app.ai.builtin.outline_frames import all_notes
from app.core.html_scan import Scan, scan

_SHORT_WORDS = 6
_ANY_WORDS = "kkk"
_EDGES = re.compile(r"^\W+|\W+$")
_HEADINGS = re.compile(r"<h[1-6]\b.*?</h[1-6]\s*>", re.DOTALL | re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_MOST_JOINED = 4  # lines that a note may be broken over
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»‹›’‘‚‛`'「」『』", '"'))
_PLACEHOLDER = re.compile(
    r"\[(?:insert|add|enter|your|placeholder|link to|image of|image:|todo|tbd|name of|company|brand)\b[^\]\n]{0,80}\]"
    r"|\blorem ipsum\b|\bdolor sit amet\b|\b(?:TODO|TBD|FIXME|XXX+)\b|\{\{[^{}\n]{1,60}\}\}",
    re.IGNORECASE,
)
_ONLY_CAPITALS = frozenset(("todo", "tbd", "fixme"))


def normalised(line: str) -> str:
    """A line without case, quotes of one kind, without what nobody sees and what stands at its ends."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", line)).translate(_QUOTES)
    return _EDGES.sub("", " ".join(plain.casefold().split()))


def notes_of(outline: str) -> list[str]:
    """The notes of an outline just made: all its lines but headings and names of columns."""
    outline_scan = scan(_HEADINGS.sub("", outline))
    cells = {normalised(cell) for row in outline_scan.rows for cell in row[1:]}
    return list(dict.fromkeys(note for line in outline_scan.lines if (note := normalised(line)) and note not in cells))


def notes_left_in(text: Scan, notes: list[str], is_outline: bool = False) -> list[str]:
    """The lines of a text that are still notes, each once. `is_outline`: it was made as one."""
    stored = set(map(normalised, notes)) if notes else _retired()[1] if is_outline else set()
    filled = {normalised(row[0]) for row in text.rows if row and any(cell.strip() for cell in row[1:])}
    open_notes = stored - filled
    if not open_notes and not _may_hold_sentences([*text.lines, *text.described]):
        return []
    note_lines = [
        line for line in dict.fromkeys([*text.lines, *text.described]) if _is_note(normalised(line), open_notes)
    ]
    return note_lines + list(dict.fromkeys(_broken_notes(text.lines, open_notes, set(note_lines))))


def placeholders_in(text: Scan) -> list[str]:
    """What looks like a gap to fill in, each once."""
    matches = (match[0] for line in [*text.lines, *text.described] for match in _PLACEHOLDER.finditer(line))
    return list(
        dict.fromkeys(
            placeholder
            for placeholder in matches
            if placeholder.casefold() not in _ONLY_CAPITALS or placeholder.isupper()
        )
    )


def _broken_notes(lines: list[str], open_notes: set[str], note_lines: set[str]) -> Iterator[str]:
    """Notes that go over several lines, joined; lines that are notes by themselves are in `note_lines`."""
    for start in range(len(lines)):
        for end in range(start + 2, min(start + _MOST_JOINED, len(lines)) + 1):
            joined = " ".join(lines[start:end])
            if note_lines.isdisjoint(lines[start:end]) and _is_note(normalised(joined), open_notes):
                if not _is_note(normalised(" ".join(lines[start + 1 : end])), open_notes):  # it begins in this line
                    yield joined
                break


def _is_note(line: str, open_notes: set[str]) -> bool:
    return line in open_notes or _sentences().search(line) is not None


@cache
def _retired() -> tuple[list[str], set[str]]:
    """Sentences and points of outlines that were made before; texts hold them still."""
    text = Path(__file__).with_name("retired_notes.txt").read_text()
    sentences, _, points = text.partition("\n---\n")
    lines = [line for line in sentences.splitlines() if not line.startswith("#")]
    return lines, {normalised(point) for point in points.splitlines()}


def _may_hold_sentences(lines: list[str]) -> bool:
    """False when no sentence is in these lines, nor goes over several: decided at once, as most texts have none."""
    whole = normalised(" ".join(lines))
    return any(part in whole for part in _longest_parts())


@cache
def _normalised_sentences() -> tuple[str, ...]:
    """With `kkk` for the words that differ."""
    sentences = dict.fromkeys([*SENTENCES, *all_notes(), *_retired()[0]])
    return tuple(normalised(sentence.replace("{k}", _ANY_WORDS)) for sentence in sentences)


@cache
def _longest_parts() -> tuple[str, ...]:
    """Of each sentence the longest part that is the same in all texts."""
    return tuple(
        max((normalised(part) for part in text.split(_ANY_WORDS)), key=len) for text in _normalised_sentences()
    )


@cache
def _sentences() -> re.Pattern[str]:
    """Long sentences anywhere in a line, short ones as the whole line."""
    patterns = []
    for text in _normalised_sentences():
        pattern = re.escape(text).replace(_ANY_WORDS, ".{1,300}?")
        patterns.append(pattern if len(text.split()) > _SHORT_WORDS else f"^(?:{pattern})$")
    return re.compile("|".join(patterns))
