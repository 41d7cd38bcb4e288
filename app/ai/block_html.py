"""Gutenberg block markup: building it, cleaning what a model wrote, wrapping plain HTML. Pure."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from html.parser import HTMLParser

import nh3

from app.core.markup import cleaned, without_comments

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
TAGS = nh3.ALLOWED_TAGS | {"figure", "figcaption"}
ATTRIBUTES = {tag: {*allowed, "class"} for tag, allowed in nh3.ALLOWED_ATTRIBUTES.items()} | {
    tag: {"class"} for tag in ("p", "ul", "ol", "li", "figure", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6")
}
_FOREIGN_COMMENT = re.compile(r"<!--(?!\s*/?wp:).*?(?:-->|$)", re.DOTALL)
_BLOCK_COMMENT = re.compile(r"<!--\s*/?wp:")


def text(value: str) -> str:
    """Plain text made safe inside HTML."""
    return escape(value, quote=False)


def paragraph(inner: str) -> str:
    """`inner` is HTML."""
    return f"<!-- wp:paragraph -->\n<p>{inner}</p>\n<!-- /wp:paragraph -->"


def heading(title: str, level: int = 2) -> str:
    """`title` is plain text."""
    attributes = "" if level == 2 else f' {{"level":{level}}}'
    return (
        f"<!-- wp:heading{attributes} -->\n"
        f'<h{level} class="wp-block-heading">{text(title)}</h{level}>\n<!-- /wp:heading -->'
    )


def bullets(items: Iterable[str], ordered: bool = False) -> str:
    """`items` are HTML."""
    tag, attributes = ("ol", ' {"ordered":true}') if ordered else ("ul", "")
    inner = "\n\n".join(f"<!-- wp:list-item -->\n<li>{item}</li>\n<!-- /wp:list-item -->" for item in items)
    return f'<!-- wp:list{attributes} -->\n<{tag} class="wp-block-list">{inner}</{tag}>\n<!-- /wp:list -->'


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are plain text."""
    head = "".join(f"<th>{text(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        '<!-- wp:table {"hasFixedLayout":false} -->\n<figure class="wp-block-table"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></figure>\n<!-- /wp:table -->"
    )


def join(blocks: Iterable[str]) -> str:
    """Blocks as one document."""
    return "\n\n".join(blocks)


def clean(html: str) -> str:
    """Without scripts, event handlers, dangerous links and comments other than block comments."""
    kept = cleaned(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        strip_comments=False,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    return _FOREIGN_COMMENT.sub("", kept).strip()


class _TopLevel(HTMLParser):
    """Cuts HTML into (tag, source) of its top-level elements; loose text has the tag ``""``."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self._html = html
        self._starts = [0]
        for line in html.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._depth = 0
        self._tag = ""
        self._from = 0
        self.parts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        self._take("", len(html))

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _take(self, tag: str, end: int) -> None:
        source = self._html[self._from : end].strip()
        if source:
            self.parts.append((tag, source))
        self._from = end

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth == 0 and tag in _BLOCK_TAGS:
            self._take("", self._offset())
            self._tag = tag
        if tag in VOID:
            if self._depth == 0 and tag in _BLOCK_TAGS:
                self._take(tag, self._html.index(">", self._offset()) + 1)
            return
        self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or self._depth == 0:
            return
        self._depth -= 1
        if self._depth == 0 and tag == self._tag and tag in _BLOCK_TAGS:
            self._take(tag, self._html.index(">", self._offset()) + 1)
            self._tag = ""


_BLOCK_TAGS = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "figure", "blockquote", "pre", "hr", "div")
)
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)


def _as_list(source: str, ordered: bool) -> str:
    plain = re.sub(r"<(ul|ol|li)\b[^>]*>", r"<\1>", source)
    if plain.count("<ul>") + plain.count("<ol>") > 1:
        return f"<!-- wp:html -->\n{source}\n<!-- /wp:html -->"
    return bullets([item.strip() for item in _ITEM.findall(plain)], ordered)


def _as_heading(tag: str, source: str) -> str:
    level = 2 if tag == "h1" else int(tag[1])
    inner = re.sub(r"^<h\d[^>]*>|</h\d>$", "", source).strip()
    attributes = "" if level == 2 else f' {{"level":{level}}}'
    opened = f'<h{level} class="wp-block-heading">{inner}</h{level}>'
    return f"<!-- wp:heading{attributes} -->\n{opened}\n<!-- /wp:heading -->"


def _as_block(tag: str, source: str) -> str:
    if tag == "":
        return paragraph(source)
    if tag == "p":
        return paragraph(re.sub(r"^<p\b[^>]*>|</p>$", "", source).strip())
    if tag[0] == "h" and tag[1:].isdigit():
        return _as_heading(tag, source)
    if tag in ("ul", "ol"):
        return _as_list(source, tag == "ol")
    if tag == "table":
        inner = re.sub(r"^<table\b[^>]*>", "<table>", source)
        return (
            '<!-- wp:table {"hasFixedLayout":false} -->\n'
            f'<figure class="wp-block-table">{inner}</figure>\n<!-- /wp:table -->'
        )
    if tag == "hr":
        rule = '<hr class="wp-block-separator has-alpha-channel-opacity"/>'
        return f"<!-- wp:separator -->\n{rule}\n<!-- /wp:separator -->"
    return f"<!-- wp:html -->\n{source}\n<!-- /wp:html -->"


def to_blocks(html: str) -> str:
    """Cleaned HTML as blocks; what is block markup already is only cleaned."""
    kept = clean(html)
    if _BLOCK_COMMENT.search(kept):
        return kept
    return join(_as_block(tag, source) for tag, source in _TopLevel(kept).parts)


def plain(html: str) -> str:
    """The text of some HTML, spaces collapsed."""
    bare = without_comments(html)
    return " ".join(cleaned(bare, tags=set()).replace("&nbsp;", " ").replace("&amp;", "&").split())
