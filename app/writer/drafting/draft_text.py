"""An HTML text as a reader sees it, in order: headings, paragraphs, links. Pure, linear time."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

_BLOCKS = frozenset(
    tag
    for line in (
        "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form",
        "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul",
    )
    for tag in line.split()
)
_SILENT = frozenset(("script", "style", "template", "noscript"))
_SENTENCE = re.compile(r".+?(?:[.!?؟]+[\"'”’)\]]*(?=\s|$)|[。！？]+[」』”]*|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words, which begin at `start` in the text of its block."""

    address: str
    words: str
    start: int = 0


@dataclass
class DraftBlock:
    """A heading (`level` 1 to 6) or another piece of text (`level` 0), with its links."""

    level: int
    text: str = ""
    links: list[Link] = field(default_factory=list)

    def sentences(self) -> Iterator[str]:
        """Its sentences, in order."""
        return (sentence for sentence, _links in self.sentences_with_links())

    def sentences_with_links(self) -> Iterator[tuple[str, list[Link]]]:
        """Its sentences, in order, each with the links that begin in it."""
        links = deque(sorted(self.links, key=lambda link: link.start))
        for match in _SENTENCE.finditer(self.text):
            own: list[Link] = []
            while links and links[0].start < match.end():
                own.append(links.popleft())
            if match[0].strip():
                yield match[0].strip(), own


@dataclass
class DraftText:
    """The non-empty blocks of a text, and the ids that links within it may lead to."""

    blocks: list[DraftBlock]
    ids: frozenset[str]

    @property
    def headings(self) -> list[DraftBlock]:
        """Its headings, in order."""
        return [block for block in self.blocks if block.level]

    @property
    def first_paragraph(self) -> str:
        """The first block that is not a heading."""
        return next((block.text for block in self.blocks if not block.level), "")

    @property
    def links(self) -> list[Link]:
        """Its links, in order."""
        return [link for block in self.blocks for link in block.links]

    def as_html(self) -> str:
        """Its words alone, a paragraph for each block."""
        return "".join(f"<p>{escape(block.text)}</p>" for block in self.blocks)

    def section(self, heading: DraftBlock) -> str:
        """A heading and everything under it, up to the next heading of its level or above."""
        start = next(place for place, block in enumerate(self.blocks) if block is heading)
        parts = [heading.text]
        for block in self.blocks[start + 1 :]:
            if block.level and block.level <= heading.level:
                break
            parts.append(block.text)
        return "\n".join(parts)


def read_text(html: str) -> DraftText:
    """Read a text as it is stored."""
    if html.rfind("<!--") > html.rfind("-->"):
        html += "-->"  # never closed: the parser would read to the end again from each bracket
    elif html.rfind("<") > html.rfind(">"):
        html += ">"
    reader = _DraftTextParser()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return DraftText(reader.blocks, frozenset(reader.ids))


class _DraftTextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[DraftBlock] = []
        self.ids: set[str] = set()
        self._words: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._open: list[tuple[str, int]] = []
        self._ended: list[tuple[str, int, int]] = []
        self._level = 0
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if tag in _SILENT:
            self._silent = tag
        elif tag in _BLOCKS:
            self.end_block()
            self._level = int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else 0
        elif tag == "br":
            self._words.append("\n")
        elif tag == "a" and values.get("href") is not None:
            self._open.append((str(values["href"]), len(self._words)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = ""
        elif tag in _BLOCKS:
            self.end_block()
        elif tag == "a" and self._open:
            self._end_link()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def _end_link(self) -> None:
        address, start = self._open.pop()
        self._ended.append((address.strip(), start, len(self._words)))

    def end_block(self) -> None:
        """Make one block of what was read since the last one ended."""
        while self._open:
            self._end_link()
        text = " ".join("".join(self._words).split())
        if text or self._ended:
            self.blocks.append(DraftBlock(self._level if text else 0, text, self._links_in(text)))
        self._words, self._ended, self._level = [], [], 0

    def _links_in(self, text: str) -> list[Link]:
        if not self._ended:
            return []
        places, last = _places_in_text(self._words), max(0, len(text) - 1)
        return [
            Link(address, " ".join("".join(self._words[start:end]).split()), min(places[start], last))
            for address, start, end in self._ended
        ]


def _places_in_text(parts: Sequence[str]) -> list[int]:
    """Where each part, and what follows them, begins in the text after whitespace is collapsed to single spaces."""
    places, length, is_between = [], 0, False
    for part in parts:
        words = part.split()
        is_between = is_between or part[:1].isspace()
        places.append(length + (1 if is_between and length else 0))
        if words:
            length = places[-1] + sum(map(len, words)) + len(words) - 1
        is_between = part[-1:].isspace() if words else is_between
    return [*places, length]
