"""Sections as markup of WordPress's own blocks, byte for byte as the block editor would save it.

Only core blocks, no styles of our own: colours are the presets of `app.sitebuilder.style.wordpress`, sizes those of
WordPress. Without the presets a theme shows the same blocks in its own colours. What the blocks of newer releases add
is chosen by `BlockDialect`; `tests/wordpress/test_site_blocks.py` asks the real editors.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from html import escape, unescape
from typing import Any

from app.sitebuilder.blocks.nodes import (
    BoxNode,
    ButtonNode,
    ButtonsNode,
    DetailsNode,
    GalleryNode,
    GridNode,
    HeadingNode,
    ListNode,
    Node,
    ParagraphNode,
    PictureNode,
    PostsNode,
    QuoteNode,
    SectionNode,
    TextLink,
)
from app.sitebuilder.blocks.rendering import ImageSource, Rendering

_REFERENCE = re.compile(r"&(?:[a-zA-Z0-9]+|#[0-9]{1,6}|#[xX][0-9a-fA-F]{1,6});")
SIZES = {"lead": "medium", "small": "small", "figure": "x-large"}


@dataclass(frozen=True, slots=True)
class BlockDialect:
    """What the blocks of a release of WordPress look like."""

    has_details: bool = True
    heading_class: bool = True
    list_class: bool = True

    @classmethod
    def of_version(cls, version: str) -> "BlockDialect":
        """The dialect of a WordPress of this version, such as "6.1.9"; of the newest one when it is unknown."""
        numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if len(numbers) < 2:
            return cls()
        return cls(has_details=numbers >= (6, 3), heading_class=numbers >= (6, 2), list_class=numbers >= (6, 6))


@dataclass(frozen=True, slots=True)
class _Writing:
    rendering: Rendering
    dialect: BlockDialect


def page_markup(sections: Iterable[SectionNode], rendering: Rendering, dialect: BlockDialect) -> str:
    """The text of a page's post."""
    writing = _Writing(rendering, dialect)
    return "\n\n".join(filter(None, (_section(section, writing) for section in sections)))


def _section(section: SectionNode, writing: _Writing) -> str:
    inner = _blocks(section.children, writing)
    if not inner:
        return ""
    name = f"site-section site-{section.kind.replace('_', '-')}"
    attributes: dict[str, Any] = {"tagName": "section", "align": "full", "className": name}
    classes = ["wp-block-group", "alignfull", name]
    if section.tone != "plain":
        text, ground = ("site-on-accent", "site-accent") if section.tone == "accent" else ("site-text", "site-surface")
        attributes |= {"backgroundColor": ground, "textColor": text}
        classes += [f"has-{text}-color", f"has-{ground}-background-color", "has-text-color", "has-background"]
    attributes["layout"] = {"type": "constrained"}
    return _block("group", f'<section class="{" ".join(classes)}">{inner}</section>', attributes)


def _block(name: str, inner: str, attributes: Mapping[str, Any] | None = None) -> str:
    return f"<!-- wp:{name}{_attributes(attributes)} -->\n{inner}\n<!-- /wp:{name} -->"


def _attributes(attributes: Mapping[str, Any] | None) -> str:
    """Attributes as WordPress writes them into the comment."""
    if not attributes:
        return ""
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    for char, written in (("--", "\\u002d\\u002d"), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(char, written)
    return " " + text.replace('\\"', "\\u0022")


def _text(text: str) -> str:
    """Plain text within a block. A bracket is written so that no shortcode begins with it."""
    return escape(text, quote=False).replace("[", "&#91;")


def _value(text: str) -> str:
    """A value of an attribute. The block editor cannot keep a character reference as text there: it is read as one."""
    while (read := _REFERENCE.sub(lambda reference: unescape(reference[0]), text)) != text:
        text = read
    return escape(text).replace("[", "&#91;")


def _blocks(nodes: Sequence[Node], writing: _Writing) -> str:
    return "\n\n".join(filter(None, (_markup(node, writing) for node in nodes)))


@singledispatch
def _markup(node: Node, writing: _Writing) -> str:
    raise TypeError(f"no block for {type(node).__name__}")


@_markup.register
def _heading_block(node: HeadingNode, writing: _Writing) -> str:
    """Never the page's own heading: that is the title, which the theme shows."""
    level = max(2, node.level)
    name = ' class="wp-block-heading"' if writing.dialect.heading_class else ""
    attributes = {"level": level} if level != 2 else None
    return _block("heading", f"<h{level}{name}>{_text(node.text)}</h{level}>", attributes)


@_markup.register
def _paragraph_block(node: ParagraphNode, writing: _Writing) -> str:
    size = SIZES.get(node.role)
    name = f' class="has-{size}-font-size"' if size else ""
    inner = "".join(_run_of_text(run, writing) for run in node.runs)
    return _block("paragraph", f"<p{name}>{inner}</p>", {"fontSize": size} if size else None)


def _run_of_text(run: str | TextLink, writing: _Writing) -> str:
    if isinstance(run, str):
        return _text(run)
    address = writing.rendering.link(run.address)
    return f'<a href="{_value(address)}">{_text(run.text)}</a>' if address else _text(run.text)


@_markup.register
def _buttons_block(node: ButtonsNode, writing: _Writing) -> str:
    shown = "\n\n".join(filter(None, (_button_block(button, writing) for button in node.buttons)))
    return _block("buttons", f'<div class="wp-block-buttons">{shown}</div>') if shown else ""


def _button_block(button: ButtonNode, writing: _Writing) -> str:
    address = writing.rendering.link(button.address)
    if not address:
        return ""
    name = "wp-block-button is-style-outline" if button.quiet else "wp-block-button"
    link = f'<a class="wp-block-button__link wp-element-button" href="{_value(address)}">{_text(button.label)}</a>'
    attributes = {"className": "is-style-outline"} if button.quiet else None
    return _block("button", f'<div class="{name}">{link}</div>', attributes)


@_markup.register
def _image_block(node: PictureNode, writing: _Writing) -> str:
    source = writing.rendering.image(node.address)
    return _image_markup(node, source) if source else ""


def _image_markup(node: PictureNode, source: ImageSource, extra: Mapping[str, Any] | None = None) -> str:
    attributes: dict[str, Any] = {"id": _library_id(source)} if source.library_id else {}
    attributes |= {"sizeSlug": "large", **(extra or {})}
    name = f' class="wp-image-{source.library_id}"' if source.library_id else ""
    caption = f'<figcaption class="wp-element-caption">{_text(node.caption)}</figcaption>' if node.caption else ""
    image = f'<img src="{_value(source.url)}" alt="{_value(node.alt or source.alt)}"{name}/>'
    return _block("image", f'<figure class="wp-block-image size-large">{image}{caption}</figure>', attributes)


def _library_id(source: ImageSource) -> int | str:
    return int(source.library_id) if source.library_id.isdigit() else source.library_id


@_markup.register
def _list_block(node: ListNode, writing: _Writing) -> str:
    tag, attributes = ("ol", {"ordered": True}) if node.ordered else ("ul", None)
    name = ' class="wp-block-list"' if writing.dialect.list_class else ""
    items = "\n\n".join(_block("list-item", f"<li>{_text(item)}</li>") for item in node.items)
    return _block("list", f"<{tag}{name}>{items}</{tag}>", attributes)


@_markup.register
def _details_block(node: DetailsNode, writing: _Writing) -> str:
    """A question that opens; before WordPress 6.3, which has no block for it, a heading and the answer."""
    answer = "\n\n".join(_block("paragraph", f"<p>{_text(text)}</p>") for text in node.paragraphs)
    if not writing.dialect.has_details:
        return "\n\n".join(filter(None, (_heading_block(HeadingNode(node.summary, node.level), writing), answer)))
    inner = f'<details class="wp-block-details"><summary>{_text(node.summary)}</summary>{answer}</details>'
    return _block("details", inner)


@_markup.register
def _quote_block(node: QuoteNode, writing: _Writing) -> str:
    words = "\n\n".join(_block("paragraph", f"<p>{_text(text)}</p>") for text in node.paragraphs)
    cite = f"<cite>{_text(node.cite)}</cite>" if node.cite else ""
    return _block("quote", f'<blockquote class="wp-block-quote">{words}{cite}</blockquote>')


@_markup.register
def _gallery_block(node: GalleryNode, writing: _Writing) -> str:
    sources = ((picture, writing.rendering.image(picture.address)) for picture in node.pictures)
    images = [_image_markup(picture, source, {"linkDestination": "none"}) for picture, source in sources if source]
    if not images:
        return ""
    columns = min(node.columns, len(images))
    name = f"wp-block-gallery has-nested-images columns-{columns} is-cropped"
    inner = "\n\n".join(images)
    attributes = {"columns": columns, "linkTo": "none"}
    return _block("gallery", f'<figure class="{name}">{inner}</figure>', attributes)


@_markup.register
def _posts_block(node: PostsNode, writing: _Writing) -> str:
    attributes = {"postsToShow": node.count, "displayPostContent": True, "displayPostDate": True}
    return f"<!-- wp:latest-posts{_attributes(attributes)} /-->"


@_markup.register
def _box_block(node: BoxNode, writing: _Writing) -> str:
    inner = _blocks(node.children, writing)
    attributes = {"className": f"site-{node.name}", "layout": {"type": "constrained"}}
    return _block("group", f'<div class="wp-block-group site-{node.name}">{inner}</div>', attributes) if inner else ""


@_markup.register
def _grid_block(node: GridNode, writing: _Writing) -> str:
    """Rows of columns; the last row is filled up, so that its columns are as wide as the others."""
    cells = [cell for cell in (_blocks(nodes, writing) for nodes in node.cells) if cell]
    rows = []
    for start in range(0, len(cells), node.per_row):
        row = cells[start : start + node.per_row]
        filled = (*row, *[""] * (node.per_row - len(row) if len(cells) > node.per_row else 0))
        columns = "\n\n".join(_block("column", f'<div class="wp-block-column">{cell}</div>') for cell in filled)
        rows.append(_block("columns", f'<div class="wp-block-columns">{columns}</div>'))
    return "\n\n".join(rows)
