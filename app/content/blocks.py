"""Splitting post HTML into pieces that can be edited one by one.

Pure functions over text. Pieces are slices of the text, so joining them gives it back byte for
byte whatever it was: Gutenberg blocks, classic HTML, or something broken.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from app.content.markup import Span, top_level

MOST_PIECES = 20_000

BLOCK = re.compile(
    r"<!--\s+(?P<close>/)?wp:(?P<name>(?:[a-z][a-z0-9_-]*/)?[a-z][a-z0-9_-]*)\s+(?P<attrs>\{.*\}\s+)?(?P<void>/)?-->",
    re.DOTALL,
)
BLANK_LINE = re.compile(r"(?>\r\n|\r|\n)[ \t]*(?>\r\n|\r|\n)\s*")
NEWLINE = re.compile(r"\r\n|\r")
PLAIN_CHILDREN = {"list": "list-item|list", "quote": "paragraph"}
CHILD_COMMENT = {
    name: re.compile(rf"\s*<!--\s+/?wp:(?:{children})\s+(?:\{{(?:(?!-->).)*\}}\s+)?-->\s*", re.DOTALL)
    for name, children in PLAIN_CHILDREN.items()
}
VISUAL_BLOCKS = frozenset(
    (
        "paragraph",
        "heading",
        "list",
        "quote",
        "image",
        "table",
        "code",
        "preformatted",
        "verse",
        "separator",
        "pullquote",
    )
)
NOT_VISUAL_TAGS = frozenset(
    ("script", "style", "iframe", "object", "embed", "form", "svg", "video", "audio", "template")
)


@dataclass(frozen=True)
class TextPiece:
    """A slice of the text.

    `kind`: ``space`` (between pieces), ``block`` (a Gutenberg block with its comments), ``element`` (a top-level
    element of classic HTML), ``text`` (bare text and inline markup: a paragraph without its tag) or ``opaque``.
    When `editable`, ``raw == prefix + html + suffix`` and `html` may be replaced; `items` says that blocks in it
    (list items and nested lists, paragraphs of a quote) had comments of their own, which `html` leaves out.
    """

    raw: str
    kind: str
    name: str = ""
    editable: bool = False
    prefix: str = ""
    html: str = ""
    suffix: str = ""
    items: bool = False


@dataclass(frozen=True)
class _Comment:
    start: int
    end: int
    name: str
    closes: bool
    void: bool


def split(text: str, most: int = MOST_PIECES) -> list[TextPiece]:
    """The pieces of `text` in order; ``join(split(text)) == text`` for every text.

    Of a text of more than `most` pieces, what follows them is one more, opaque piece: nobody edits it by pieces.
    """
    pieces = list(islice(_pieces(text), most))
    length = sum(len(piece.raw) for piece in pieces)
    return pieces if length == len(text) else [*pieces, TextPiece(text[length:], "opaque")]


def _pieces(text: str) -> Iterator[TextPiece]:
    offset = 0
    for start, end, name in _blocks(text):
        yield from _freeform(text[offset:start])
        yield _block(text[start:end], name)
        offset = end
    yield from _freeform(text[offset:])


def join_pieces(pieces: list[TextPiece]) -> str:
    """The text that the pieces were cut from."""
    return "".join(piece.raw for piece in pieces)


def normalise_newlines(text: str) -> str:
    """`text` with every line ending as a line feed."""
    return NEWLINE.sub("\n", text)


def splice(original: str, submitted: str) -> str:
    """`submitted`, with each piece that differs from one in `original` only in line endings restored as it was.

    Browsers rewrite line endings in text fields; what the person did not touch must not change.
    """
    if normalise_newlines(original) == normalise_newlines(submitted):
        return original
    originals: dict[str, deque[str]] = defaultdict(deque)
    for piece in split(original):
        originals[normalise_newlines(piece.raw)].append(piece.raw)
    result = []
    for piece in split(normalise_newlines(submitted)):
        same = originals.get(piece.raw)
        result.append(same.popleft() if same else piece.raw)
    return "".join(result)


def has_blocks(text: str) -> bool:
    """True when the text holds Gutenberg blocks, so that new paragraphs need comments too."""
    return next(_blocks(text), None) is not None


def _comments(text: str) -> Iterator[_Comment]:
    """Block comments in order. Of the openers before an end only the first and the last are tried: linear time."""
    offset = 0
    while (end := text.find("-->", offset)) >= 0:
        openers = dict.fromkeys((text.find("<!--", offset, end), text.rfind("<!--", offset, end)))
        tried = (BLOCK.fullmatch(text, start, end + 3) for start in openers if start >= 0)
        if match := next(filter(None, tried), None):
            yield _Comment(match.start(), match.end(), match["name"], bool(match["close"]), bool(match["void"]))
        offset = end + 3


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and name of each block at the top. An opener without its closer is no block."""
    stack: list[_Comment] = []
    for comment in _comments(text):
        if comment.closes:
            if stack and stack[-1].name == comment.name:
                opener = stack.pop()
                if not stack:
                    yield opener.start, comment.end, opener.name
        elif comment.void:
            if not stack:
                yield comment.start, comment.end, comment.name
        else:
            stack.append(comment)


def _block(raw: str, name: str) -> TextPiece:
    comments = list(_comments(raw))
    if len(comments) < 2 or name not in VISUAL_BLOCKS:
        return TextPiece(raw, "block", name)
    inner_start, inner_end = comments[0].end, comments[-1].start
    inner = raw[inner_start:inner_end]
    nested = comments[1:-1]
    children = CHILD_COMMENT.get(name)
    items = bool(nested) and children is not None and all(_is_plain(raw, comment, children) for comment in nested)
    spans = top_level(inner)
    if (nested and not items) or spans is None or len(spans) != 1 or not _alone(inner, spans[0]):
        return TextPiece(raw, "block", name)
    span = spans[0]
    html = inner[span.start : span.end]
    visible_html = children.sub("", html) if items and children else html
    return TextPiece(
        raw,
        "block",
        name,
        True,
        raw[: inner_start + span.start],
        visible_html,
        raw[inner_start + span.end :],
        items,
    )


def _is_plain(text: str, comment: _Comment, pattern: re.Pattern[str]) -> bool:
    return not comment.void and pattern.fullmatch(text, comment.start, comment.end) is not None


def _alone(text: str, span: Span) -> bool:
    return not text[: span.start].strip() and not text[span.end :].strip() and not span.tags & NOT_VISUAL_TAGS


def _freeform(text: str) -> Iterator[TextPiece]:
    """Pieces of what is between blocks, or of a classic post."""
    if not text:
        return
    if not text.strip():
        yield TextPiece(text, "space")
        return
    spans = top_level(text)
    if spans is None:
        yield TextPiece(text, "opaque")
        return
    offset = 0
    for span in spans:
        if not span.is_block:
            continue
        yield from _paragraphs(text[offset : span.start])
        raw = text[span.start : span.end]
        visual = not span.tags & NOT_VISUAL_TAGS and "<!--" not in raw
        yield TextPiece(raw, "element", span.tag, visual, "", raw, "") if visual else TextPiece(raw, "opaque", span.tag)
        offset = span.end
    yield from _paragraphs(text[offset:])


def _paragraphs(text: str) -> Iterator[TextPiece]:
    """Bare text cut at blank lines, as WordPress makes paragraphs of it."""
    offset = 0
    for gap in BLANK_LINE.finditer(text):
        yield from _paragraph(text[offset : gap.start()])
        yield TextPiece(gap.group(), "space")
        offset = gap.end()
    yield from _paragraph(text[offset:])


def _paragraph(text: str) -> list[TextPiece]:
    if not text:
        return []
    html = text.strip()
    if not html:
        return [TextPiece(text, "space")]
    start = text.index(html)
    spans = top_level(html)
    if spans is None or "<!--" in html or any(span.tags & NOT_VISUAL_TAGS for span in spans) or html.startswith("["):
        return [TextPiece(text, "opaque")]  # a comment such as <!--more-->, a shortcode, or markup that never closes
    return [TextPiece(text, "text", "", True, text[:start], html, text[start + len(html) :])]
