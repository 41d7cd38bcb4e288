"""Signs that were escaped once too often in JSON: quotes and slashes in tags, letters by their numbers. Pure."""

import json
import re

from app.ai.values import storable

_LETTERS = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_QUOTE_IN_TAG = re.compile(r"<[a-z][^<>]*=\\\"", re.IGNORECASE)
_QUOTE_IN_BLOCK = re.compile(r"<!--[ ]*wp:[a-z/-]+ \{\\\"", re.IGNORECASE)
_KEPT = re.compile(r"<(?:code|pre)\b|`|<!--\s*wp:", re.IGNORECASE)


def read_literal_signs(text: str) -> str:
    r"""The text with `<\/p>` as `</p>`, and with `\"` and `\u00e9` as what they stand for.

    Quotes only where they stand in tags too. Letters only in a text without code, which may speak of them, and without
    block markup, whose attributes are written so.
    """
    if "\\" not in text:
        return text
    text = read_literal_letters(text).replace("<\\/", "</")
    is_in_tags = _QUOTE_IN_BLOCK if "<!-- wp:" in text else _QUOTE_IN_TAG
    return text.replace('\\"', '"') if is_in_tags.search(text) else text


def read_literal_letters(text: str) -> str:
    r"""The text with letters in place of their numbers (`\u00e9`), unless it has code or block markup."""
    if "\\u" not in text or _KEPT.search(text):
        return text
    return _LETTERS.sub(lambda numbers: storable(json.loads(f'"{numbers[0]}"')), text)
