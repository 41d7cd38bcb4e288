"""Signs that a model left in HTML: tags that are meant as text, and Markdown within elements. Pure."""

import re
from collections.abc import Callable
from functools import partial
from html import escape

# Elements that there are, of HTML, SVG and MathML; `<your name>` is none.
KNOWN = frozenset(
    name
    for line in (
        "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br",
        "button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em",
        "embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 h7 head header hgroup hr",
        "html i iframe img input ins kbd label legend li link main map mark marquee menu meta meter nav nobr noframes",
        "noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp script search",
        "section select slot small source span strike strong style sub summary sup table tbody td template textarea",
        "tfoot th thead time title tr track tt u ul var video wbr xmp",
        "svg g path rect circle ellipse line polyline polygon text tspan defs use symbol desc lineargradient stop",
        "math mi mn mo mrow msup msub mfrac msqrt mtext mtable mtr mtd semantics annotation",
    )
    for name in line.split()
)
_PHRASES = frozenset(  # that code may hold
    (
        *("a", "abbr", "b", "br", "del", "em", "i", "ins", "kbd", "mark"),
        *("s", "small", "span", "strong", "sub", "sup", "u", "var"),
    )
)
_NAME = re.compile(r"<(?=(/?)([a-z][^\s<>/]*))", re.IGNORECASE)
_CODE_MARK = re.compile(r"<(/?)(code|pre)\b[^<>]*>", re.IGNORECASE)
_PIECE = re.compile(r"<[^<>]*>|[^<]+|<")
_ESCAPED_TWICE = re.compile(r"&amp;(?=(?!lt;|gt;)(?:[a-z]{2,8}|#\d{2,6}|#x[0-9a-f]{2,6});)", re.IGNORECASE)
_SPAN = re.compile(r"(?<![`\w\\])`([^`\n]{1,300}?)`(?![`\w])")
_STRONG = re.compile(r"(?<![*\w\\])\*\*(?=\S)([^*<>\n]{1,500}?)(?<=\S)\*\*(?![*\w])")
_SLANTED = re.compile(r"(?<![*\w\\])\*(?=[^\s*])([^*<>\n]{1,300}?)(?<=\S)\*(?![*\w])")
_HEADING = re.compile(r"<p\b[^<>]*>\s*(#{2,6})[ \t]+([^<>\n]{1,300}?)[ \t#]*</p\s*>", re.IGNORECASE)
_LINK = re.compile(r"(?<![!\\\w])\[([^\[\]<>\n]{1,300})\]\(((?:https?://|/|#|mailto:)[^\s<>()\"]{0,500})\)")


def mend_stray_signs(html: str, *, are_stars_escaped: bool = False) -> str:
    """The HTML with tags that are none as text, code as code, and what is marked as Markdown does as elements.

    Where Markdown had escaped stars (`are_stars_escaped`), one around words slants nothing.
    """
    return _outside_code(code_as_text(html), partial(_settled, slants=not are_stars_escaped))


def code_as_text(html: str) -> str:
    """The tags that code holds as text: `<code><b></code>` shows a tag, and makes nothing bold."""
    parts, position, begins = [], 0, -1
    for mark in _CODE_MARK.finditer(html):
        if mark[2].lower() != "code":
            continue
        if not mark[1] and begins < 0:
            begins = mark.end()
        elif mark[1] and begins >= 0:
            parts += [html[position:begins], _as_text(html[begins : mark.start()])]
            position, begins = mark.start(), -1
    return "".join([*parts, html[position:]])


def _as_text(code: str) -> str:
    """Code with its tags as text, but for phrases that are whole, such as coloured words."""
    names = _names_in(code)
    whole = {name for name in _PHRASES if name == "br" or names.count(("", name)) == names.count(("/", name))}
    return _NAME.sub(lambda match: match[0] if match[2].lower() in whole else "&lt;", code)


def _names_in(html: str) -> list[tuple[str, str]]:
    """The names of tags, in lower case, each behind `/` where it closes."""
    return [(match[1], match[2].lower()) for match in _NAME.finditer(html)]


def _outside_code(html: str, change: Callable[[str], str]) -> str:
    """The HTML with what stands in no code or preformatted element changed."""
    parts, depth, position = [], 0, 0
    for mark in _CODE_MARK.finditer(html):
        if depth == 0:
            parts.append(change(html[position : mark.start()]))
        else:
            parts.append(html[position : mark.start()])
        depth = max(0, depth + (-1 if mark[1] else 1))
        parts.append(mark[0])
        position = mark.end()
    return "".join([*parts, change(html[position:]) if depth == 0 else html[position:]])


def _settled(html: str, *, slants: bool) -> str:
    html = _ESCAPED_TWICE.sub("&", html)
    html = _SPAN.sub(lambda match: f"<code>{_escaped(match[1])}</code>", html)
    own = {name for mark, name in _names_in(html) if mark and "-" in name}  # `<my-box>` is one where it is closed
    html = _NAME.sub(lambda match: match[0] if match[2].lower() in KNOWN | own else "&lt;", html)
    html = _HEADING.sub(lambda match: f"<h{len(match[1])}>{match[2]}</h{len(match[1])}>", html)
    return "".join(piece if piece.startswith("<") else _marked(piece, slants=slants) for piece in _PIECE.findall(html))


def _escaped(code: str) -> str:
    return code.replace("<", "&lt;").replace(">", "&gt;")


def _marked(text: str, *, slants: bool) -> str:
    """Text with bold and slanted words and links as elements."""
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    text = _SLANTED.sub(r"<em>\1</em>", text) if slants else text
    return _LINK.sub(lambda match: f'<a href="{escape(match[2])}">{match[1]}</a>', text)
