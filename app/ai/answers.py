"""Reads a model's answer as it was meant: an answer that is paid for is not lost because of its form. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, model_validator

from app.ai.markup.answer_parts import html_of, plain_name
from app.ai.values import storable

_TEXT_NAMES = (
    *("question", "q", "rendered", "text", "value", "raw", "content", "html", "name", "title", "heading"),
    *("keyword", "keyphrase", "phrase", "term"),
)
_NOTHING = ("none", "null", "n/a", "nothing", "-")
_MARK = re.compile(r"\A\s*+(?:[-*+•]|[0-9]{1,3}[.)])[ \t]++")
_DIGITS = re.compile(r"[0-9]{1,9}")
DEEPEST = 8


class Answer(BaseModel):
    """An answer, or a part of one. Fields with a default may be missing, or null.

    `other_names` are what models call the fields instead, in the form of `plain_name`. `main_field` is the field meant
    when a text comes in place of an object, `pair_fields` those meant by name and value when texts come under names
    that are not fields: `{"Why?": "Rain."}`.
    """

    other_names: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    main_field: ClassVar[str] = ""
    pair_fields: ClassVar[tuple[str, str]] = ("", "")

    @classmethod
    def gathered(cls, value: Any) -> Any:
        """The value under our field names; nulls are left out."""
        if isinstance(value, str) and cls.main_field:
            return {cls.main_field: value}
        if not isinstance(value, Mapping):
            return value
        given = {plain_name(name): inner for name, inner in value.items() if inner is not None}
        fields = {}
        for name in cls.model_fields:
            names = (plain_name(name), *cls.other_names.get(name, ()))
            inner_value = next((given[other] for other in names if other in given), None)
            if inner_value is not None:
                fields[name] = inner_value
        return fields or value

    @classmethod
    def in_text(cls, text: str) -> Any:
        """The values in a text that is not JSON; None when it is not what was asked for."""
        return None

    @classmethod
    def rows_in_text(cls, text: str) -> list[Any]:
        """The rows in a text that came in place of a list: one in each line."""
        lines = (_MARK.sub("", line).strip() for line in text.splitlines())
        return [line for line in lines if line and line.strip(" .()[]").casefold() not in _NOTHING]

    @classmethod
    def knows(cls, names: Iterable[object]) -> bool:
        """Whether one of the names is that of a field."""
        known_names = {plain_name(name) for name in cls.model_fields}.union(*cls.other_names.values())
        return any(plain_name(name) in known_names for name in names)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any) -> Any:
        gathered = cls.gathered(value)
        if isinstance(gathered, Mapping) and not any(name in gathered for name in cls.model_fields):
            raise ValueError(f"None of its fields is there: {', '.join(cls.model_fields)}.")
        return gathered


def text_of(value: object, depth: int = 0) -> object:
    """A field that is text, where it came as a number, a list, nothing or an object that holds it."""
    if value is None or isinstance(value, bool) or depth > DEEPEST:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return ", ".join(filter(None, (str(text_of(item, depth + 1)) for item in value)))
    if isinstance(value, Mapping):
        by_name = {plain_name(name): inner for name, inner in value.items()}
        return next((text_of(by_name[name], depth + 1) for name in _TEXT_NAMES if by_name.get(name)), "")
    return storable(value) if isinstance(value, str) else value


def phrases_of(value: object) -> object:
    """A list of phrases, where it came as one text with commas or lines between, as objects, or as nothing."""
    if isinstance(value, str):
        value = value.strip().strip("[]")
        value = value.splitlines() if "\n" in value else value.split(";") if ";" in value else value.split(",")
    if isinstance(value, Mapping):
        value = _phrases_in(value)
    if not isinstance(value, list):
        return [] if value is None else [text_of(value)]
    texts = (str(text_of(item)).strip().lstrip("-•*").strip().strip("\"'") for item in value)
    return [text for text in texts if text]


def _phrases_in(value: Mapping[Any, Any]) -> list[Any]:
    """The phrases of an object: its question, its names that are questions, else all of its values."""
    if {"question", "q"} & set(map(plain_name, value)):
        return [value]
    if value and all(str(name).rstrip().endswith(("?", "？", "؟")) for name in value):
        return list(value)
    return [inner for part in value.values() for inner in (part if isinstance(part, list) else [part])]


def note_lines(value: object) -> object:
    """A note in lines: a list is a line with a dash for each of its texts."""
    if not isinstance(value, list):
        return text_of(value)
    return "\n".join(f"- {text}" for item in value if (text := str(text_of(item)).strip()))


def body_of(value: object) -> object:
    """A body, whole or in parts."""
    return storable(html_of(value))


def number_of(value: object) -> object:
    """A number, where it came as in “Cluster 3” or “1 of 5”: the first; 0 where none is to be found."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else 0
    digits = _DIGITS.search(value) if isinstance(value, str) else None
    return int(digits[0]) if digits else 0


Text = Annotated[str, BeforeValidator(text_of)]
Notes = Annotated[str, BeforeValidator(note_lines)]
Body = Annotated[str, BeforeValidator(body_of)]
Phrases = Annotated[list[str], BeforeValidator(phrases_of)]
Number = Annotated[int, BeforeValidator(number_of)]
