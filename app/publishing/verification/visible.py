"""Whether a text shows a visitor anything: words, or what shows without them. Pure, bounded time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from app.core import html_tree
from app.core.blank import is_blank
from app.core.html_scan import is_program
from app.core.style_sheets import declarations_of, rules_of, screen_condition, selector_text

NOT_DRAWN = frozenset(
    (
        "base",
        "datalist",
        "head",
        "link",
        "meta",
        "noscript",
        "param",
        "script",
        "source",
        "style",
        "template",
        "title",
        "x-template",
    )
)
SHOWN = frozenset(
    ("video", "iframe", "canvas", "embed", "object", "select", "textarea", "meter", "progress", "math", "object")
)
SVG_ASIDE = frozenset(("defs", "desc", "metadata", "style", "symbol", "title"))
BLOCK = re.compile(r"\s*(/?)wp:(?:core/)?([a-z][a-z0-9_-]*(?:/[a-z][a-z0-9_-]*)?)")
HIDDEN_BLOCK = re.compile(r'"blockVisibility"\s*:\s*false')
# Blocks that show nothing but what is written in them; every other one is drawn by WordPress or a plugin.
WRITTEN = frozenset(
    (
        "accordion",
        "accordion-heading",
        "accordion-item",
        "accordion-panel",
        "audio",
        "button",
        "buttons",
        "code",
        "column",
        "columns",
        "details",
        "embed",
        "freeform",
        "gallery",
        "group",
        "heading",
        "html",
        "image",
        "list",
        "list-item",
        "math",
        "media-text",
        "missing",
        "more",
        "nextpage",
        "paragraph",
        "preformatted",
        "pullquote",
        "quote",
        "separator",
        "shortcode",
        "spacer",
        "table",
        "verse",
        "video",
    )
)
MOST_RULES = 50
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
SLOW = re.compile(r"[:~]")  # which child or sibling it is: each is counted anew
MOST_SLOW, SMALL, LARGE = 10, 5_000, 20_000  # such selectors; "<" of a text that they, and conditions, are looked up in
MOST_CONDITIONS = 5
OFF_SCREEN = -999  # px, em or %
MAY_HIDE = re.compile(r"display|visib|font|opacity|clip|indent|height|width|left|right|top|transform|scale|color", re.I)


@dataclass(frozen=True)
class _Inherited:
    """What an element's text inherits from the elements around it."""

    visible: bool = True
    sized: bool = True

    def within(self, style: dict[str, str]) -> "_Inherited":
        visible, size = style.get("visibility", ""), style.get("font-size", "")
        return _Inherited(
            visible in ("visible", "initial") or (self.visible and visible not in ("hidden", "collapse")),
            (self.sized and not _is_zero(size)) or (bool(size) and not _is_relative(size) and not _is_zero(size)),
        )


def shows(html: str) -> bool:
    """True when there is text that visitors see, or something that shows without text."""
    if html_tree.is_too_deep(html):
        return True
    unclosed = html.rfind("<!--") > html.rfind("-->")
    return unclosed or _VisibleTextParser(html_tree.parsed(html)).shows()


def hidden_where(html: str) -> list[str]:
    """The conditions, such as `(max-width: 600px)`, under which the text's own styles leave nothing of it to see."""
    if "@" not in html and "media" not in html:
        return []
    if html.count("<") > LARGE or html_tree.is_too_deep(html) or html.rfind("<!--") > html.rfind("-->"):
        return []
    tree = html_tree.parsed(html)
    conditions = dict.fromkeys(condition for condition, _selector, _style in _hiding(tree) if condition)
    return [
        condition for condition in list(conditions)[:MOST_CONDITIONS] if not _VisibleTextParser(tree, condition).shows()
    ]


class _VisibleTextParser:
    """`condition`: the one condition of the style sheets to be taken as met, if any."""

    def __init__(self, tree: LexborHTMLParser, condition: str = "") -> None:
        self._root = tree.body
        self._styles = _by_rules(tree, condition)
        self._hidden_blocks: list[str] = []

    def shows(self) -> bool:
        pending = [(self._root, _Inherited())] if self._root else []
        while pending:
            node, inherited = pending.pop()
            if node.is_comment_node:
                if self._block_shows(node.comment_content or "") and inherited.visible:
                    return True
            elif node.is_text_node:
                if not self._hidden_blocks and inherited == _Inherited() and not is_blank(node.text_content or ""):
                    return True
            elif node.tag not in NOT_DRAWN or is_program(node.tag, node.attributes):
                style = self._style_of(node)
                if _is_gone(node.tag, node.attributes, style):
                    continue
                inherited = inherited.within(style)
                if not self._hidden_blocks and inherited.visible and _shows_itself(node):
                    return True
                pending += [(child, inherited) for child in reversed(list(node.iter(include_text=True)))]
        return False

    def _style_of(self, node: Any) -> dict[str, str]:
        style = str(node.attributes.get("style") or "")
        inline_style = declarations_of(style) if MAY_HIDE.search(style) else {}
        return {**self._styles.get(node.mem_id, {}), **inline_style}

    def _block_shows(self, comment: str) -> bool:
        """Handle the start or end of a block. Returns whether it is one that is drawn."""
        block = BLOCK.match(comment)
        if block is None:
            return False
        closing, name = block.groups()
        if closing:
            if self._hidden_blocks and self._hidden_blocks[-1] == name:
                self._hidden_blocks.pop()
            return False
        is_hidden = bool(self._hidden_blocks) or HIDDEN_BLOCK.search(comment) is not None
        if is_hidden and not comment.rstrip().endswith("/"):
            self._hidden_blocks.append(name)
        return not is_hidden and name not in WRITTEN


def _by_rules(tree: LexborHTMLParser, condition: str) -> dict[int, dict[str, str]]:
    """The declarations in the text's style sheets that may hide its elements.

    Rules that hold only while something is hovered, focused or clicked match no element.
    """
    by_selector: dict[str, dict[str, str]] = {}
    for rule_condition, selector, style in _hiding(tree):
        if rule_condition in ("", condition):
            by_selector[selector] = by_selector.get(selector, {}) | style
    styles_by_node: dict[int, dict[str, str]] = {}
    slow_left = MOST_SLOW if (tree.html or "").count("<") < SMALL else 0
    for selector, style in list(by_selector.items())[:MOST_RULES]:
        if SLOW.search(selector):
            slow_left -= 1
            if slow_left < 0 or len(SLOW.findall(selector)) > 3 or ":has" in selector:
                continue
        try:
            nodes = tree.css(selector)
        except SelectolaxError:
            continue  # it asks for more than elements
        for node in nodes:
            styles_by_node[node.mem_id] = styles_by_node.get(node.mem_id, {}) | style
    return styles_by_node


def _hiding(tree: LexborHTMLParser) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Condition, selector and declarations of the rules that may hide something on a screen."""
    for sheet in tree.css("style")[:MOST_RULES]:
        of_sheet = screen_condition(sheet.attributes.get("media") or "")
        is_css = (sheet.attributes.get("type") or "text/css").strip().lower() == "text/css"
        for rule in rules_of(sheet.text()) if of_sheet is not None and is_css else ():
            style = rule.declarations() if rule.condition is not None else {}
            if any(MAY_HIDE.match(name) for name in style):
                condition = " and ".join(filter(None, (of_sheet, rule.condition)))
                yield from ((condition, selector_text(selector), style) for selector in rule.selectors)


def _shows_itself(node: Any) -> bool:
    tag, values = node.tag, node.attributes
    if tag == "img":
        has_source = any(values[name] for name in values if name in ("src", "srcset") or name.startswith("data-"))
        return has_source and not {values.get("width"), values.get("height")} & {"0", "1"}
    if tag == "input":
        return str(values.get("type") or "").lower() != "hidden"
    if tag == "audio":
        return "controls" in values
    if tag == "svg":
        return any(child.tag not in SVG_ASIDE for child in node.iter())
    return tag in SHOWN or is_program(tag, values)


def _is_gone(tag: str | None, values: dict[str, str | None], style: dict[str, str]) -> bool:
    """Whether nothing in the element is seen, whatever it holds."""
    if "hidden" in values and str(values["hidden"] or "").lower() != "until-found":
        return style.get("display", "none") == "none"
    if (tag == "dialog" and "open" not in values) or "popover" in values:
        return True
    if "screen-reader-text" in str(values.get("class") or "").split():
        return True
    return bool(style) and _is_hidden_by(style)


def _is_hidden_by(style: dict[str, str]) -> bool:
    if style.get("display") == "none" or style.get("content-visibility") == "hidden" or _is_zero(style.get("opacity")):
        return True
    if style.get("color") == "transparent" and not any("background-clip" in name for name in style):
        return True
    if style.get("position") in ("absolute", "fixed"):
        places = [style.get(name) for name in ("left", "right", "top", "bottom", "inset-inline-start")]
        if any(_number(place) <= OFF_SCREEN for place in places) or "clip" in style:
            return True
    if _number(style.get("text-indent")) <= OFF_SCREEN or re.search(r"scale\(0[,)]", style.get("transform", "")):
        return True
    cut = any(style.get(name, "").startswith(("hidden", "clip")) for name in ("overflow", "overflow-x", "overflow-y"))
    sizes = ("height", "max-height", "width", "max-width", "block-size", "inline-size")
    return cut and any(_is_zero(style.get(name)) for name in sizes)


def _number(value: str | None) -> float:
    number = NUMBER.match(value or "")
    return float(number[0]) if number else 0.0


def _is_zero(value: str | None) -> bool:
    number = NUMBER.match(value or "")
    return number is not None and float(number[0]) == 0


def _is_relative(size: str) -> bool:
    return size.endswith(("%", "em")) and not size.endswith("rem")
