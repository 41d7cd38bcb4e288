"""Values that PHP or JSON stored in a text: read without ever running anything. Pure."""

import io
import json
import re
from typing import Any

import phpserialize

from app.legacy_import.refusals import RowRefused

_SERIALISED = re.compile(rb"(?:a:\d+:\{|[sS]:\d+:\"|[iOCdb]:[-\d]|N;|[rR]:\d)")
MOST_BYTES = 4 * 1024 * 1024


def looks_serialised(text: str) -> bool:
    """Whether PHP's serialize() made this text."""
    return bool(_SERIALISED.match(text[:32].encode("utf-8", "replace"))) and text.rstrip()[-1:] in ("}", ";", '"')


def stored_value(text: str | None, name: str) -> Any:
    """The value of a column or option: PHP's or JSON's arrays as list or dict, anything else as it is.

    Raises RowRefused for objects, and for values that are cut off. `name` is for the person who reads why.
    """
    if not text:
        return text
    if _SERIALISED.match(text[:32].encode("utf-8", "replace")):
        return _unserialised(text, name)
    if text[:1] in "[{" and text.rstrip()[-1:] in "]}":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _unserialised(text: str, name: str) -> Any:
    if text.startswith(("O:", "C:")):
        raise RowRefused("php_object", name)
    data = text.encode("utf-8")
    if len(data) > MOST_BYTES:
        raise RowRefused("too_long", name)

    def refuse(_class: str, _members: dict[Any, Any]) -> None:
        raise RowRefused("php_object", name)

    stream = io.BytesIO(data)
    try:
        value = phpserialize.load(stream, decode_strings=True, errors="replace", object_hook=refuse)
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError) as error:  # a key may be an array
        raise RowRefused("php_cut", name) from error
    if stream.read().strip():
        raise RowRefused("php_cut", name)
    return _listed(value)


def _listed(value: Any) -> Any:
    """PHP's arrays with the keys 0, 1, 2 … as lists, others as dicts with texts as keys."""
    if not isinstance(value, dict):
        return value
    items = {str(key): _listed(item) for key, item in value.items()}
    return list(items.values()) if list(value) == list(range(len(value))) else items


def listed_words(value: Any) -> list[str]:
    """The texts in a list, in the values of a dict, or between commas or line ends in a text."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [word for item in value for word in listed_words(item)]
    if value is None or isinstance(value, bool):
        return []
    return [word.strip() for word in re.split(r"[,\n|]", str(value)) if word.strip()]
