"""Fields between lines of `---` before a text, as static site generators have them. Pure."""

import re
from typing import Any

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(?P<lines>(?:.*\n){1,40}?)---[ \t]*(?:\n|\Z)")
_FIELD = re.compile(r"([A-Za-z][\w .-]{0,60}):(|[ \t].*)")
_ITEM = re.compile(r"\s*-[ \t]+(.+)")


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields before a text, and the text; no field and the text where that is not so."""
    match = _FRONT_MATTER.match(text)
    values = _field_values(match["lines"]) if match is not None else {}
    return (values, text[match.end() :]) if match is not None and values else ({}, text)


def _field_values(lines: str) -> dict[str, Any]:
    """`name: value` of each line; `[one, two]` and lines that begin with a dash are lists."""
    values: dict[str, Any] = {}
    name = ""
    for line in filter(str.strip, lines.splitlines()):
        if field := _FIELD.fullmatch(line):
            name, text = field[1], field[2].strip()
            is_list = text.startswith("[") and text.endswith("]")
            values[name] = [_unquoted(part) for part in text[1:-1].split(",")] if is_list else _unquoted(text)
        elif name and (item := _ITEM.fullmatch(line)):
            values[name] = [*(values[name] or []), _unquoted(item[1])]
        elif not line.startswith((" ", "\t", "#")):
            return {}
    return values


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
