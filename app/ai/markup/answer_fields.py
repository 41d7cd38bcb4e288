"""The fields of a text that a model wrote, under whatever names and in whatever wraps they came. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from textwrap import dedent
from typing import Any

from app.ai.markup import answer_html, front_matter
from app.ai.markup.answer_parts import html_of, plain_name

BODY = "content_html"
_PARTS = ("sections", "blocks", "paragraphs", "chapters", "parts")
BODY_NAMES = (
    *("contenthtml", "htmlcontent", "html", "bodyhtml", "content", "body", "article", "articlehtml", "articlebody"),
    *("articlecontent", "markdown", "contentmarkdown", "md", "text", "posthtml", "postcontent", "post", "blogpost"),
    *("draft", "page", "section", "sectionhtml", *_PARTS),
)
_GENERAL = ("rendered", "value", "data", "result", "results", "output", "response", "answer", "reply", "message")
"""Names that may hold a body as well as anything else."""
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("headline", "heading", "h1", "posttitle", "articletitle", "pagetitle", "name"),
    "slug": ("permalink", "urlslug", "handle"),
    "excerpt": ("summary", "postexcerpt", "teaser", "abstract", "tldr"),
    "seo_title": ("metatitle", "titletag", "searchtitle", "yoasttitle"),
    "seo_description": ("metadescription", "searchdescription", "metadesc", "description"),
    "focus_keywords": ("focuskeyword", "keywords", "focuskeyphrase", "keyphrases", "keyphrase", "seokeywords", "tags"),
}
"""Other names of fields, the more telling first, as `plain_name` has them."""
_OPENS = ("introductionhtml", "introduction", "intro", "lead", "opening")
_ENDS = ("conclusionhtml", "conclusion", "closing", "outro")
_ASKS = ("faq", "faqs", "faqhtml", "frequentlyaskedquestions")
_HOLDS = frozenset((*BODY_NAMES, *_GENERAL)) - frozenset(_PARTS) | {
    *("seo", "meta", "metadata", "json", "object", "item", "document", "payload", "attributes", "arguments"),
    *("parameters", "input", "fields", "frontmatter", "content", "yoast", "search"),
}
_NUMBERED = re.compile(r"(?:section|paragraph|part|chapter|step|block)\d+")
_LEAD_IN = re.compile(r"\A[^\n<#{]{1,200}:[ \t]*\n\s*+(?=#|<|```|---)")
_BODY_TAG = re.compile(r"<(content_?html|html_?content|body_?html)[ \t]*>", re.IGNORECASE)
_BODY_LABEL = re.compile(
    r"^(?:content_?html|html_?content|body_?html)[ \t]*:[ \t]*(?:[|>][-+]?)?[ \t]*\n?", re.IGNORECASE | re.MULTILINE
)
_ARTICLE = re.compile(
    r"<(?:p|h[1-6]|ul|ol|table|article|section|main)\b[^<>]*>|^[ \t]{0,3}#{1,4}[ \t]+\S", re.IGNORECASE | re.MULTILINE
)
DEEPEST = 5


def fields_of_text(value: object) -> dict[str, Any] | None:
    """The fields of a piece with its body as HTML or Markdown; None where there is no body."""
    flat = _flat(_opened(value))
    if flat is None:
        return None
    fields = {name: text for name in OTHER_NAMES if (text := _first(flat, (plain_name(name), *OTHER_NAMES[name])))}
    body = _body(flat)
    if not body.strip():
        return None
    front, body = front_matter.split_front_matter(answer_html.bare(body))
    front_fields = _flat(front) or {}
    for name, others in OTHER_NAMES.items():
        if name not in fields and (text := _first(front_fields, (plain_name(name), *others))):
            fields[name] = text
    if "title" not in fields and (title := answer_html.title_at_the_top(body)):
        fields["title"] = title
    return fields | {BODY: body}


def fields_of_article(text: str) -> dict[str, Any] | None:
    """The fields of a piece that was answered as it is, as HTML or Markdown instead of JSON; None for anything else."""
    text = _LEAD_IN.sub("", text.lstrip("\ufeff").strip())
    if named := _named_body(text):
        return fields_of_text(named)
    inner = text.strip("`").lstrip("jsonJSON").lstrip()
    if inner.startswith(("{", "[{")) or not _ARTICLE.search(text):
        return None
    return fields_of_text({BODY: text})


def _named_body(text: str) -> dict[str, Any] | None:
    """The fields of a text whose names stand in it as tags, or as in YAML; None where there is no such body."""
    if tag := _BODY_TAG.search(text):
        end = text.lower().rfind(f"</{tag[1].lower()}")
        tagged = {name: inner for name in OTHER_NAMES if (inner := _between(text[: tag.start()], name))}
        return {**tagged, BODY: text[tag.end() : end if end >= tag.end() else len(text)]}
    label = _BODY_LABEL.search(text)
    if label is None:
        return None
    before = text[: label.start()]
    fields, _rest = front_matter.split_front_matter(f"---\n{before}---\n") if before.strip() else ({}, "")
    if before.strip() and not fields:
        return None
    return {**fields, BODY: dedent(text[label.end() :]).strip().strip("\"'")}


def _between(text: str, name: str) -> str:
    start, end = text.find(f"<{name}>"), text.find(f"</{name}>")
    return text[start + len(name) + 2 : end].strip() if 0 <= start < end else ""


def _opened(value: object, depth: int = 0) -> object:
    """The value without what wraps all of it: JSON as text, a list of one, an object with one name."""
    if depth > DEEPEST:
        return value
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _opened(json.loads(value, strict=False), depth + 1)
        except (ValueError, RecursionError):
            return value
    if isinstance(value, list):
        return _opened(value[0], depth + 1) if len(value) == 1 else _of_rows(value)
    if isinstance(value, Mapping) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if plain_name(name) in _HOLDS or isinstance(inner, Mapping):
            opened = _opened(inner, depth + 1)
            return opened if isinstance(opened, Mapping) and _names_fields(opened) else {name: opened}
    return value


def _names_fields(value: Mapping[Any, Any]) -> bool:
    """Whether an object has fields of a text, not only headings that its texts stand under."""
    return any(plain_name(name) in _KNOWN for name in value)


_KNOWN = frozenset(
    (
        *BODY_NAMES,
        *_GENERAL,
        *map(plain_name, OTHER_NAMES),
        *(name for names in OTHER_NAMES.values() for name in names),
        *_OPENS,
        *_ENDS,
        *_ASKS,
        *("seo", "meta", "metadata"),
    )
)


def _of_rows(rows: Sequence[object]) -> object:
    """Several values as one: fields that each came alone together, the longest of whole answers, else sections."""
    if all(isinstance(row, Mapping) for row in rows):
        objects = [row for row in rows if isinstance(row, Mapping)]
        names = [plain_name(name) for row in objects for name in row]
        if len(set(names)) == len(names):
            return {name: inner for row in objects for name, inner in row.items()}
        if all(plain_name(BODY) in map(plain_name, row) for row in objects):
            return max(objects, key=lambda row: len(str(row)))
    return {BODY: list(rows)}


def _flat(value: object, depth: int = 0) -> dict[str, Any] | None:
    """Fields by their plain names, those of objects that only group them among the others; a text is a body."""
    if isinstance(value, str):
        return {plain_name(BODY): value} if _ARTICLE.search(value) else None
    if not isinstance(value, Mapping):
        return None
    flat: dict[str, Any] = {}
    groups: list[tuple[str, Mapping[Any, Any]]] = []
    for name, given in value.items():
        key = plain_name(name)
        is_several = isinstance(given, list) and len(given) > 1
        inner = _opened(given) if key in _HOLDS and not is_several else given
        if key in _HOLDS and isinstance(inner, Mapping) and _names_fields(inner) and depth < DEEPEST:
            groups.append((key, inner))
        else:
            flat.setdefault(key, inner)
    for key, group in groups:
        for name, inner in (_flat(group, depth + 1) or {}).items():
            flat.setdefault(f"{key}{name}" if f"{key}{name}" in _KNOWN else name, inner)
    return flat


def _first(flat: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((flat[name] for name in names if flat.get(name)), None)


def _body(flat: Mapping[str, Any]) -> str:
    """The body with what opens and ends it, where that came by itself."""
    main = next((html for name in BODY_NAMES if name in flat and (html := _html(flat[name])).strip()), "")
    main = main or next((html for name in _GENERAL if name in flat and (html := _html(flat[name], strictly=True))), "")
    if not main:
        main = "\n\n".join(html_of([inner]) for name, inner in flat.items() if _NUMBERED.fullmatch(name))
    opens, ends = _around(flat, _OPENS, main), _around(flat, _ENDS, main)
    asks = _around(flat, _ASKS, main)
    asks = f"<h2>FAQ</h2>\n{asks}" if asks and not isinstance(_first(flat, _ASKS), str) else asks
    parts = [part for part in (opens, main, ends, asks) if part.strip()]
    return "\n\n".join(parts) or _unnamed(flat)


def _html(value: object, *, strictly: bool = False) -> str:
    """The body that a value is; `strictly`: a text only where it has the form of one."""
    opened = _opened(value) if isinstance(value, str) else value
    if isinstance(opened, str):
        return "" if strictly and not _ARTICLE.search(opened) else opened
    return html_of(opened)


def _around(flat: Mapping[str, Any], names: Sequence[str], main: str) -> str:
    """A part beside the body, when the body does not hold it already."""
    html = html_of(_first(flat, names) or "", 3)
    words = " ".join(re.sub(r"<[^<>]*>", " ", html).split())
    return html if words and words not in " ".join(re.sub(r"<[^<>]*>", " ", main).split()) else ""


def _unnamed(flat: Mapping[str, Any]) -> str:
    """The longest text under a name that nobody knows, when it has the form of one."""
    texts = [value for name, value in flat.items() if name not in _KNOWN and isinstance(value, str)]
    return max((text for text in texts if _ARTICLE.search(text)), key=len, default="")
