"""What of a text may be worded anew: the insides of paragraphs, list items and the like. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.content.blocks import TextPiece, split
from app.optimizer.analysis.sentences import WORD, sentence_spans
from app.optimizer.rewrite.word_lists import WORD_LISTS

TAG = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*+)(?>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*)>", re.DOTALL
)
SHORTCODE = re.compile(r"\[/?[a-zA-Z][\w-]*[^\[\]]*\]")
VOID = frozenset(("br", "wbr", "img"))
INLINE, CLOSED = WORD_LISTS["inline"], WORD_LISTS["closed"]
PARENTS = frozenset(("p", "li", "dd", "td", "blockquote", "div"))
BLOCKS = frozenset(("paragraph", "list", "quote", "group", "columns", "column", "cover", "media-text", "details"))
LONGEST_PIECE, FEWEST_WORDS = 20_000, 4


@dataclass(frozen=True, slots=True)
class OpenPassage:
    """A line of text with its tags, which begins at `start` in the document; `heading` is what it stands under."""

    start: int
    html: str
    heading: str = ""

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(WORD.findall(bare_text(self.html)))


def bare_text(html: str) -> str:
    """A passage without its tags. References such as `&amp;` stay as they are."""
    return TAG.sub(lambda tag: " " if tag["name"] == "br" else "", html)


def open_passages(html: str) -> list[OpenPassage]:
    """The passages of a text that may be worded anew, in order.

    Headings, captions, buttons, code, shortcodes, what has an image in it, and what is broken are none.
    """
    passages, offset, heading = [], 0, ""
    for piece in split(html):
        if is_heading(piece):
            heading = " ".join(bare_text(piece.raw).split())
        elif _is_open(piece):
            parent = "p" if piece.kind == "text" else ""
            passages += [
                OpenPassage(offset + start, piece.raw[start:end], heading)
                for start, end in _runs(piece.raw, parent)
                if _may_change(piece.raw[start:end])
            ]
        offset += len(piece.raw)
    return passages


def is_heading(piece: TextPiece) -> bool:
    """Whether a piece is a heading, and nothing else."""
    return piece.name == "heading" or bool(piece.kind == "element" and re.fullmatch(r"h[1-6]", piece.name))


def _is_open(piece: TextPiece) -> bool:
    if len(piece.raw) > LONGEST_PIECE:
        return False
    if piece.kind == "block":
        return piece.name in BLOCKS
    return piece.kind in ("element", "text") and piece.name not in CLOSED


def _runs(raw: str, parent: str) -> Iterator[tuple[int, int]]:
    """Where there is text between two tags that are no part of a line, in an element that may hold text."""
    stack, start = [parent] if parent else [], 0
    for tag in TAG.finditer(raw):
        name = (tag["name"] or "").lower()
        if name in INLINE:
            continue
        yield from _run(raw, start, tag.start(), stack)
        start = tag.end()
        if not name:
            continue
        if not tag["close"]:
            stack.append(name)
        elif name in stack:
            del stack[len(stack) - 1 - stack[::-1].index(name) :]
    yield from _run(raw, start, len(raw), stack)


def _run(raw: str, start: int, end: int, stack: list[str]) -> Iterator[tuple[int, int]]:
    text = raw[start:end]
    if text.strip() and stack and stack[-1] in PARENTS and not CLOSED & set(stack):
        start += len(text) - len(text.lstrip())
        yield start, start + len(text.strip())


def _may_change(html: str) -> bool:
    return (
        tag_depths(html) is not None
        and not any((tag["name"] or "").lower() == "img" for tag in TAG.finditer(html))
        and not SHORTCODE.search(html)
        and len(WORD.findall(bare_text(html))) >= FEWEST_WORDS
    )


def tag_depths(html: str) -> list[tuple[int, int]] | None:
    """How many tags are open from each place on, as (place, depth); None for what is no balanced text in a line."""
    stack: list[str] = []
    steps, offset = [(0, 0)], 0
    for tag in TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if name not in INLINE or "<" in html[offset : tag.start()] or ">" in html[offset : tag.start()]:
            return None
        offset = tag.end()
        if tag["close"]:
            if not stack or stack.pop() != name:
                return None
        elif name not in VOID and not tag[0].endswith("/>"):
            stack.append(name)
        steps.append((tag.end(), len(stack)))
    return None if stack or "<" in html[offset:] or ">" in html[offset:] else steps


def sentences_of(html: str, language: str) -> list[tuple[int, int]]:
    """Where the sentences of a passage are. No tag is open where one ends; two within one tag are one."""
    text, places, offset = [], [], 0
    for tag in [*TAG.finditer(html), None]:
        end = tag.start() if tag else len(html)
        for place in range(offset, end):
            text.append(" " if html[place].isspace() else html[place])
            places.append(place)
        if tag and (tag["name"] or "").lower() == "br":
            text.append(" ")
            places.append(tag.start())
        offset = tag.end() if tag else end
    spans = sentence_spans("".join(text), language)
    return _cut(html, [places[end - 1] + 1 for _start, end in spans if end])


def _cut(html: str, ends: list[int]) -> list[tuple[int, int]]:
    steps, spans, start = tag_depths(html) or [], [], 0
    for end in ends:
        while (tag := TAG.match(html, end)) and tag["close"]:
            end = tag.end()
        depth = next((deep for place, deep in reversed(steps) if place <= end), 0)
        if depth == 0 and html[start:end].strip():
            spans.append((start, end))
            start = end + len(html[end:]) - len(html[end:].lstrip())
    if html[start:].strip():
        spans.append((start, len(html.rstrip())))
    return spans
