"""The HTML that a model meant: it may come as Markdown, in a fence, escaped, or as a whole document. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import zip_longest

from markdown_it import MarkdownIt

from app.ai.markup import front_matter, literal_signs, stray_signs
from app.ai.wording import title_key

_FENCE_LINE = re.compile(r"^[ \t]{0,3}(?P<ticks>`{3,}|~{3,})[ \t]*+(?P<label>[\w+#-]*+)[ \t]*+$", re.MULTILINE)
_INLINE_FENCE = re.compile(
    r"(`{3,}|~{3,}|'{3})[ \t]*+(?>(?:x?html\d?|markdown|md)?)\s*+(?P<inside><(?:(?!\1).)*>)\s*\1",
    re.DOTALL | re.IGNORECASE,
)
MOST_AROUND = 200  # letters: “Here is the article:”
_TEXTS = frozenset(
    ("", "html", "htm", "xhtml", "xml", "markdown", "md", "text", "txt")
)  # fences that may hold the text
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b|\A\s*<(?:meta|link|title)\b", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_SHELL = re.compile(r"<!doctype[^<>]*>|</?html\b[^<>]*>|</?body\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:p|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|td|blockquote|pre|div|section|article|figure|hr|details)\b[^<>]*>",
    re.IGNORECASE,
)
_ESCAPED_TAG = re.compile(
    r"(?:&lt;|&#0*60;|&#x0*3c;)/?(?:p|h[1-6]|[uod]l|li|table|blockquote|div|section|article|main|header|body|html|details"
    r"|figure|pre|hr)\b.{0,500}?(?:&gt;|&#0*62;|&#x0*3e;|>)",
    re.IGNORECASE,
)
_THOUGHT = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>\s*", re.DOTALL | re.IGNORECASE)
_MARKDOWN = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]+\S|[-*+][ \t]+\S|\d{1,3}[.)][ \t]+\S|>[ \t]|\|.+\||```|~~~|(?:[-*_][ \t]*){3,}$)"
    r"|\*\*\S|__\S|\[[^\]\n]+\]\(\S+?\)|`[^`\n]+`|\S\n(?:===+|---+)[ \t]*$",
    re.MULTILINE,
)
_FIRST_HEADING = re.compile(
    r"^(?P<before>(?:\s|<(?:main|article|section|header|hgroup|div)\b[^<>]*>)*)(?P<block><!--\s*wp:heading\b[^<>]*-->\s*)?"
    r"<h(?P<level>[12])\b[^<>]*>(?P<words>.{0,1000}?)</h(?P=level)\s*>(?(block)\s*<!--\s*/wp:heading\s*-->)",
    re.DOTALL | re.IGNORECASE,
)
_TOP_HEADING = re.compile(
    r"(?:\s|<(?:main|article|section|header|hgroup|div)\b[^<>]*>)*"
    r"(?:<h1\b[^<>]*>(.{1,1000}?)</h1\s*>|#[ \t]+(\S[^\n]{0,300})|([^\n<#]{1,200})\n=+[ \t]*(?=\n|\Z))",
    re.DOTALL | re.IGNORECASE,
)
_DOCUMENT_TITLE = re.compile(r"<title\b[^<>]*>([^<]{1,1000})</title\s*>", re.IGNORECASE)
_BLOCK_MARKUP = re.compile(r"<!--\s*/?wp:")


def to_html(body: str, *titles: str) -> str:
    """The body as HTML, whatever it came as; a first heading that repeats one of the titles is left out."""
    text = front_matter.split_front_matter(bare(body))[1]
    if _DOCUMENT.search(text):
        text = _inside(text)
    if not _BLOCK_MARKUP.search(text):
        text = stray_signs.mend_stray_signs(_from_markdown(text), are_stars_escaped="\\*" in text)
    return _without_title(text.strip(), titles)


def bare(body: str) -> str:
    """The body without what it came in: thoughts, fences, line ends and elements that were escaped once too often."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip().lstrip("\ufeff\u200b")
    text = _without_literal_ends(literal_signs.read_literal_signs(_unfenced(_THOUGHT.sub("", text))))
    if text.startswith("<![CDATA["):
        text = text.removeprefix("<![CDATA[").rstrip().removesuffix("]]>")
    return _unescaped(text)


def _unescaped(text: str) -> str:
    """Elements that were escaped, also twice, as elements; where there are elements, what is escaped is text."""
    read = text
    for _ in range(3):
        if _TAG.search(read):
            break
        if _ESCAPED_TAG.search(read):
            return unescape(read)
        read = unescape(read)
    return text


def title_at_the_top(body: str) -> str:
    """The first-level heading that a body begins with, or the title of a document; empty without one."""
    is_document = _DOCUMENT.search(body)
    top = _TOP_HEADING.match(_inside(body).strip() if is_document else body.strip())
    title = _DOCUMENT_TITLE.search(body) if is_document else None
    words = next(filter(None, top.groups()), "") if top else title[1] if title else ""
    return plain_line(re.sub(r"</?[a-z][^<>]*>", "", words, flags=re.IGNORECASE))


@dataclass(frozen=True, slots=True)
class _Fence:
    """An outermost fence: where it stands in the text, its label, and what is in it."""

    start: int
    end: int
    label: str
    inside: str


def _fences(text: str) -> Iterator[_Fence]:
    """The fences of a text; one with a label may stand within another, and the last may never be closed."""
    opened: list[re.Match[str]] = []
    for line in _FENCE_LINE.finditer(text):
        closes = opened and not line["label"] and line["ticks"].startswith(opened[-1]["ticks"])
        if not closes:
            opened.append(line)
        elif len(opened) > 1:
            opened.pop()
        else:
            first = opened.pop()
            yield _Fence(first.start(), line.end(), first["label"].lower(), text[first.end() : line.start()])
    if opened:
        yield _Fence(opened[0].start(), len(text), opened[0]["label"].lower(), text[opened[0].end() :])


def _unfenced(text: str) -> str:
    """What is in the fences, when all or nearly all of the text is in such."""
    if whole := _INLINE_FENCE.fullmatch(text):
        return whole["inside"]
    fences = list(_fences(text))
    if len(fences) == 1 and fences[0].inside.strip() and fences[0].end - fences[0].start == len(text):
        return fences[0].inside.strip() if _BLOCK_TAG.search(fences[0].inside[:500]) else _of_texts(text, fences)
    return _of_texts(text, fences)


def _of_texts(text: str, fences: Sequence[_Fence]) -> str:
    """What is in fences whose label says that they hold the text."""
    if not fences or any(fence.label not in _TEXTS for fence in fences):
        return text
    outside, position = "", 0
    for fence in fences:
        outside, position = outside + text[position : fence.start], fence.end
    outside = (outside + text[position:]).strip()
    inside = "\n\n".join(fence.inside.strip() for fence in fences)
    if not outside:
        return inside
    is_text = _TAG.search(inside) or all(fence.label in ("markdown", "md") for fence in fences)
    is_nearly_all = len(inside) > 4 * len(outside) or (len(fences) == 1 and _only_presents(outside, inside))
    return inside if is_text and is_nearly_all and not _BLOCK_TAG.search(outside) else text


def _only_presents(outside: str, inside: str) -> bool:
    """Whether the words around a fence with elements are no more than a line before and a line behind it."""
    lines = [line for line in outside.splitlines() if line.strip()]
    return len(lines) <= 2 and len(outside) <= MOST_AROUND and _BLOCK_TAG.search(inside[:500]) is not None


def _without_literal_ends(text: str) -> str:
    """The text without line ends that were escaped once too often: beside elements, or in place of all line ends."""
    if "\\n" not in text:
        return text
    if not _TAG.search(text):
        return text if "\n" in text else text.replace("\\r", "").replace("\\n", "\n").replace("\\t", "\t")
    are_real = "\n" in text
    pieces = [_trimmed(piece, only_whole=are_real) for piece in _BLOCK_TAG.split(text)]
    marks = [mark[0] for mark in _BLOCK_TAG.finditer(text)]
    return "".join(piece + mark for piece, mark in zip_longest(pieces, marks, fillvalue=""))


def _trimmed(piece: str, *, only_whole: bool) -> str:
    """What stands between two elements without the escaped line ends at its ends; `only_whole`: unless it is more."""
    start, end = 0, len(piece)
    while skipped := _blank_length(piece[start : start + 1], piece[start : start + 2]):
        start += skipped
    while end > start and (skipped := _blank_length(piece[end - 1 : end], piece[end - 2 : end])):
        end -= skipped
    if only_whole and start < end and piece[start] != "<":
        return piece
    before, after = ("\n" if "\\n" in part else part for part in (piece[:start], piece[end:]))
    return before + piece[start:end] + after


def _blank_length(sign: str, signs: str) -> int:
    """1 for white space, 2 for an escaped one, else 0."""
    return 1 if sign in (" ", "\t") else 2 if signs in ("\\n", "\\r", "\\t") else 0


def _inside(text: str) -> str:
    """The body of a document; of one without a body all but its head."""
    body = _BODY.search(text)
    without_head = _without_elements(_without_elements(text, "<head", "</head"), "<title", "</title")
    text = without_head if body is None else text[body.end() :]
    end = re.search(r"</body\s*>", text, re.IGNORECASE)
    return _SHELL.sub("", text[: end.start()] if end else text)


def _without_elements(text: str, opening: str, closing: str) -> str:
    """The text without its elements of one name; one that never ends stays."""
    lower, pieces, position = text.lower(), [], 0
    while (start := lower.find(opening, position)) >= 0 and (end := lower.find(closing, start)) >= 0:
        pieces.append(text[position:start])
        position = (lower.find(">", end) + 1) or len(text)
    return "".join([*pieces, text[position:]])


def _from_markdown(text: str) -> str:
    """Markdown as HTML, also where it stands between elements. HTML alone stays as it is."""
    if _BLOCK_TAG.search(text):
        loose = "\n".join(part for part in _outside(text))
        if not _MARKDOWN.search(loose):
            return text
        text = _outside_fences(text, _parted)
    text = _outside_fences(text, _usual_marks)
    html: str = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return html


_BULLET = re.compile(r"^([ \t]*)[•◦▪‣⁃][ \t]+(?=\S)", re.MULTILINE)
_TIGHT_HEADING = re.compile(r"^([ \t]{0,3}#{2,6})(?=[^\s#])", re.MULTILINE)
_BLOCK_START = re.compile(
    r"(?<=\S)\s*(?=<(?:p|h[1-6]|ul|ol|table|blockquote|div|section|article|figure)\b)", re.IGNORECASE
)
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|ul|ol|table|blockquote|div|section|article|figure)\s*>", re.IGNORECASE)


def _outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text with what stands in no fence changed."""
    parts, position = [], 0
    for fence in _fences(text):
        parts += [change(text[position : fence.start]), text[fence.start : fence.end]]
        position = fence.end
    return "".join([*parts, change(text[position:])])


def _parted(text: str) -> str:
    """The text with empty lines around its elements."""
    return _BLOCK_START.sub(r"\n\n\g<0>", _BLOCK_END.sub(r"\g<0>\n\n", text))


def _usual_marks(text: str) -> str:
    """Markdown with the marks that every reader knows: `- ` for a bullet, a space behind those of a heading."""
    return _TIGHT_HEADING.sub(r"\1 ", _BULLET.sub(r"\1- ", text))


def _outside(text: str) -> list[str]:
    """The text that stands in no block element."""
    parts, depth, position = [], 0, 0
    for mark in _BLOCK_TAG.finditer(text):
        if depth == 0:
            parts.append(text[position : mark.start()])
        depth = max(0, depth + (-1 if mark[0].startswith("</") else 0 if mark[0].lower().startswith("<hr") else 1))
        position = mark.end()
    return [*parts, text[position:]] if depth == 0 else parts


def _without_title(html: str, titles: Iterable[str]) -> str:
    first = _FIRST_HEADING.match(html)
    if first is None:
        return html
    without_heading = first["before"] + html[first.end() :].lstrip()
    words = unescape(re.sub(r"<[^<>]*>", "", first["words"]))
    return (
        without_heading
        if title_key(words) in {title_key(title) for title in titles if title}
        and re.sub(r"<[^<>]*>", "", without_heading).strip()
        else html
    )


_WRAPPED = re.compile(
    r"<(h[1-6]|p|strong|b|em|i|span|title|div)(?:\s[^<>]*)?>(?P<inside>(?:(?!</?\1\b).)*)</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_EMPHASISED = re.compile(
    r"(\*\*|__)(?P<inside>(?:(?!\1).)+)\1|\*(?=[^\s*])(?P<slanted>[^*]+)(?<=\S)\*|#{1,6}[ \t]++(?P<heading>.+)",
    re.DOTALL,
)
# Also by number, and those of typographers and of letters with accents; others, such as `&copy;`, may be meant as text.
_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{2,6}|#x[0-9a-f]{2,5}|[nm]dash|[lr][sda]quo|[sb]dquo|sbquo|hellip|shy|szlig"
    r"|[a-z](?:acute|grave|circ|uml|tilde|cedil|ring|slash|caron)|[ao]elig);",
    re.IGNORECASE,
)

_ESCAPED_ENTITY = re.compile(r"&amp;(?=(?:amp|lt|gt|quot|apos|#0*39|nbsp);)", re.IGNORECASE)


def _without_closing(heading: str) -> str:
    """The words of a heading of Markdown without the signs that close it."""
    words = heading.rstrip().rstrip("#")
    return words if words.endswith((" ", "\t")) else heading


def plain_line(value: str) -> str:
    """A field that is plain text, such as a title: `<` and words like `<b>` stay.

    Only what wraps all of it is removed (an element, the signs of Markdown), and what was escaped is read.
    """
    text = literal_signs.read_literal_letters(value).strip()
    for _ in range(3):
        wrapped = _WRAPPED.fullmatch(text) or _EMPHASISED.fullmatch(text)
        if wrapped is None:
            break
        groups = wrapped.groupdict()
        words = groups.get("inside") or groups.get("slanted") or _without_closing(groups.get("heading") or "")
        text = words.strip()
    text = _ESCAPED_ENTITY.sub("&", text)
    return " ".join(_ENTITY.sub(lambda entity: unescape(entity[0]), text).split())
