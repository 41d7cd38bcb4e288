"""Where the elements of an HTML fragment begin and end, as offsets into the text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

MAX_TAGS = 100_000  # half a second of parsing; what has more is looked at as a whole
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
BLOCK_TAGS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "details",
        "div",
        "dl",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "iframe",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "script",
        "section",
        "style",
        "table",
        "ul",
        "video",
        "audio",
        "object",
        "template",
        "svg",
    )
)


@dataclass
class Span:
    """An element at the top of a fragment: ``text[start:end]``, its tag, and every tag in it."""

    start: int
    end: int
    tag: str
    tags: set[str] = field(default_factory=set)

    @property
    def is_block(self) -> bool:
        """True for elements that stand on their own, false for inline markup."""
        return self.tag in BLOCK_TAGS


class _Unbalanced(Exception):
    """A tag is closed that was not open."""


class _Spans(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.text = text
        self.lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self.open: list[str] = []
        self.spans: list[Span] = []

    def _offset(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def _begin(self, tag: str, *, alone: bool) -> None:
        start = self._offset()
        if not self.open:
            self.spans.append(Span(start, start + len(self.get_starttag_text() or ""), tag))
        self.spans[-1].tags.add(tag)
        if not alone:
            self.open.append(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._begin(tag, alone=tag in VOID)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID and tag in BLOCK_TAGS - {"svg"}:
            raise _Unbalanced  # <p/> opens a paragraph in a browser
        self._begin(tag, alone=True)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            raise _Unbalanced
        self.open.pop()
        if not self.open:
            end = self.text.find(">", self._offset())
            if end < 0:
                raise _Unbalanced
            self.spans[-1].end = end + 1


def top_level(text: str) -> list[Span] | None:
    """The elements at the top of `text` in order; None when tags do not match up, or there are too many."""
    if "<" not in text:
        return []
    if text.count("<") > MAX_TAGS:
        return None
    if text.rfind("<!--") > text.rfind("-->") or text.rfind("<") > text.rfind(">"):
        return None  # never closed: the parser would read to the end again from each bracket
    parser = _Spans(text)
    try:
        parser.feed(text)
        parser.close()
    except (_Unbalanced, AssertionError):
        return None
    return None if parser.open else parser.spans
