"""Asks the database once for what the parts of one page would ask again and again.

A template, a hook and a service below them each ask for the modules of the account, its plan or its providers, and none
knows of the others. While a request only reads, the first answer holds for all of them; whatever is written in between
makes it be asked anew.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, has_request_context, request
from sqlalchemy import event

from app.core.extensions import db

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
_ANSWERS = "igny8.answers"
_WRITES = ("insert", "update", "delete", "merge", "truncate")


def once_a_page(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Decorator: within a GET request, return the earlier answer for the same arguments, which must be hashable."""

    @wraps(function)
    def asked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        if not is_reading():
            return function(*args, **kwargs)
        answers: dict[Any, Answer] = request.environ.setdefault(_ANSWERS, {})
        question = (asked, args, *kwargs.items())
        if question not in answers:
            answers[question] = function(*args, **kwargs)
        return answers[question]

    return asked


def is_reading() -> bool:
    """True within a request that changes nothing, whose answers are kept."""
    return has_request_context() and request.method == "GET"


def init_app(app: Flask) -> None:
    """Make every write through the application's engine discard the remembered answers."""
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _forget_after_writes)


def _forget_after_writes(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    if has_request_context() and request.environ.get(_ANSWERS) and _writes(statement):
        del request.environ[_ANSWERS]


def _writes(statement: str) -> bool:
    words = statement.lower().lstrip()
    return words.startswith(_WRITES) or (words.startswith("with") and any(word in words for word in _WRITES))
