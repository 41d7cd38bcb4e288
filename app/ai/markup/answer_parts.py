"""A body that a model gave in parts: paragraphs, sections, blocks of an editor, questions with answers. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from app.ai.markup.answer_html import to_html

DEEPEST = 8
_HEADINGS = frozenset(
    ("heading", "title", "headline", "header", "subheading", "subtitle", "sectiontitle", "sectionheading", "question")
)
_TEXTS = frozenset(
    (
        *("contenthtml", "content", "html", "body", "bodyhtml", "text", "markdown", "paragraph", "paragraphs", "p"),
        *("answer", "answerhtml", "description", "introduction", "intro", "conclusion", "value", "rendered", "raw"),
    )
)
_WITHIN = frozenset(("sections", "subsections", "children", "blocks", "parts", "faq", "faqs", "questions", "elements"))
_LISTS = frozenset(("items", "bullets", "bulletpoints", "points", "list", "ul", "features", "tips"))
_NUMBERED = frozenset(("steps", "ol", "numberedlist"))
_LEVEL = re.compile(r"h([1-6])")
_KINDS = ("type", "tag", "kind", "block", "element")
_LINE_OF_MARKDOWN = re.compile(r"[ \t]*(?:[-*+][ \t]|\d{1,3}[.)][ \t]|\||>)")


def plain_name(name: object) -> str:
    """A name without its spelling: `contentHtml`, `Content HTML` and `content_html` are one."""
    return "".join(filter(str.isalnum, str(name))).casefold()


def html_of(value: object, level: int = 2, depth: int = 0) -> str:
    """The HTML of a body in whatever parts it came; `level` is that of the headings in it. Empty for what is none."""
    if isinstance(value, str):
        return value
    if depth > DEEPEST:
        return ""
    if isinstance(value, Mapping):
        return _of_mapping(value, level, depth)
    if isinstance(value, Sequence):
        return _of_list(value, level, depth)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _of_list(values: Sequence[object], level: int, depth: int) -> str:
    if all(isinstance(value, str) for value in values):
        lines = [str(value) for value in values]
        are_lines = any(map(_LINE_OF_MARKDOWN.match, lines))
        return ("\n" if are_lines else "\n\n").join(lines)
    return "\n".join(_as_html(value, level, depth) for value in values)


def _as_html(value: object, level: int, depth: int) -> str:
    html = html_of(value, level, depth + 1)
    return to_html(html) if isinstance(value, str | list | tuple) else html


def _of_mapping(value: Mapping[Any, Any], level: int, depth: int) -> str:
    by_name = {plain_name(name): inner for name, inner in value.items()}
    if isinstance(by_name.get("data"), Mapping):  # as Editor.js has it
        by_name |= {plain_name(name): inner for name, inner in by_name["data"].items()}
    level = _level_in(by_name, level)
    kind = next((plain_name(by_name[name]) for name in _KINDS if isinstance(by_name.get(name), str)), "")
    if kind in _BLOCKS:
        return _BLOCKS[kind](by_name, level, depth)
    if _LEVEL.fullmatch(kind):
        return _named_heading(by_name, int(kind[1]), depth)
    if "rows" in by_name:
        return _table_block(by_name, level, depth)
    parts = [part for name, inner in by_name.items() if (part := _named_part(name, inner, level, depth))]
    if parts or not value:
        return "\n".join(parts)
    return _by_headings(value, level, depth)


def _level_in(by_name: Mapping[str, Any], level: int) -> int:
    text = str(by_name.get("level", "")).lower().removeprefix("h")
    return min(6, max(2, int(text))) if text.isdecimal() and len(text) < 4 else level


def _named_part(name: str, inner: object, level: int, depth: int) -> str:
    """One field of a section, by its name; empty for what is no part of its text."""
    if name in _HEADINGS:
        return plain_heading(inner, level, depth)
    if match := _LEVEL.fullmatch(name):
        return plain_heading(inner, max(2, int(match[1])), depth)
    if name in _LISTS or name in _NUMBERED:
        return _items_block(inner, level, depth, ordered=name in _NUMBERED)
    if name == "table":
        return html_of(inner, level, depth + 1)
    if name in _WITHIN or name in _TEXTS:
        return _as_html(inner, min(6, level + 1), depth)
    return ""


def _by_headings(value: Mapping[Any, Any], level: int, depth: int) -> str:
    """Texts under the headings that are their names: `{"Pick a tent": "Two doors."}`."""
    if not all(isinstance(inner, str | list | Mapping) for inner in value.values()):
        return ""
    parts = ((plain_heading(name, level), _as_html(inner, min(6, level + 1), depth)) for name, inner in value.items())
    return "\n".join(f"{title}\n{text}" for title, text in parts if text.strip())


def plain_heading(words: object, level: int, depth: int = 0) -> str:
    """A heading of plain words; empty for none."""
    text = html_of(words, level, depth + 1).strip().lstrip("#").strip()
    return f"<h{level}>{text}</h{level}>" if text else ""


def _items_block(items: object, level: int, depth: int, *, ordered: bool = False) -> str:
    if not isinstance(items, list | tuple):
        return _as_html(items, level, depth)
    texts = [re.sub(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+", "", html_of(item, level, depth + 1)) for item in items]
    inner = "".join(f"<li>{text.strip()}</li>" for text in texts if text.strip())
    tag = "ol" if ordered else "ul"
    return f"<{tag}>{inner}</{tag}>" if inner else ""


_INSIDE = ("contenthtml", "content", "text", "html", "items", "children", "value", "body", "code", "raw")


def _inner_parts(by_name: Mapping[str, Any]) -> object:
    return next((by_name[name] for name in _INSIDE if by_name.get(name)), "")


def _named_heading(by_name: Mapping[str, Any], level: int, depth: int) -> str:
    return plain_heading(_inner_parts(by_name) or by_name.get("title") or by_name.get("heading"), max(2, level), depth)


def _paragraph_block(by_name: Mapping[str, Any], level: int, depth: int) -> str:
    return _as_html(_inner_parts(by_name), level, depth)


def _list_block(by_name: Mapping[str, Any], level: int, depth: int) -> str:
    styles = [plain_name(by_name[name]) for name in ("style", *_KINDS) if name in by_name]
    is_ordered = by_name.get("ordered") is True or any(style.startswith(("ol", "order", "number")) for style in styles)
    return _items_block(by_name.get("items") or _inner_parts(by_name), level, depth, ordered=is_ordered)


def _quote_block(by_name: Mapping[str, Any], level: int, depth: int) -> str:
    return f"<blockquote>{_as_html(_inner_parts(by_name), level, depth)}</blockquote>"


def _code_block(by_name: Mapping[str, Any], level: int, depth: int) -> str:
    source = by_name.get("code") or _inner_parts(by_name)
    return f"<pre><code>{escape(html_of(source, level, depth + 1), quote=False)}</code></pre>"


def _table_block(by_name: Mapping[str, Any], level: int, depth: int) -> str:
    head: object = next((by_name[name] for name in ("headers", "header", "head", "columns") if by_name.get(name)), [])
    rows = by_name.get("rows") or _inner_parts(by_name)
    if not isinstance(rows, list):
        return _as_html(rows, level, depth)
    cells = [_row(row, "td", depth) for row in rows]
    top = f"<thead>{_row(head, 'th', depth)}</thead>" if head else ""
    return f"<table>{top}<tbody>{''.join(cells)}</tbody></table>"


def _row(row: object, tag: str, depth: int) -> str:
    values = row.values() if isinstance(row, Mapping) else row if isinstance(row, list) else [row]
    return f"<tr>{''.join(f'<{tag}>{html_of(value, 2, depth + 1)}</{tag}>' for value in values)}</tr>"


_BLOCKS: dict[str, Callable[[Mapping[str, Any], int, int], str]] = {
    **dict.fromkeys(("heading", "header", "subheading", "title", "subtitle"), _named_heading),
    **dict.fromkeys(("paragraph", "p", "text", "html", "raw", "markdown"), _paragraph_block),
    **dict.fromkeys(
        ("list", "ul", "ol", "bullets", "bulletlist", "unorderedlist", "orderedlist", "numberedlist"), _list_block
    ),
    **dict.fromkeys(("quote", "blockquote"), _quote_block),
    "code": _code_block,
    "table": _table_block,
}
