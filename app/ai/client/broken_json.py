"""JSON with mistakes that models make, read only when none of its words are lost. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

import json_repair

LONGEST = 100_000  # letters: readers of broken JSON take the square of its length, and no answer is so long
MOST_BRACKETS = 500
MOST_BARE = 400  # words
MOST_LOST = 10  # letters: what reads less of a broken answer has lost words of it
_ESCAPES = re.compile(r"\\u[0-9a-fA-F]{4}|\\.")
_STRING_OR_COMMENT = re.compile(
    r'"(?>(?:\\.|[^"\\])*)(?:"|\Z)'
    r"|(?P<comment>(?:(?<=[\s,{}\[\]])|\A)(?://[^\n]*|/\*(?>(?:(?!\*/).){0,500})\*/|#[^\n\"{}\[\]]{0,500}+(?=\n)))",
    re.DOTALL,
)
_STRING = re.compile(r"""\"(?>(?:\\.|[^"\\])*)(?:"|\Z)|'(?>(?:\\.|[^'\\])*)(?:'|\Z)""", re.DOTALL)
_WORD = re.compile(r"\w+")
_TRIPLE = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
_TEMPLATE = re.compile(r"(?<=[:\[,])(\s*)`([^`]*)`(?=\s*[,}\]])")
_NAME = re.compile(r'(?<=[{,])\s*"(\w[\w -]{0,40})"\s*:\s*')


def repaired(text: str) -> Iterator[Any]:
    """What lenient readers make of it; an answer that breaks off stays broken."""
    text = text.strip()
    if breaks_off(text) or len(text) > LONGEST:
        return
    text = _TEMPLATE.sub(lambda match: match[1] + json.dumps(match[2], ensure_ascii=False), text)
    text = _TRIPLE.sub(lambda match: json.dumps(match[2], ensure_ascii=False), text)
    bare = _STRING_OR_COMMENT.sub(lambda match: "" if match["comment"] else match[0], text)
    for read in (_by_names, _leniently):
        value = read(bare)
        if value is not None and _letters(json.dumps(value, ensure_ascii=False)) + MOST_LOST >= _letters(bare):
            yield value


def breaks_off(text: str) -> bool:
    """Whether the text ends within the JSON: what is missing at its end is not made up."""
    return text.rstrip().rstrip("`").rstrip()[-1:] not in ("}", "]")


def _letters(text: str) -> int:
    return sum(map(str.isalnum, _ESCAPES.sub("", text)))


def _leniently(text: str) -> Any:
    """What json_repair reads.

    It is not given what would take it minutes: many brackets, or many words outside strings.
    """
    if text.count("{") + text.count("[") > MOST_BRACKETS or len(_WORD.findall(_STRING.sub("", text))) > MOST_BARE:
        return None
    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None


def _by_names(text: str) -> dict[str, Any] | None:
    """An object whose texts hold quotation marks as they are: each value goes on to the next name."""
    text = text.rstrip().rstrip("`").rstrip()
    names = list(_NAME.finditer(text)) if text.startswith("{") and text.endswith("}") else []
    ends = [*(match.start() - 1 for match in names[1:]), len(text) - 1]
    try:
        return {match[1]: _value(text[match.end() : end]) for match, end in zip(names, ends, strict=False)} or None
    except (ValueError, RecursionError):
        return None


def _value(raw: str) -> Any:
    raw = raw.strip().rstrip(",").rstrip()
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        raw = '"' + re.sub(r'(?<!\\)"', r"\"", raw[1:-1]) + '"'
    return json.loads(raw, strict=False)
