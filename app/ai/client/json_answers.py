"""The JSON that a model meant: bare, in a fence, between sentences, in lines, encoded twice, or a little broken. Pure.

What its fields may be called, and what their values may look like, is said by `app.ai.answers.Answer`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from app.ai.answers import Answer as Lenient
from app.ai.client.broken_json import repaired

Answer = TypeVar("Answer", bound=BaseModel)
MAX_PLACES = 50
DEEPEST = 4
_FIELDS = re.compile(r'\A"\w{1,40}"[ \t]*:')
_SOLID = re.compile(r"[^\s,]")
_FENCE = re.compile(r"```[ \t]*+[a-zA-Z]*+[ \t]*+\n(.*?)```", re.DOTALL)


class NoAnswer(Exception):
    """No JSON of the type that was asked for; the message says what is wrong with the nearest."""


def read_answer(text: str, answer: type[Answer]) -> Answer:
    """The first value in the text that is of this type; raises NoAnswer."""
    return read_with_value(text, answer)[0]


def read_with_value(text: str, answer: type[Answer]) -> tuple[Answer, Any]:
    """The answer, and the value that it was read from, which may hold more than its fields; raises NoAnswer."""
    text = text.strip().lstrip("\ufeff\u200b").lstrip()
    problem = "The answer was empty." if not text else "The answer held no JSON."
    for read in (_json_values, partial(_as_it_is, answer), _small_values):
        for value in read(text):
            for candidate in _shapes(value, answer):
                try:
                    return answer.model_validate(candidate), candidate
                except ValidationError as error:
                    problem = str(error)[:800]
                except RecursionError:
                    problem = "The answer is nested too deeply."
    raise NoAnswer(problem)


def _as_it_is(answer: type[BaseModel], text: str) -> Iterator[Any]:
    """The text itself, where it has the form of what is wanted without any JSON."""
    try:
        value = answer.in_text(text) if issubclass(answer, Lenient) else None
    except RecursionError:
        return
    if value is not None:
        yield value


def _json_values(text: str) -> Iterator[Any]:
    """Values that the text may mean, the most literal reading first."""
    places = [text, *(match[1] for match in _FENCE.finditer(text))]
    for place in places:
        yield from _decode_json(place)
        yield from _in_lines(place)
    if text[:1] in ("{", "["):
        yield from repaired(text)
    else:
        yield from (value for place in places[1:] for value in repaired(place))
    if _FIELDS.match(text):  # the fields of an object without its braces
        bare_fields = "{" + text.rstrip().rstrip(",") + "}"
        yield from _decode_json(bare_fields)
        yield from repaired(bare_fields)
    yield from (value for value, length in _spans(text) if 2 * length >= len(text))
    opening = re.search(r"[{\[]", text)
    start, end = opening.start() if opening else 0, 1 + max(text.rfind("}"), text.rfind("]"))
    if 2 * (end - start) >= len(text):
        pieces = dict.fromkeys(piece for piece in (text[start:], text[start:end]) if piece != text)
        yield from (value for piece in pieces for value in repaired(piece))


def _small_values(text: str) -> Iterator[Any]:
    """Values that are less than half of the text, the longest first."""
    yield from (value for value, length in sorted(_spans(text), key=lambda span: -span[1]) if 2 * length < len(text))


def _spans(text: str) -> Iterator[tuple[Any, int]]:
    """Values that stand somewhere in the text, none within another, and their lengths."""
    decoder, position = json.JSONDecoder(strict=False), 0
    for _ in range(MAX_PLACES):
        opening = re.compile(r"[{\[]").search(text, position)
        if opening is None:
            return
        try:
            value, position = decoder.raw_decode(text, opening.start())
            yield value, position - opening.start()
        except (ValueError, RecursionError):
            position = opening.end()


def _decode_json(text: str) -> Iterator[Any]:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):  # encoded twice
        yield from _decode_json(value)
    else:
        yield value


def is_whole(text: str) -> bool:
    """Whether the answer is a JSON value that nothing is missing of, bare or in a fence."""
    places = [text, *(match[1] for match in _FENCE.finditer(text))]
    return any(isinstance(value, dict | list) for place in places for value in _decode_json(place))


def _in_lines(text: str) -> Iterator[Any]:
    """Objects one after the other, as one value: a list, lists of one name together, or fields that each came alone."""
    decoder, rows, position = json.JSONDecoder(strict=False), list[dict[str, Any]](), 0
    text = text.strip()
    while position < len(text):
        try:
            row, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        if not isinstance(row, dict):
            return
        rows.append(row)
        position = next((match.start() for match in _SOLID.finditer(text, position)), len(text))
    if len(rows) > 1:
        yield _join_rows(rows)


def _join_rows(rows: Sequence[dict[str, Any]]) -> Any:
    names = [name for row in rows for name in row]
    if len(set(names)) == len(names):
        return {name: value for row in rows for name, value in row.items()}
    if len(set(names)) == 1 and len(names) == len(rows):
        values = [next(iter(row.values())) for row in rows]
        if all(isinstance(value, list) for value in values):
            return {names[0]: [item for value in values for item in value]}
    return list(rows)


def _shapes(value: Any, answer: type[BaseModel], depth: int = 0) -> Iterator[Any]:
    """The value itself, what it wraps, and a list, or one row of it, as the field that holds a list."""
    yield value
    lists = [name for name, field in answer.model_fields.items() if get_origin(field.annotation) is list]
    if isinstance(value, Mapping) and depth < DEEPEST:
        for inner in value.values():
            if isinstance(inner, str) and inner.lstrip()[:1] in ("{", "["):
                inner = next(_decode_json(inner), None)
            if isinstance(inner, dict | list):
                yield from _shapes(inner, answer, depth + 1)
    if isinstance(value, list):
        if len(value) == 1:
            yield value[0]
        if lists and len(answer.model_fields) <= 2:
            yield {lists[0]: value}
    elif isinstance(value, Mapping) and lists and len(answer.model_fields) <= 2:
        yield {lists[0]: [value]}
