"""What a text in HTML says, where it leads, and what in it would run in a visitor's browser. Pure, linear time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from app.core import html_tree
from app.core.style_sheets import beyond

SHOWN = 120
_INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    )
)
_ADDRESS = re.compile(
    r"(?:^|[-:])(?:src|href|url|poster|data|action|formaction|background|cite|longdesc|codebase|values|from|to)$"
)
_SETS = re.compile(r"(?:src|bg|-)set$")
_SET_PARTS = re.compile(r",\s+|,(?=[a-z][a-z0-9+.-]*:|[/\\])|^\s*", re.I)
_LAZY = re.compile(r"^data-.*(?:lazy|bg|background|original|image|img|thumb|large|full|retina|zoom|2x)")
_DESCRIBING = ("alt", "title", "aria-label")
_FOLLOWED = frozenset(("a", "area", "form", "button", "input", "q", "blockquote", "del", "ins"))
_DATA = re.compile(
    r"application/(?:ld\+)?json|text/(?:html|plain|template|x-template|x-handlebars(?:-template)?|x-jquery-tmpl"
    r"|x-mustache|x-tmpl)|math/(?:tex|mml)",
    re.I,
)
_RUNNING_TAGS = frozenset(("object", "embed", "applet", "base"))
_BLANKS = re.compile(r"[\x00-\x20]+")
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_CSS_SET = re.compile(r"image-set\(", re.I)
_CSS_STRING = re.compile(r"[\"']([^\"'\s]+)[\"']")
_CSS_URL = re.compile(r"(?:\b(?:url|src)\(|@import)\s*[\"']?\s*([^\"')\s]+)", re.I)
_JSON_STRING = re.compile(r'"((?:blob|data|file|filesystem|cid|javascript|vbscript):[^"]{0,200})', re.I)
_LOCAL = re.compile(
    r"(?:blob|filesystem|cid|content|webkit-fake-url|(?:chrome|moz|safari-web)-extension):"
    r"|data:[\w.+/-]*[;,]|file:|[a-z]:\\|\\\\",
    re.I,
)
_SCRIPT = re.compile(r"(?:java|vb|live)script:", re.I)


@dataclass
class Scan:
    """What was found, in order.

    `lines`: what readers see, cut at blocks and line breaks. `rows`: the cells of each table row. `addresses`: of
    pictures, links, styles and what blocks keep in their comments. `loaded`: those among them that a page loads by
    itself. `active`: what runs, each in words. `described`: texts in the place of a picture and over an element.
    `sheets`: style sheets in the text, `linked` those that it asks for, `names`: classes and ids of its elements.
    """

    lines: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    described: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def local_addresses(self) -> list[str]:
        """Addresses that only the browser or computer they were pasted in can open, each once, cut to be shown."""
        return list(dict.fromkeys(_quote(address) for address in self.addresses if _LOCAL.match(address)))

    def script_addresses(self) -> list[str]:
        """Addresses that are programs, each once, cut to be shown."""
        return list(dict.fromkeys(_quote(address) for address in self.addresses if _SCRIPT.match(address)))

    def wide_styles(self) -> list[str]:
        """What styles in the text change outside of it, each once, in words."""
        reaching = [entry for sheet in self.sheets for entry in beyond(sheet, self.names)]
        return list(dict.fromkeys([*self.linked, *reaching]))


def is_refused_address(address: str) -> bool:
    """Whether an address keeps a text from being published: a program, or what only one computer can open."""
    plain = _BLANKS.sub("", address)
    return bool(_SCRIPT.match(plain) or _LOCAL.match(plain))


def is_program(tag: str | None, values: Mapping[str, str | None]) -> bool:
    """Whether an element is a script that runs, and no data or template."""
    return tag == "script" and not _DATA.fullmatch(str(values.get("type") or "").split(";")[0].strip())


def scan(html: str) -> Scan:
    """Read `html` as a browser would, as far as this matters."""
    reader = _TagParser()
    if html.rfind("<!--") > html.rfind("-->"):
        html += "-->"  # never closed: the parser would read to the end again from each bracket
    elif html.rfind("<") > html.rfind(">"):
        html += ">"
    reader.feed(html)
    reader.close()
    reader.end_line()
    reader.end_sheet()
    if "<" in html:
        _add_parsed(html, reader)
    return reader.scan


def _add_parsed(html: str, reader: "_TagParser") -> None:
    """Add what only a parser of the HTML standard finds: it ends each element where browsers do."""
    if html_tree.is_too_deep(html):
        reader.scan.active.append("markup nested too deeply to be read")
        return
    parsed = _TagParser()
    for tag, values in html_tree.elements(html):
        parsed.note(tag, values)
    for items, parsed_items in (
        (reader.scan.active, parsed.scan.active),
        (reader.scan.addresses, parsed.scan.addresses),
        (reader.scan.loaded, parsed.scan.loaded),
        (reader.scan.linked, parsed.scan.linked),
    ):
        scanned = set(items)
        items += [item for item in dict.fromkeys(parsed_items) if item not in scanned]
    reader.scan.names |= parsed.scan.names


def _quote(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


class _TagParser(HTMLParser):
    def __init__(self, depth: int = 0) -> None:
        super().__init__(convert_charrefs=True)
        self.scan = Scan()
        self._depth = depth
        self._line: list[str] = []
        self._silent = ""
        self._sheet: list[str] = []

    def end_sheet(self) -> None:
        if self._sheet:
            self.scan.sheets.append("".join(self._sheet))
            self._sheet.clear()

    def end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line.clear()
        if line:
            self.scan.lines.append(line)
            if self.scan.rows and self.scan.rows[-1]:
                self.scan.rows[-1][-1] = f"{self.scan.rows[-1][-1]} {line}".strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE:
            self.end_line()
        if tag == "tr":
            self.scan.rows.append([])
        elif tag in ("td", "th") and self.scan.rows:
            self.scan.rows[-1].append("")
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag in ("script", "style"):
            self._silent = tag
        self.note(tag, values)

    def note(self, tag: str, values: dict[str, str]) -> None:
        """Record what runs in an element, and the addresses it leads to."""
        self._note_active(tag, values)
        self.scan.names.update(values.get("class", "").split(), values.get("id", "").split())
        if tag == "link" and {"stylesheet", "import"} & set(values.get("rel", "").lower().split()):
            self.scan.linked.append(f"<link href=“{_quote(values.get('href', ''))}”>")
        self.scan.described += [values[name] for name in _DESCRIBING if values.get(name)]
        before = len(self.scan.addresses)
        for name, value in values.items():
            self._note_address(name, value)
        if tag not in _FOLLOWED:
            self.scan.loaded += self.scan.addresses[before:]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._silent = ""

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.end_line()
        if tag in ("table", "figure"):
            self.scan.rows.append([])
        self.end_sheet()
        self._silent = ""

    def handle_data(self, data: str) -> None:
        if self._silent == "style":
            before = len(self.scan.addresses)
            self._note_styles(data)
            self.scan.loaded += self.scan.addresses[before:]
            self._sheet.append(data)
            self._look_inside(data)
        elif not self._silent:
            self._line.append(data)

    def handle_comment(self, data: str) -> None:
        self.end_line()
        if data.lstrip().startswith("wp:"):
            self.scan.addresses += _JSON_STRING.findall(data.replace("\\/", "/"))
        self._look_inside(data)

    def _look_inside(self, text: str) -> None:
        """Browsers and this parser do not agree on where some comments and styles end."""
        if "<" not in text or self._depth:
            return
        inner = _TagParser(depth=1)
        inner.feed(text + ">")
        inner.end_sheet()
        self.scan.active += inner.scan.active
        self.scan.linked += inner.scan.linked
        self.scan.sheets += inner.scan.sheets

    def _note_active(self, tag: str, values: dict[str, str]) -> None:
        if is_program(tag, values):
            source = values.get("src", "")
            self.scan.active.append(f"<script src=“{_quote(source)}”>" if source else "<script>")
        elif tag in _RUNNING_TAGS:
            self.scan.active.append(f"<{tag}>")
        elif tag == "meta" and values.get("http-equiv", "").strip().lower() == "refresh":
            self.scan.active.append("<meta http-equiv=“refresh”>")
        for name, value in values.items():
            if re.fullmatch(r"on[a-z]{3,}", name):
                self.scan.active.append(f"{name}=“{_quote(value)}” on <{tag}>")
            elif name == "srcdoc":
                self.scan.active.append(f"srcdoc=“{_quote(value)}” on <{tag}>")

    def _note_address(self, name: str, value: str) -> None:
        if _SETS.search(name):
            self.scan.addresses += [part.split()[0] for part in _SET_PARTS.split(value) if part.strip()]
        elif _ADDRESS.search(name):
            self.scan.addresses += [
                _BLANKS.sub("", part) for part in (value.split(";") if name == "values" else [value])
            ]
        elif _LAZY.search(name):
            self.scan.addresses.append(_BLANKS.sub("", value))
            self.scan.addresses += _JSON_STRING.findall(value.replace("\\/", "/"))
            self._note_styles(value)
        elif name == "style":
            self._note_styles(value)
        elif name == "srcdoc" and not self._depth:
            inner = _TagParser(depth=1)
            inner.feed(value)
            self.scan.addresses += inner.scan.addresses

    def _note_styles(self, css: str) -> None:
        plain = _CSS_ESCAPE.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), css)
        self.scan.addresses += _CSS_URL.findall(plain)
        if _CSS_SET.search(plain):
            self.scan.addresses += _CSS_STRING.findall(plain)
