"""What `make texts` reads from error_codes.toml: the message and the cure of each code (translations.toml)."""

import tomllib
from collections.abc import Iterator
from typing import IO, Any

FIELDS = ("message", "cure")


def extract(
    file: IO[bytes], _keywords: Any, _comments: Any, options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """As babel's ways of reading: line, function, text, comments. What is empty is no text."""
    for entry in tomllib.loads(file.read().decode()).values():
        yield from ((1, None, entry[name], []) for name in FIELDS if entry[name])
