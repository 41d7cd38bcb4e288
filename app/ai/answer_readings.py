"""What an answer's text says, for showing stored answers without asking a model. Pure."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import BaseModel

from app.ai.client.json_answers import NoAnswer, read_with_value
from app.ai.client.thoughts import without_thoughts


def values_meant(text: str, answer: type[BaseModel]) -> Iterator[Any]:
    """The fields of an answer as the gateway reads it, then what else it has; both as plain values.

    An answer that the gateway cannot read is returned as plain JSON, if it is JSON.
    """
    try:
        meant, value = read_with_value(without_thoughts(text), answer)
    except NoAnswer:
        with suppress(ValueError, RecursionError):
            yield json.loads(text)
    else:
        yield meant.model_dump(exclude_unset=True)
        yield value
