"""The JSON that a model meant: bare, in a fence, between sentences, encoded twice, or a little broken. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import json_repair
from pydantic import BaseModel, ValidationError

Answer = TypeVar("Answer", bound=BaseModel)
MAX_PLACES = 50
_FENCE = re.compile(r"```[ \t]*[a-zA-Z]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)


class NoAnswer(Exception):
    """No JSON of the type that was asked for; the message says what is wrong with the nearest."""


def read_answer(text: str, answer: type[Answer]) -> Answer:
    """The first value in the text that is of this type; raises NoAnswer."""
    problem = "The answer was empty." if not text.strip() else "The answer held no JSON."
    for value in _values(text):
        for candidate in _shapes(value, answer):
            try:
                return answer.model_validate(candidate)
            except ValidationError as error:
                problem = str(error)[:800]
    raise NoAnswer(problem)


def _values(text: str) -> Iterator[Any]:
    """Values that the text may mean, the most literal reading first."""
    places = [text, *(match[1] for match in _FENCE.finditer(text))]
    for place in places:
        yield from _decoded(place)
    decoder = json.JSONDecoder(strict=False)
    for count, start in enumerate(match.start() for match in re.finditer(r"[{\[]", text)):
        if count == MAX_PLACES:
            break
        try:
            yield decoder.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
    opening = re.search(r"[{\[]", text)
    if opening is not None:
        yield from _repaired(places[-1] if len(places) > 1 else text[opening.start() :])


def _decoded(text: str) -> Iterator[Any]:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):  # encoded twice
        yield from _decoded(value)
    else:
        yield value


def _repaired(text: str) -> Iterator[Any]:
    """What a lenient reader makes of it; an answer that breaks off stays broken."""
    if _breaks_off(text):
        return
    try:
        yield json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return


def _breaks_off(text: str) -> bool:
    """Whether the text ends within the JSON: what is missing at its end is not made up."""
    return text.rstrip().rstrip("`").rstrip()[-1:] not in ("}", "]")


def _shapes(value: Any, answer: type[BaseModel]) -> Iterator[Any]:
    """The value itself, what it wraps, and a list as the one field that holds a list."""
    yield value
    fields = list(answer.model_fields)
    if isinstance(value, dict) and len(value) == 1:
        inner = next(iter(value.values()))
        if isinstance(inner, dict):
            yield inner
        elif isinstance(inner, list) and len(fields) == 1:
            yield {fields[0]: inner}
    if isinstance(value, list):
        if len(fields) == 1:
            yield {fields[0]: value}
        elif len(value) == 1:
            yield value[0]
