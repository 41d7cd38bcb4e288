"""The HTML that a model meant: it may come as Markdown, in a fence, escaped, or as a whole document. Pure."""

import re
from html import unescape

from markdown_it import MarkdownIt

from app.ai.wording import title_key

_FENCE = re.compile(
    r"(?P<ticks>`{3,}|~{3,})[ \t]*(?:html?|xhtml|xml|markdown|md|text|txt)?[ \t]*\n(?P<inside>.*?)\n?[ \t]*(?P=ticks)",
    re.DOTALL | re.IGNORECASE,
)
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_SHELL = re.compile(r"<!doctype[^<>]*>|</?html\b[^<>]*>|</?body\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:p|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|td|blockquote|pre|div|section|article|figure|hr|details)\b[^<>]*>",
    re.IGNORECASE,
)
_ESCAPED_TAG = re.compile(
    r"&lt;/?(?:p|h[1-6]|ul|ol|li|table|blockquote|div|section|article)\b.{0,500}?&gt;", re.IGNORECASE
)
# Line ends that were escaped once too often stand between elements, or take the place of all of them.
_LITERAL_ENDS = re.compile(r"(?:\\r|\\n|\\t|[ \t])*\\n(?:\\r|\\n|\\t|[ \t])*")
_MARKDOWN = re.compile(
    r"^[ \t]{0,3}(?:#{1,6}[ \t]+\S|[-*+][ \t]+\S|\d{1,3}[.)][ \t]+\S|>[ \t]|\|.+\||```|~~~|(?:[-*_][ \t]*){3,}$)"
    r"|\*\*\S|__\S|\[[^\]\n]+\]\(\S+?\)|`[^`\n]+`|\S\n(?:===+|---+)[ \t]*$",
    re.MULTILINE,
)
_FIRST_HEADING = re.compile(
    r"^(?P<before>(?:\s|<(?:main|article|section|header|hgroup|div)\b[^<>]*>)*)"
    r"<h(?P<level>[12])\b[^<>]*>(?P<words>.{0,1000}?)</h(?P=level)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_BLOCK_MARKUP = re.compile(r"<!--\s*/?wp:")


def to_html(body: str, title: str = "") -> str:
    """The body as HTML, whatever it came as; a first heading that repeats `title` is left out."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    text = _without_literal_ends(_unfenced(text))
    if not _TAG.search(text) and _ESCAPED_TAG.search(text):
        text = unescape(text)
    if _DOCUMENT.search(text):
        text = _inside(text)
    if not _BLOCK_MARKUP.search(text):
        text = _from_markdown(text)
    return _without_title(text.strip(), title)


def _unfenced(text: str) -> str:
    """What is in the fence, when all or nearly all of the text is in one."""
    fence = _FENCE.search(text)
    if fence is None:
        return text
    outside = (text[: fence.start()] + text[fence.end() :]).strip()
    is_whole = not outside or (len(fence["inside"]) > 4 * len(outside) and not _BLOCK_TAG.search(outside))
    return (
        fence["inside"].strip() if is_whole and _TAG.search(fence["inside"]) else text if outside else fence["inside"]
    )


def _without_literal_ends(text: str) -> str:
    if "\\n" not in text:
        return text
    if not _TAG.search(text):
        return text if "\n" in text else _LITERAL_ENDS.sub("\n", text.replace("\\n\\n", "\n\n"))
    between = re.compile(rf"(?<=>){_LITERAL_ENDS.pattern}(?=<|$)|^{_LITERAL_ENDS.pattern}(?=<)")
    return between.sub("\n", text)


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
        text = _BLOCK_START.sub(r"\n\n\g<0>", _BLOCK_END.sub(r"\g<0>\n\n", text))
    html: str = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return html


_BLOCK_START = re.compile(
    r"(?<=\S)\s*(?=<(?:p|h[1-6]|ul|ol|table|blockquote|div|section|article|figure)\b)", re.IGNORECASE
)
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|ul|ol|table|blockquote|div|section|article|figure)\s*>", re.IGNORECASE)


def _outside(text: str) -> list[str]:
    """The text that stands in no block element."""
    parts, depth, position = [], 0, 0
    for mark in _BLOCK_TAG.finditer(text):
        if depth == 0:
            parts.append(text[position : mark.start()])
        depth = max(0, depth + (-1 if mark[0].startswith("</") else 0 if mark[0].lower().startswith("<hr") else 1))
        position = mark.end()
    return [*parts, text[position:]] if depth == 0 else parts


def _without_title(html: str, title: str) -> str:
    first = _FIRST_HEADING.match(html)
    if first is None or not title:
        return html
    without_heading = first["before"] + html[first.end() :].lstrip()
    words = unescape(re.sub(r"<[^<>]*>", "", first["words"]))
    return (
        without_heading
        if title_key(words) == title_key(title) and re.sub(r"<[^<>]*>", "", without_heading).strip()
        else html
    )


_WRAPPED = re.compile(
    r"<(h[1-6]|p|strong|b|em|i|span|title|div)(?:\s[^<>]*)?>(?P<inside>.*)</\1\s*>", re.DOTALL | re.IGNORECASE
)
_EMPHASISED = re.compile(r"(\*\*|__)(?P<inside>(?:(?!\1).)+)\1|#{1,6}[ \t]+(?P<heading>.+?)[ \t]*#*", re.DOTALL)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#0*39|#x27|nbsp|#160);", re.IGNORECASE)


def plain_line(value: str) -> str:
    """A field that is plain text, such as a title: `<` and words like `<b>` stay.

    Only what wraps all of it is taken off (an element, the signs of Markdown), and what was escaped is read.
    """
    text = value.strip()
    for _ in range(3):
        wrapped = _WRAPPED.fullmatch(text) or _EMPHASISED.fullmatch(text)
        if wrapped is None:
            break
        groups = wrapped.groupdict()
        text = (groups.get("inside") or groups.get("heading") or "").strip()
    return " ".join(_ENTITY.sub(lambda entity: unescape(entity[0]), text).split())
