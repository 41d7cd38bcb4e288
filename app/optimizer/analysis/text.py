"""The text of an HTML document with the place of each letter in its source. Pure, linear time."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from itertools import accumulate

from app.core.markup import cut_at_unclosed
from app.optimizer.analysis.sentences import Sentence, sentence_spans
from app.optimizer.analysis.types import Mark

_SILENT = frozenset(("script", "style", "template", "noscript", "pre", "code", "kbd", "samp", "var", "textarea", "svg"))
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "label",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "wbr",
        "img",
    ]
)
_KINDS = {"li": "item", "dd": "item", "dt": "item", "td": "cell", "th": "cell", "figcaption": "caption"}
_BLANKS = " \t\n\r\f\v\u00a0"


@dataclass
class Passage:
    """A heading (`level` 1 to 6) or another piece of text (`level` 0). `kind`: heading, text, item, cell or caption.

    `text` has single spaces; `starts` and `ends` are where each of its characters begins and ends in the HTML.
    `of_list` is the number of the list that an item is of, 0 for others.
    """

    kind: str
    level: int = 0
    text: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    language: str = "en"
    of_list: int = 0

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Its sentences, in order."""
        spans = sentence_spans(self.text, self.language)
        return [Sentence(self.text[start:end], start, self.language) for start, end in spans]

    @cached_property
    def word_count(self) -> int:
        """How many words it has."""
        return sum(sentence.length for sentence in self.sentences)

    def mark(self, start: int = 0, end: int | None = None) -> Mark:
        """The place of its characters from `start` to `end` in the HTML."""
        end = len(self.text) if end is None else end
        return Mark(self.starts[start], self.ends[end - 1], self.text[start:end])

    def mark_of(self, sentence: Sentence) -> Mark:
        """The place of one of its sentences."""
        return self.mark(sentence.start, sentence.start + len(sentence.text))


@dataclass(frozen=True, slots=True)
class LinkInText:
    """A link with its words; `rel` are those of its attribute, in lower case."""

    address: str
    words: str
    rel: frozenset[str]
    mark: Mark


@dataclass(frozen=True, slots=True)
class ImageInText:
    """An image of the text; `alt` is None where it has none at all."""

    source: str
    alt: str | None
    mark: Mark


@dataclass
class DocumentText:
    """What was read, in order. `tables`, `videos` and `buttons` are how many of each there are."""

    passages: list[Passage] = field(default_factory=list)
    links: list[LinkInText] = field(default_factory=list)
    images: list[ImageInText] = field(default_factory=list)
    tables: int = 0
    videos: int = 0
    buttons: int = 0

    @property
    def headings(self) -> list[Passage]:
        """Its headings, in order."""
        return [passage for passage in self.passages if passage.level]

    @property
    def prose(self) -> list[Passage]:
        """What is no heading, in order."""
        return [passage for passage in self.passages if not passage.level]

    @property
    def paragraphs(self) -> list[Passage]:
        """What is neither heading nor part of a list or table."""
        return [passage for passage in self.passages if passage.kind == "text"]

    @property
    def lists(self) -> int:
        """How many lists of two items and more it has."""
        items = Counter(passage.of_list for passage in self.passages if passage.of_list)
        return sum(count > 1 for count in items.values())

    def sentences(self) -> Iterator[tuple[Passage, Sentence]]:
        """All sentences with words, each with its passage."""
        for passage in self.passages:
            for sentence in passage.sentences:
                if sentence.words:
                    yield passage, sentence

    @cached_property
    def word_count(self) -> int:
        """How many words it has."""
        return sum(passage.word_count for passage in self.passages)


def places_of(pairs: Iterable[tuple[Passage, Sentence]]) -> list[Mark]:
    """The places of these sentences, for passages that have any in the source."""
    return [passage.mark_of(sentence) for passage, sentence in pairs if passage.starts]


def read_document(html: str, language: str) -> DocumentText:
    """Read a document as it is stored. What is nested or broken is read as far as it goes."""
    html = cut_at_unclosed(html)
    reader = _HtmlReader(html, language)
    reader.feed(html)
    reader.close()
    reader.end_passage()
    return reader.read


class _HtmlReader(HTMLParser):
    def __init__(self, html: str, language: str) -> None:
        super().__init__(convert_charrefs=False)
        self.read = DocumentText()
        self._html, self._language = html, language
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self._open_silent: list[str] = []
        self._links: list[tuple[str, frozenset[str], int, Passage, int]] = []
        self._lists: list[int] = []  # the numbers of those that are open
        self._list_count = 0
        self._pieces: list[str] = []
        self._passage = self._new("text")

    def _new(self, kind: str, level: int = 0) -> Passage:
        of_list = self._lists[-1] if self._lists and kind == "item" else 0
        return Passage(kind, level, language=self._language, of_list=of_list)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def end_passage(self, kind: str = "text", level: int = 0) -> None:
        """Finish the passage at hand and begin one of this kind."""
        passage, text = self._passage, "".join(self._pieces)
        stripped = text.rstrip()
        if stripped:
            passage.text = stripped
            del passage.starts[len(stripped) :], passage.ends[len(stripped) :]
            self.read.passages.append(passage)
        self._pieces.clear()
        self._passage = self._new(kind, level)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(reversed(attrs))
        if tag == "a":
            rel = frozenset((values.get("rel") or "").lower().split())
            begun = (self._passage, len(self._pieces))
            self._links.append(((values.get("href") or "").strip(), rel, self._offset(), *begun))
        elif tag == "img":
            self._add_image(values)
        elif tag == "br":
            self._add_blank(self._offset())
        elif tag in ("iframe", "video", "embed"):
            self.read.videos += 1
        if tag == "button" or "wp-block-button__link" in (values.get("class") or ""):
            self.read.buttons += 1
        if tag in _SILENT:
            self._open_silent.append(tag)
            if tag == "pre":
                self.end_passage()
        elif tag not in _INLINE and tag != "br":
            self._begin_block(tag)

    def _begin_block(self, tag: str) -> None:
        if tag in ("ul", "ol", "dl"):
            self._list_count += 1
            self._lists.append(self._list_count)
        elif tag == "table":
            self.read.tables += 1
        is_heading = len(tag) == 2 and tag[0] == "h" and tag[1] in "123456"
        inside = "item" if self._lists and tag in ("p", "div") else "text"
        self.end_passage("heading" if is_heading else _KINDS.get(tag, inside), int(tag[1]) if is_heading else 0)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._open_silent and self._open_silent[-1] == tag:
            self._open_silent.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            if tag in self._open_silent:
                del self._open_silent[self._open_silent.index(tag) :]
            if tag == "pre":
                self.end_passage()
        elif tag == "a":
            self._end_link()
        elif tag not in _INLINE:
            self.end_passage("item" if self._lists else "text")
            if tag in ("ul", "ol", "dl") and self._lists:
                self._lists.pop()
                self._passage = self._new("item" if self._lists else "text")

    def _end_link(self) -> None:
        if self._links:
            address, rel, start, passage, first = self._links.pop()
            end = self._html.find(">", self._offset()) + 1
            words = "".join(self._pieces[first:]).strip() if passage is self._passage else ""
            self.read.links.append(LinkInText(address, words, rel, Mark(start, end, words or address)))

    def _add_image(self, values: dict[str, str | None]) -> None:
        start = self._offset()
        mark = Mark(start, start + len(self.get_starttag_text() or ""), values.get("alt") or values.get("src") or "")
        alt = (values.get("alt") or "") if "alt" in values else None
        self.read.images.append(ImageInText(values.get("src") or "", alt, mark))

    def handle_data(self, data: str) -> None:
        if self._open_silent:
            return
        base, position = self._offset(), 0
        starts, ends = self._passage.starts, self._passage.ends
        for word in data.split():
            place = data.index(word, position)
            if place > position:
                self._add_blank(base + position)
            self._pieces.append(word)
            position = place + len(word)
            starts.extend(range(base + place, base + position))
            ends.extend(range(base + place + 1, base + position + 1))
        if position < len(data):
            self._add_blank(base + position)

    def _add_blank(self, offset: int) -> None:
        if self._pieces and self._pieces[-1] != " ":
            self._pieces.append(" ")
            self._passage.starts.append(offset)
            self._passage.ends.append(offset + 1)

    def handle_entityref(self, name: str) -> None:
        self._add_reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._add_reference(f"&#{name}")

    def _add_reference(self, source: str) -> None:
        start = self._offset()
        end = start + len(source) + (self._html[start + len(source) : start + len(source) + 1] == ";")
        text = unescape(self._html[start:end])
        if self._open_silent:
            return
        if not text.strip(_BLANKS):
            self._add_blank(start)
            return
        self._pieces.append(text)
        self._passage.starts.extend([start] * len(text))
        self._passage.ends.extend([end] * len(text))
