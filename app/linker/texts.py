"""What stands in the HTML of a text, with the place of each part in it: running text, links, what may not be changed.

Pure. One pass over blocks, classic HTML and broken markup alike, in linear time; nothing is rewritten. Where markup
never ends, all that follows is closed to links: a browser may read it otherwise.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"))
_CLOSED_TAGS = (
    "h1 h2 h3 h4 h5 h6 button code pre kbd samp var tt figcaption caption label legend summary nav select "
    "option optgroup datalist svg math object video audio canvas template blockquote q cite map dialog "
    "menu footer"
)
CLOSED_TAGS = RAW | frozenset(_CLOSED_TAGS.split())
_CLOSED_BLOCKS = (
    "html code preformatted verse buttons button shortcode heading pullquote quote navigation search "
    "embed file image gallery cover video audio more nextpage latest-posts rss site-title post-title"
)
CLOSED_BLOCKS = frozenset(_CLOSED_BLOCKS.split())
_CLOSED_CLASSES = (
    "wp-caption-text wp-element-caption wp-block-button wp-block-button__link wp-element-button button "
    "btn caption no-links toc"
)
CLOSED_CLASSES = frozenset(_CLOSED_CLASSES.split())
FORMATTING = frozenset(("code", "tt"))  # browsers open them again after the block that they were not closed in
_VOID = "area base br col embed hr img input link meta param source track wbr keygen frame basefont bgsound"
VOID = frozenset(_VOID.split())
TABLE_PARTS = frozenset(("table", "tbody", "thead", "tfoot", "tr", "colgroup"))
_INLINE = (
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike "
    "strong sub sup time tt u var wbr"
)
INLINE = frozenset(_INLINE.split())
HEADING = re.compile(r"h[1-6]")
_NAME = re.compile(r"/?([a-zA-Z][^\s/>]*)")
_BLOCK = re.compile(r"\s*(/)?wp:([a-z][a-z0-9_-]*(?:/[a-z][a-z0-9_-]*)?)(\s+\{.*\})?\s*(/)?\s*", re.DOTALL)
ATTRIBUTE = re.compile(r"""([^\s"'>/=]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]*)))?""")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_SHORTCODE = re.compile(r"\[(/)?([a-zA-Z][\w-]{0,60})(?=[\s\]/=])([^\[\]]{0,2000})\]")


@dataclass(frozen=True, slots=True)
class TextRun:
    """Text without a tag in it. `text` has its characters, `offsets` where in the HTML each begins and the last ends.

    `block` numbers the paragraph, list item or cell that it is part of; `is_open` says that a link may be put there.
    `kind` is ``text``, ``heading``, ``link`` or ``closed``.
    """

    text: str
    offsets: range | tuple[int, ...]
    block: int
    is_open: bool
    kind: str

    @property
    def start(self) -> int:
        """Where it begins in the HTML."""
        return self.offsets[0]


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link: ``html[start:inner_start]`` opens it, ``html[inner_end:end]`` closes it."""

    start: int
    inner_start: int
    inner_end: int
    end: int
    href: str
    text: str
    block: int


@dataclass
class ReadText:
    """All runs of a text in order, and its links."""

    runs: list[TextRun] = field(default_factory=list)
    links: list[FoundLink] = field(default_factory=list)

    @property
    def plain(self) -> str:
        """What readers see, one block a line."""
        return "\n".join(text for _block, text in self.blocks())

    def blocks(self) -> Iterator[tuple[int, str]]:
        """Each block's number and text."""
        number = -1
        parts: list[str] = []
        for run in self.runs:
            if run.block != number and parts:
                yield number, "".join(parts)
                parts = []
            number = run.block
            parts.append(run.text)
        if parts:
            yield number, "".join(parts)


def attributes(tag: str) -> dict[str, str]:
    """The attributes of an opening tag, by lower-case name; the first of a name counts."""
    values: dict[str, str] = {}
    body = tag[1:-1].partition(" ")[2] if " " in tag else re.sub(r"^<[^\s/>]*", "", tag)[:-1]
    for match in ATTRIBUTE.finditer(body):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        values.setdefault(match[1].lower(), unescape(value))
    return values


def read_markup(html: str) -> ReadText:
    """Read a text."""
    reader = _Reader(html)
    reader.read()
    return reader.result


class _Reader:
    """Reads from tag to tag. `_open` are the elements that are open, `_closed` of them do not take links."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.result = ReadText()
        self._open: list[tuple[str, bool]] = []
        self._count: Counter[str] = Counter()
        self._blocks: list[tuple[str, bool]] = []
        self._block_count: Counter[str] = Counter()
        self._formatting = dict.fromkeys(FORMATTING, 0)
        self._closed = 0
        self._link: tuple[int, int, str] | None = None
        self._link_text: list[str] = []
        self._block = 0
        self._shut = False
        self._shortcodes = _shortcode_ranges(html)
        self._passed = 0

    def read(self) -> None:
        """Fill the result."""
        html, place = self.html, 0
        while place < len(html):
            bracket = html.find("<", place)
            if bracket < 0:
                self._text(place, len(html))
                return
            after = self._markup(bracket)
            if after == bracket:  # a bracket that is text
                following = html.find("<", bracket + 1)
                end = following if following >= 0 else len(html)
                self._text(place, end)
                place = end
                continue
            self._text(place, bracket)
            place = self._apply(bracket, after)

    def _markup(self, start: int) -> int:
        """Where the markup that begins here ends; `start` when it is text."""
        html = self.html
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            return end + 3 if end >= 0 else len(html)
        if html.startswith(("<!", "<?"), start):
            end = html.find(">", start)
            return end + 1 if end >= 0 else len(html)
        return _tag_end(html, start) if _NAME.match(html, start + 1) else start

    def _apply(self, start: int, end: int) -> int:
        """Take in the markup; where to go on."""
        html = self.html
        if html.startswith("<!--", start):
            self._comment(html[start + 4 : max(start + 4, end - 3)], ended=html.endswith("-->", start, end))
            return end
        name = _NAME.match(html, start + 1)
        if name is None:
            return end
        if not html.endswith(">", start, end):
            self._shut = True
            return end
        tag = name[1].lower()
        if html[start + 1] == "/":
            self._end_tag(tag, start, end)
            return end
        return self._start_tag(tag, start, end)

    def _comment(self, body: str, *, ended: bool) -> None:
        self._shut |= not ended
        match = _BLOCK.fullmatch(body)
        if match is None:
            self._next_block()
            return
        closes, name, void = bool(match[1]), match[2], bool(match[4])
        self._next_block()
        if closes:
            if self._block_count[name]:
                popped = ""
                while popped != name:
                    popped, shut = self._blocks.pop()
                    self._block_count[popped] -= 1
                    self._closed -= shut
        elif not void:
            shut = name in CLOSED_BLOCKS or "/" in name.removeprefix("core/")
            self._blocks.append((name, shut))
            self._block_count[name] += 1
            self._closed += shut

    def _start_tag(self, tag: str, start: int, end: int) -> int:
        html = self.html
        if tag not in INLINE:
            self._next_block()
        if tag in RAW:
            close = re.compile(rf"</{tag}(?=[\s/>])[^>]*>", re.IGNORECASE).search(html, end)
            self._shut |= close is None
            return close.end() if close else len(html)
        if tag == "plaintext":
            self._shut = True
        if tag == "a":
            values = attributes(html[start:end])
            self._link = (start, end, values.get("href", ""))
            self._link_text = []
        elif tag in self._formatting:
            self._formatting[tag] += 1
        elif tag not in VOID and not (tag in ("path", "rect", "circle", "use") and html[end - 2] == "/"):
            self._push(tag, html[start:end])
        return end

    def _push(self, tag: str, text: str) -> None:
        values = attributes(text) if " " in text or "\n" in text else {}
        closed = (
            tag in CLOSED_TAGS
            or bool(CLOSED_CLASSES & set(values.get("class", "").lower().split()))
            or values.get("role", "").lower() in ("button", "navigation", "tab", "menu", "link")
            or "hidden" in values
            or "contenteditable" in values
        )
        self._open.append((_family(tag), closed))
        self._count[_family(tag)] += 1
        self._closed += closed

    def _end_tag(self, tag: str, start: int, end: int) -> None:
        if tag not in INLINE:
            self._next_block()
        if tag == "a":
            self._end_link(start, end)
        elif tag in self._formatting:
            self._formatting[tag] = max(0, self._formatting[tag] - 1)
        elif self._count[_family(tag)]:
            name = ""
            while name != _family(tag):
                name, closed = self._open.pop()
                self._count[name] -= 1
                self._closed -= closed

    def _end_link(self, start: int, end: int) -> None:
        if self._link is not None:
            opened, inner, href = self._link
            text = "".join(self._link_text)
            self.result.links.append(FoundLink(opened, inner, start, end, href, text, self._block))
        self._link = None

    def _next_block(self) -> None:
        self._block += 1

    def _text(self, start: int, end: int) -> None:
        """Add the text between two tags, cut where shortcodes begin and end."""
        place = start
        ranges = self._shortcodes
        while self._passed < len(ranges) and ranges[self._passed][1] <= start:
            self._passed += 1
        number = self._passed
        while number < len(ranges) and ranges[number][0] < end:
            first, last = ranges[number]
            number += 1
            self._add(place, max(place, first), closed=False)
            self._add(max(place, first), min(last, end), closed=True)
            place = max(place, min(last, end))
        self._add(place, end, closed=False)

    def _add(self, start: int, end: int, *, closed: bool) -> None:
        if start >= end:
            return
        text, offsets = _decoded(self.html, start, end)
        if self._link is not None:
            self._link_text.append(text)
        kind = self._kind(closed=closed)
        self.result.runs.append(TextRun(text, offsets, self._block, kind == "text", kind))

    def _kind(self, *, closed: bool) -> str:
        if self._count["h"]:
            return "heading"
        is_closed = closed or self._shut or self._closed or any(self._formatting.values())
        if is_closed or (self._open and self._open[-1][0] in TABLE_PARTS):
            return "closed"
        return "link" if self._link is not None else "text"


def _family(tag: str) -> str:
    """Headings close each other; everything else is closed by its own name."""
    return "h" if HEADING.fullmatch(tag) else tag


def _tag_end(html: str, start: int) -> int:
    """The end of the tag that begins here, as browsers find it: quotes count after an equals sign alone."""
    place, end = start + 1, -1
    while True:
        if end < place:
            end = html.find(">", place)
        if end < 0:
            return len(html)
        equals = html.find("=", place, end)
        if equals < 0:
            return end + 1
        value = equals + 1
        while value < len(html) and html[value].isspace():
            value += 1
        if value < len(html) and html[value] in "\"'":
            close = html.find(html[value], value + 1)
            if close < 0:
                return len(html)
            place = close + 1
        else:
            place = equals + 1


def _decoded(html: str, start: int, end: int) -> tuple[str, range | tuple[int, ...]]:
    """The characters of a stretch of text, and the offset of each and of the end."""
    if "&" not in html[start:end]:
        return html[start:end], range(start, end + 1)
    text: list[str] = []
    offsets: list[int] = []
    place = start
    for match in _REFERENCE.finditer(html, start, end):
        text.append(html[place : match.start()])
        offsets += range(place, match.start())
        characters = unescape(match[0])
        text.append(characters)
        offsets += [match.start()] * len(characters)
        place = match.end()
    text.append(html[place:end])
    offsets += range(place, end + 1)
    return "".join(text), tuple(offsets)


def _shortcode_ranges(html: str) -> list[tuple[int, int]]:
    """The stretches that shortcodes take, with what is between a shortcode and its end; in order, apart."""
    if "[" not in html:
        return []
    marks = list(_SHORTCODE.finditer(html))
    ends: dict[str, list[int]] = {}
    for match in marks:
        if match[1]:
            ends.setdefault(match[2].lower(), []).append(match.end())
    ranges: list[tuple[int, int]] = []
    for match in marks:
        if ranges and match.start() < ranges[-1][1]:
            continue
        own = ends.get(match[2].lower(), []) if not match[1] and not match[3].endswith("/") else []
        place = bisect_right(own, match.end())
        ranges.append((match.start(), own[place] if place < len(own) else match.end()))
    return ranges
