"""Passwords and keys of the old installation are never stored here: what is named like one is left out. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from app.core.logs import scrub_secrets
from app.legacy_import.php_values import stored_value
from app.legacy_import.refusals import RowRefused

SECRET = re.compile(
    r"api_?key|secret|token|passw|credential|private_?key|licen[sc]e|oauth|webhook|salt|_key$|nonce", re.I
)
LEFT_OUT = "[left out: a secret]"


def value_without_secrets(name: str, value: str | None) -> str | None:
    """The value of an option or column of this name, without what is secret in it."""
    if not value:
        return value
    if SECRET.search(name):
        return LEFT_OUT
    try:
        stored = stored_value(value, name)
    except RowRefused:
        return LEFT_OUT if SECRET.search(value) else scrub_secrets(value)
    if isinstance(stored, (dict, list)) and (cleaned := _cleaned(stored)) != stored:
        return json.dumps(cleaned, default=str)  # as ASCII: half a character pair is no text that can be stored
    return scrub_secrets(value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: LEFT_OUT if item and SECRET.search(str(key)) else _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return scrub_secrets(value) if isinstance(value, str) else value


def row_without_secrets(row: Mapping[str, str | None], mapping: Mapping[str, str]) -> dict[str, str | None]:
    """A row of settings, accounts or options: by the names of its columns, and its value by its name."""
    name, value = mapping.get("name"), mapping.get("value")
    cleaned = {column: value_without_secrets(column, text) for column, text in row.items()}
    if name and value:
        cleaned[value] = value_without_secrets(str(row.get(name) or ""), row.get(value))
        cleaned[name] = row.get(name)
    return cleaned
