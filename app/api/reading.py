"""What a request says: its parameters and its body, checked against their types, with the house's errors."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.errors import DomainError
from app.core.languages import gettext

MOST_BYTES = 4 * 1024 * 1024
FILE = "application/octet-stream"
T = TypeVar("T", bound=BaseModel)


def read_parameters(shape: type[T]) -> T:
    """The parameters of the address. Raises DomainError for one that is wrong, unknown or there twice."""
    doubled = [name for name, values in request.args.lists() if len(values) > 1]
    if doubled:
        raise DomainError(
            gettext("The parameter %(name)s is there twice.", name=doubled[0]),
            code="PARAMETER_TWICE",
            field=doubled[0],
        )
    values = request.args.to_dict()
    try:
        parameters = shape.model_validate(values)
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False, include_context=False)) from None
    _refuse_nulls(values)
    return parameters


def read_raw_body(most: int = MOST_BYTES) -> bytes:
    """The bytes of the body. Raises DomainError for more than `most`."""
    too_large = DomainError(
        gettext("A body has at most %(most)s MB here.", most=most // 1024 // 1024),
        code="TOO_LARGE",
        status=413,
        cure=gettext("Split it into several requests."),
    )
    if (request.content_length or 0) > most:
        raise too_large
    request.max_content_length = most
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge:
        raise too_large from None


def read_json_body(shape: type[T], body: bytes) -> T:
    """The body, which is JSON of this type. Raises DomainError with the field that is wrong."""
    if request.mimetype != "application/json":
        raise DomainError(
            gettext("The body has to be JSON."),
            code="NOT_JSON",
            status=415,
            cure=gettext("Send it as Content-Type: application/json."),
        )
    try:
        parsed = shape.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False, include_context=False)) from None
    _refuse_nulls(parsed.model_dump())
    return parsed


def checked_file(body: bytes) -> bytes:
    """The bytes of a file, which is the whole body. Raises DomainError for one in another form, or none."""
    if request.mimetype != FILE:
        raise DomainError(
            gettext("The body has to be the bytes of the file."),
            code="NOT_A_FILE",
            status=415,
            cure=gettext("Send it as Content-Type: application/octet-stream."),
        )
    if not body:
        raise DomainError(gettext("The body is empty."), code="FILE_EMPTY", cure=gettext("Send the bytes of the file."))
    return body


def _invalid(problems: Sequence[Any]) -> DomainError:
    """The first problem as the error, with a sentence for each field in its details."""
    if problems[0]["type"] == "json_invalid":
        return DomainError(
            gettext("The body is not valid JSON."),
            code="JSON_INVALID",
            status=400,
            details={"says": str(problems[0]["msg"])},
        )
    by_field = {".".join(map(str, problem["loc"])): str(problem["msg"]) for problem in problems[:50]}
    field, message = next(iter(by_field.items()))
    return DomainError(
        gettext("%(field)s: %(problem)s", field=field or "body", problem=message),
        code="VALIDATION",
        field=field or None,
        details={"fields": by_field},
        cure=gettext("See the description of this endpoint for what it takes."),
    )


def _refuse_nulls(value: Any) -> None:
    """Raise DomainError for text that the database cannot keep."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            raise DomainError(
                gettext("A text holds characters that cannot be kept."),
                code="VALUE_REFUSED",
                cure=gettext("Take out null characters and lone surrogates."),
            )
    elif isinstance(value, Mapping):
        for name, part in value.items():
            _refuse_nulls(name)
            _refuse_nulls(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _refuse_nulls(part)
