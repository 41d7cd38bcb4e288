"""Lists of objects in answers, in whatever form they came: one odd row does not lose the others. Pure."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BeforeValidator, ValidationError

from app.ai.answers import Answer

RowT = TypeVar("RowT", bound=Answer)


def answer_rows(kind: type[Answer], *, required: bool = False) -> BeforeValidator:
    """A validator for a list of `kind` that leaves out what is not a row.

    If `required`, it is an error when none of the rows can be read; an empty list is no error.
    """

    def read_rows(value: object) -> list[Answer]:
        given = _rows_in(kind, value)
        good = [row for row in (_readable_row(kind, item) for item in given) if row is not None]
        if required and not good and (given or value not in ([], {}, "")):
            raise ValueError(f"There is no {kind.__name__} in it.")
        return good

    return BeforeValidator(read_rows)


def _readable_row(kind: type[RowT], value: object) -> RowT | None:
    """The row; None for anything that is not one."""
    if not value or not isinstance(value, Mapping | str | Answer):
        return None
    try:
        return kind.model_validate(value)
    except (ValidationError, RecursionError):
        return None


def _rows_in(kind: type[Answer], value: object) -> list[Any]:
    """The rows of a list, a text, one object, or of objects or texts that each stand under a name."""
    if isinstance(value, str):
        return kind.rows_in_text(value)
    if not isinstance(value, Mapping):
        return value if isinstance(value, list) else []
    inner = list(value.values())
    if inner and all(isinstance(row, Mapping) for row in inner):
        return inner
    if kind.knows(value):
        return [value]
    if len(inner) == 1 and isinstance(inner[0], list):
        return inner[0]
    return [_pair(kind, str(name), text) for name, text in value.items() if isinstance(text, str | list)]


def _pair(kind: type[Answer], name: str, text: str | list[Any]) -> dict[str, Any]:
    """A row that is a text, or several, under a name; under a number the text alone says what it is."""
    first, second = kind.pair_fields
    if name.strip().isdecimal() and first != "id":
        return {kind.main_field: text}
    return {first: name, second: text}
