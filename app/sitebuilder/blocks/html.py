"""Sections as clean HTML, for the preview and the static export. Every text and address is escaped here."""

from collections.abc import Iterable, Sequence
from functools import singledispatch
from html import escape

from markupsafe import Markup

from app.core.languages import gettext
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
from app.sitebuilder.blocks.rendering import Rendering


def sections_html(sections: Iterable[SectionNode], rendering: Rendering) -> Markup:
    """The sections of a page, one below the other."""
    shown = (section_html(section, rendering) for section in sections)
    return Markup("\n".join(filter(None, shown)))  # noqa: S704 (every text was escaped)


def section_html(section: SectionNode, rendering: Rendering) -> str:
    """One section; empty when there is nothing to show in it."""
    inner = _all(section.children, rendering)
    if not inner:
        return ""
    name = section.kind.replace("_", "-")
    mark = f' data-section="{escape(section.id)}"' if rendering.is_preview and section.id else ""
    start = f'<section class="block block-{name} tone-{section.tone}"{mark}>'
    return f'{start}\n<div class="inner">\n{inner}\n</div>\n</section>'


def _all(nodes: Sequence[Node], rendering: Rendering) -> str:
    return "\n".join(filter(None, (_write(node, rendering) for node in nodes)))


@singledispatch
def _write(node: Node, rendering: Rendering) -> str:
    raise TypeError(f"no HTML for {type(node).__name__}")


@_write.register
def _heading(node: HeadingNode, rendering: Rendering) -> str:
    return f'<h{node.level} dir="auto">{escape(node.text, quote=False)}</h{node.level}>'


@_write.register
def _paragraph(node: ParagraphNode, rendering: Rendering) -> str:
    name = f' class="{node.role}"' if node.role else ""
    runs = (_run(run, rendering) for run in node.runs)
    return f'<p{name} dir="auto">{"".join(runs)}</p>'


def _run(run: str | TextLink, rendering: Rendering) -> str:
    if isinstance(run, str):
        return escape(run, quote=False)
    address = rendering.link(run.address)
    text = escape(run.text, quote=False)
    return f'<a href="{escape(address)}">{text}</a>' if address else text


@_write.register
def _buttons(node: ButtonsNode, rendering: Rendering) -> str:
    shown = "".join(_button(button, rendering) for button in node.buttons)
    return f'<p class="buttons">{shown}</p>' if shown else ""


def _button(button: ButtonNode, rendering: Rendering) -> str:
    address = rendering.link(button.address)
    name = "button quiet" if button.quiet else "button"
    return f'<a class="{name}" href="{escape(address)}">{escape(button.label, quote=False)}</a>' if address else ""


@_write.register
def _picture(node: PictureNode, rendering: Rendering) -> str:
    source = rendering.image(node.address)
    if source is None:
        return ""
    size = f' width="{source.width}" height="{source.height}"' if source.width and source.height else ""
    caption = f'<figcaption dir="auto">{escape(node.caption, quote=False)}</figcaption>' if node.caption else ""
    alt = escape(node.alt or source.alt)
    return f'<figure><img src="{escape(source.url)}" alt="{alt}"{size} loading="lazy">{caption}</figure>'


@_write.register
def _list(node: ListNode, rendering: Rendering) -> str:
    tag = "ol" if node.ordered else "ul"
    items = "".join(f'<li dir="auto">{escape(item, quote=False)}</li>' for item in node.items)
    return f"<{tag}>{items}</{tag}>"


@_write.register
def _details(node: DetailsNode, rendering: Rendering) -> str:
    answer = "".join(f'<p dir="auto">{escape(text, quote=False)}</p>' for text in node.paragraphs)
    return f'<details><summary dir="auto">{escape(node.summary, quote=False)}</summary>{answer}</details>'


@_write.register
def _quote(node: QuoteNode, rendering: Rendering) -> str:
    words = "".join(f'<p dir="auto">{escape(text, quote=False)}</p>' for text in node.paragraphs)
    cite = f'<footer dir="auto">{escape(node.cite, quote=False)}</footer>' if node.cite else ""
    return f"<blockquote>{words}{cite}</blockquote>"


@_write.register
def _gallery(node: GalleryNode, rendering: Rendering) -> str:
    shown = "".join(_picture(picture, rendering) for picture in node.pictures)
    return f'<div class="gallery columns-{node.columns}">{shown}</div>' if shown else ""


@_write.register
def _posts(node: PostsNode, rendering: Rendering) -> str:
    if not rendering.posts:
        words = gettext("The newest posts of the site stand here.")
        return f'<p class="small">{escape(words, quote=False)}</p>' if rendering.is_preview else ""
    items = "".join(
        f'<li dir="auto"><h3><a href="{escape(post.address)}">{escape(post.title, quote=False)}</a></h3>'
        + (f"<p>{escape(post.excerpt, quote=False)}</p>" if post.excerpt else "")
        + "</li>"
        for post in rendering.posts[: node.count]
    )
    return f'<ul class="posts">{items}</ul>'


@_write.register
def _box(node: BoxNode, rendering: Rendering) -> str:
    inner = _all(node.children, rendering)
    return f'<div class="{node.name}">\n{inner}\n</div>' if inner else ""


@_write.register
def _grid(node: GridNode, rendering: Rendering) -> str:
    cells = [cell for cell in (_all(nodes, rendering) for nodes in node.cells) if cell]
    inner = "\n".join(f"<div>\n{cell}\n</div>" for cell in cells)
    return f'<div class="grid columns-{node.per_row}">\n{inner}\n</div>' if cells else ""
