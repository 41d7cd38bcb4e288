"""Gutenberg block markup: building core blocks, and cleaning what a model wrote. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape, unescape

import nh3

from app.core.markup import clean_html, without_comments

TAGS = nh3.ALLOWED_TAGS | {"figure", "figcaption", "main", "section", "address", "search", "fieldset", "legend"}
ATTRIBUTES = {tag: {*allowed, "class"} for tag, allowed in nh3.ALLOWED_ATTRIBUTES.items()} | {
    tag: {"class"} for tag in ("p", "ul", "ol", "li", "figure", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6")
}
ATTRIBUTES["ol"] |= {"start"}
_FOREIGN_COMMENT = re.compile(r"<!--(?!\s*/?wp:).*?(?:-->|$)", re.DOTALL)
_BLOCK_COMMENT = re.compile(r"<!--\s*/?wp:.*?(?:-->|$)", re.DOTALL)
_PARAGRAPH = re.compile(r"<p\b[^<>]*>(.*?)</p\s*>", re.DOTALL | re.IGNORECASE)
_CELL_END = re.compile(r"</(?:td|th|li)\s*>|<br\s*/?>", re.IGNORECASE)
SEPARATOR = '<!-- wp:separator -->\n<hr class="wp-block-separator has-alpha-channel-opacity"/>\n<!-- /wp:separator -->'


def escape_text(value: str) -> str:
    """Plain text made safe inside HTML."""
    return escape(value, quote=False)


def escape_attribute(value: str) -> str:
    """Plain text made safe inside a quoted attribute."""
    return escape(value, quote=True)


def paragraph(inner: str) -> str:
    """`inner` is HTML."""
    return f"<!-- wp:paragraph -->\n<p>{inner}</p>\n<!-- /wp:paragraph -->"


def heading(title: str, level: int = 2) -> str:
    """`title` is plain text."""
    return heading_html(escape_text(title), level)


def heading_html(inner: str, level: int = 2) -> str:
    """`inner` is HTML."""
    attributes = "" if level == 2 else f' {{"level":{level}}}'
    return (
        f'<!-- wp:heading{attributes} -->\n<h{level} class="wp-block-heading">{inner}</h{level}>\n<!-- /wp:heading -->'
    )


def bullets(items: Iterable[str], ordered: bool = False, start: int = 1) -> str:
    """`items` are HTML; those of an ordered list count from `start`."""
    tag, attributes, begins = "ul", "", ""
    if ordered:
        tag, attributes = "ol", f' {{"ordered":true,"start":{start}}}' if start != 1 else ' {"ordered":true}'
        begins = f' start="{start}"' if start != 1 else ""
    inner = "\n\n".join(f"<!-- wp:list-item -->\n<li>{item}</li>\n<!-- /wp:list-item -->" for item in items)
    return f'<!-- wp:list{attributes} -->\n<{tag}{begins} class="wp-block-list">{inner}</{tag}>\n<!-- /wp:list -->'


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are plain text."""
    head = "".join(f"<th>{escape_text(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return table_html({"thead": f"<tr>{head}</tr>", "tbody": body})


def table_html(sections: Mapping[str, str], caption: str = "") -> str:
    """`sections` are rows as HTML by thead, tbody and tfoot; empty ones are left out. `caption` is HTML."""
    inner = "".join(f"<{name}>{rows}</{name}>" for name, rows in sections.items() if rows)
    below = f'<figcaption class="wp-element-caption">{caption}</figcaption>' if caption else ""
    return (
        '<!-- wp:table {"hasFixedLayout":false} -->\n'
        f'<figure class="wp-block-table"><table>{inner}</table>{below}</figure>\n<!-- /wp:table -->'
    )


def quote(blocks: Iterable[str], source: str = "") -> str:
    """Blocks as a quotation; `source` is HTML."""
    cite = f"<cite>{source}</cite>" if source else ""
    return (
        f'<!-- wp:quote -->\n<blockquote class="wp-block-quote">{join(blocks)}{cite}</blockquote>\n<!-- /wp:quote -->'
    )


def code(source: str) -> str:
    """`source` is plain text."""
    return f'<!-- wp:code -->\n<pre class="wp-block-code"><code>{escape_text(source)}</code></pre>\n<!-- /wp:code -->'


def preformatted(inner: str) -> str:
    """`inner` is HTML whose white space counts."""
    return f'<!-- wp:preformatted -->\n<pre class="wp-block-preformatted">{inner}</pre>\n<!-- /wp:preformatted -->'


def image(source: str, alt: str = "", caption: str = "") -> str:
    """`source` and `alt` are plain text, `caption` is HTML."""
    below = f'<figcaption class="wp-element-caption">{caption}</figcaption>' if caption else ""
    picture = f'<img src="{escape(source)}" alt="{escape(alt)}"/>'
    return f'<!-- wp:image -->\n<figure class="wp-block-image">{picture}{below}</figure>\n<!-- /wp:image -->'


def raw(html: str) -> str:
    """HTML that is no other block."""
    return f"<!-- wp:html -->\n{html}\n<!-- /wp:html -->"


def join(blocks: Iterable[str]) -> str:
    """Blocks as one document."""
    return "\n\n".join(blocks)


def clean_block_html(html: str) -> str:
    """Without scripts, event handlers, dangerous links and comments other than block comments."""
    cleaned_html = clean_html(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        strip_comments=False,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    return _FOREIGN_COMMENT.sub("", cleaned_html).strip()


def without_block_comments(html: str) -> str:
    """Without comments that begin or end blocks: what is left of such that nobody closed or opened."""
    return _BLOCK_COMMENT.sub("", html)


def opening(html: str) -> str:
    """The text of the first paragraph that does not only lead on to what follows; empty without one."""
    return next((text for text in _paragraph_blocks(html) if not text.endswith(":")), "")


def prose(html: str) -> str:
    """The text of all paragraphs."""
    return " ".join(text for text in _paragraph_blocks(html) if not text.endswith(":"))


def _paragraph_blocks(html: str) -> Iterator[str]:
    return filter(None, (plain_text(match[1]) for match in _PARAGRAPH.finditer(html)))


def plain_text(html: str) -> str:
    """The text of some HTML, spaces collapsed."""
    bare = _CELL_END.sub(r"\g<0> ", without_comments(html))
    return " ".join(unescape(clean_html(bare, tags=set())).split())
