"""HTML of a model's or a person's hand as core blocks of Gutenberg, none of which the block editor calls invalid. Pure.

Elements that have a core block become one; containers are opened; loose text becomes paragraphs; what has no block
(definition lists, disclosures) becomes the nearest that has. Block markup that is there already stays as it is.
"""

import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.ai.markup import block_html
from app.core.html_tree import is_too_deep

CONTAINERS = frozenset(
    (
        *("article", "section", "main", "header", "footer", "aside", "div", "nav", "body", "html", "center", "hgroup"),
        *("address", "search", "fieldset", "legend"),
        *("li", "dt", "dd", "summary", "figcaption", "caption", "td", "th", "tr", "tbody"),  # where they do not belong
    )
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = CONTAINERS | {*HEADINGS, "p", "ul", "ol", "dl", "table", "figure", "blockquote", "pre", "hr", "details", "img"}
DROPPED = frozenset(("script", "style", "title", "meta", "link", "head", "template", "iframe", "object", "noscript"))
_MARK = re.compile(r"\s*(/)?wp:([a-z][\w/-]*)(?:\s+\{.*\})?\s*(/)?", re.DOTALL)
_BREAKS = re.compile(r"(?:<br\s*/?>\s*){2,}")
_BREAK = re.compile(r"<br\s*/?>")
_EDGE = re.compile(r"\A(?>(?:\s|<br\s*/?>)*)")


def to_blocks(html: str) -> str:
    """Cleaned HTML as blocks, one after the other with an empty line between."""
    return block_html.join(_of_mixed(block_html.clean_block_html(html)))


def _of_mixed(html: str) -> Iterator[str]:
    """Block markup as it stands, and what lies between as blocks. A block that is never closed is read as HTML."""
    position = 0
    for start, end in _whole_blocks(html):
        yield from _of_fragment(html[position:start])
        yield html[start:end].strip()
        position = end
    yield from _of_fragment(html[position:])


def _whole_blocks(html: str) -> Iterator[tuple[int, int]]:
    """Where each outermost block that is closed begins and ends."""
    names: list[str] = []
    first = 0
    for comment, start, end in _comments(html):
        mark = _MARK.fullmatch(comment)
        if mark is None or (mark[1] and not names):
            continue
        if not names:
            first = start
        if mark[1] and names[-1] == mark[2]:
            names.pop()
        elif not mark[1] and not mark[3]:
            names.append(mark[2])
        if not names:
            yield first, end


def _comments(html: str) -> Iterator[tuple[str, int, int]]:
    """What is in each comment, and where that begins and ends; in one pass."""
    position = 0
    while (start := html.find("<!--", position)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        yield html[start + 4 : end], start, end + 3
        position = end + 3


def _of_fragment(html: str) -> Iterator[str]:
    text = block_html.without_block_comments(html).strip()
    if not text:
        return
    if is_too_deep(text):
        yield block_html.raw(text)
        return
    body = LexborHTMLParser(f"<!doctype html><body>{text}").body
    if body is not None:
        yield from _of_children(body)


def _of_children(node: LexborNode) -> Iterator[str]:
    """The blocks of an element's children: runs of loose text and phrases are paragraphs."""
    loose: list[str] = []
    for child in node.iter(include_text=True):
        if child.tag in DROPPED:
            continue
        if child.tag not in BLOCKS and not _holds_blocks(child):
            loose.append(child.html or "")
            continue
        yield from _paragraphs("".join(loose))
        loose.clear()
        yield from _of_element(child)
    yield from _paragraphs("".join(loose))


def _holds_blocks(node: LexborNode) -> bool:
    return any(child.tag in BLOCKS for child in node.traverse()) if node.tag and not node.tag.startswith("-") else False


def _paragraphs(inner: str) -> Iterator[str]:
    for part in _BREAKS.split(inner):
        text = _without_edges(part)
        if block_html.plain_text(text):
            yield block_html.paragraph(text)


def _without_edges(inner: str) -> str:
    """Phrases without the space and the line breaks around them."""
    text = _EDGE.sub("", inner.rstrip(), count=1)
    while text.endswith(">") and _BREAK.fullmatch(text, start := text.rfind("<")):
        text = text[:start].rstrip()
    return text


def _of_element(node: LexborNode) -> Iterator[str]:
    tag = node.tag or ""
    if tag in HEADINGS:
        yield from _heading_block(node, 2 if tag == "h1" else int(tag[1]))
    elif tag in ("ul", "ol"):
        if block_html.plain_text(node.html or ""):
            yield _list(node)
    elif tag == "table":
        yield from _table(node, "")
    elif tag == "figure":
        yield from _figure(node)
    elif tag == "img":
        yield from _image(node, "")
    elif tag == "blockquote":
        yield _quote(node)
    elif tag == "pre":
        yield _preformatted(node)
    elif tag == "hr":
        yield block_html.SEPARATOR
    elif tag == "dl":
        yield from _definitions(node)
    elif tag == "details":
        yield from _disclosure(node)
    elif tag == "p" and not any(child.tag in BLOCKS for child in node.traverse() if child.mem_id != node.mem_id):
        yield from _paragraphs(_inner(node))
    else:
        yield from _of_children(node)


def _inner(node: LexborNode) -> str:
    return "".join(child.html or "" for child in node.iter(include_text=True) if child.tag not in DROPPED).strip()


def _phrases(node: LexborNode) -> str:
    """The inner HTML with no block elements in it: their contents, with spaces between."""
    parts = []
    for child in node.iter(include_text=True):
        if child.tag in DROPPED:
            continue
        parts.append(f" {_phrases(child)} " if child.tag in BLOCKS or _holds_blocks(child) else child.html or "")
    return re.sub(r"[ \t]{2,}", " ", "".join(parts)).strip()


def _heading_block(node: LexborNode, level: int) -> Iterator[str]:
    inner = _phrases(node)
    if block_html.plain_text(inner):
        yield block_html.heading_html(inner, level)


def _list(node: LexborNode) -> str:
    items: list[str] = []
    for child in node.iter(include_text=True):
        if child.tag in ("ul", "ol"):  # a list straight in a list belongs to the item before
            items.append(items.pop() + _list(child) if items else _list(child))
        elif child.tag == "li":
            items.append(_item(child))
        elif (
            child.tag not in DROPPED and (words := _phrases(child) if child.tag in BLOCKS else child.html or "").strip()
        ):
            items.append(words.strip())
    start = node.attributes.get("start") or ""
    number = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1
    return block_html.bullets(filter(None, items), ordered=node.tag == "ol", start=number)


def _item(node: LexborNode) -> str:
    """Text of an item, then its lists: all that an item block may hold."""
    words: list[str] = []
    lists: list[str] = []
    for child in node.iter(include_text=True):
        if child.tag in DROPPED:
            continue
        if child.tag in ("ul", "ol"):
            lists.append(_list(child))
        elif child.tag in BLOCKS or _holds_blocks(child):
            lists += [_list(inner_list) for inner_list in child.css("ul, ol") if not _has_list_above(inner_list, child)]
            for inner_list in child.css("ul, ol"):
                inner_list.decompose()
            words.append(f" {_phrases(child)} ")
        else:
            words.append(child.html or "")
    return re.sub(r"\s{2,}", " ", "".join(words)).strip() + "".join(lists)


def _has_list_above(node: LexborNode, top: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.mem_id != top.mem_id:
        if above.tag in ("ul", "ol"):
            return True
        above = above.parent
    return False


def _table(node: LexborNode, caption: str) -> Iterator[str]:
    sections: dict[str, list[str]] = {"thead": [], "tbody": [], "tfoot": []}
    for row in node.css("tr"):
        cells = [_cell(cell) for cell in row.iter(include_text=False) if cell.tag in ("td", "th")]
        section = row.parent.tag if row.parent is not None and row.parent.tag in sections else "tbody"
        if cells:
            sections[section or "tbody"].append(f"<tr>{''.join(cells)}</tr>")
    title = node.css_first("caption")
    caption = caption or (_phrases(title) if title is not None else "")
    if not sections["tbody"]:  # a table block has a body
        sections["tbody"], sections["thead"] = sections["thead"], []
    if sections["tbody"]:
        yield block_html.table_html({name: "".join(rows) for name, rows in sections.items()}, caption)


def _cell(node: LexborNode) -> str:
    spans = "".join(
        f' {name}="{node.attributes[name]}"'
        for name in ("colspan", "rowspan")
        if (node.attributes.get(name) or "").isdigit()
    )
    return f"<{node.tag}{spans}>{_phrases(node)}</{node.tag}>"


def _figure(node: LexborNode) -> Iterator[str]:
    caption = node.css_first("figcaption")
    words = _phrases(caption) if caption is not None else ""
    if caption is not None:
        caption.decompose()
    table, image = node.css_first("table"), node.css_first("img")
    if table is not None:
        yield from _table(table, words)
        table.decompose()
    elif image is not None:
        yield from _image(image, words)
        image.decompose()
    yield from _of_children(node)
    if table is None and image is None:
        yield from _paragraphs(words)


def _image(node: LexborNode, caption: str) -> Iterator[str]:
    source = node.attributes.get("src") or ""
    if source:
        yield block_html.image(source, node.attributes.get("alt") or "", caption)
    else:
        yield from _paragraphs(caption)


def _quote(node: LexborNode) -> str:
    cite = node.css_first("cite")
    source = ""
    if cite is not None and cite.parent is not None and cite.parent.tag in ("blockquote", "footer", "p"):
        source = _phrases(cite)
        cite.decompose()
    return block_html.quote(_of_children(node), source)


def _preformatted(node: LexborNode) -> str:
    code = node.css_first("code")
    if code is None or code.text(deep=True).strip() != node.text(deep=True).strip():  # there is text beside the code
        return block_html.preformatted(_phrases_kept(node))
    return block_html.code(code.text(deep=True).rstrip())


def _phrases_kept(node: LexborNode) -> str:
    """Inner HTML with its white space."""
    return "".join(child.html or "" for child in node.iter(include_text=True) if child.tag not in DROPPED)


def _definitions(node: LexborNode) -> Iterator[str]:
    """A list of “term: what it is”; terms and explanations keep their order."""
    items: list[str] = []
    terms: list[str] = []
    for child in _terms(node):
        if child.tag == "dt":
            terms.append(f"<strong>{_words(child)}</strong>")
        elif terms or not items:
            items.append(": ".join(filter(None, (", ".join(terms), _words(child)))))
            terms = []
        else:
            items[-1] += f" {_words(child)}"
    items += [", ".join(terms)] if terms else []
    if items:
        yield block_html.bullets(items)


def _words(node: LexborNode) -> str:
    """An element's phrases; a text or a phrase itself."""
    return _phrases(node) if node.tag in BLOCKS else (node.html or "").strip()


def _terms(node: LexborNode) -> Iterable[LexborNode]:
    """Terms and explanations of a list, also where they stand in groups."""
    for child in node.iter(include_text=True):
        if child.tag in ("div", "section"):
            yield from _terms(child)
        elif child.tag not in DROPPED and (child.html or "").strip():
            yield child


def _disclosure(node: LexborNode) -> Iterator[str]:
    """A heading and what it discloses: WordPress 6.1 has no block that folds."""
    summary = node.css_first("summary")
    if summary is not None:
        yield from _heading_block(summary, 3)
        summary.decompose()
    yield from _of_children(node)
