"""The words of an answer that is still coming, for whoever watches. Pure, and never raises."""

import re
from html import unescape

import pydantic_core

from app.ai.client.thoughts import answer_so_far

_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})[a-z]*\n?", re.IGNORECASE)
_BLOCK_END = re.compile(r"</(?:p|h[1-6]|li|tr|blockquote|pre|dt|dd)\s*>|<br\s*/?>", re.IGNORECASE)
_NOT_TEXT = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)|<[^<>]*>|<(?:[a-z/!][^<>]*)?$", re.DOTALL | re.IGNORECASE
)


def words_so_far(raw: str, field: str = "content_html") -> str:
    """The plain text of one field of the JSON object that `raw` begins; empty until there is some.

    An answer that is no JSON is read as the text itself.
    """
    text = _FENCE.sub("", answer_so_far(raw))
    if not text.startswith("{"):
        return _plain_lines(text) if not text.startswith("[") else ""
    try:
        answer = pydantic_core.from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return ""
    names = {"".join(filter(str.isalnum, name)).casefold(): name for name in answer} if isinstance(answer, dict) else {}
    name = names.get(field.replace("_", ""))
    value = answer[name] if name is not None else None
    return _plain_lines(value) if isinstance(value, str) else ""


def _plain_lines(html: str) -> str:
    """Its words, a line for each block."""
    text = unescape(_NOT_TEXT.sub("", _BLOCK_END.sub("\n", html)))
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)
