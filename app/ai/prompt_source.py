"""Where the template of an operation comes from: what an account has made of it, else the shipped one.

The domain that keeps the prompts of accounts (`app.thinker`) stands above this one and answers `stored_templates`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Executable

from app.ai.operations import Operation
from app.ai.templates import Template
from app.core.extensions import db
from app.core.hooks import Question
from app.core.one_message import Asked, rows_together

# () What reads the template that an account has made live: a statement of `account_id` and `operation` (its key) that
# gives instructions, question and version, or no row for the shipped one. It is asked with others in one message.
stored_templates: Question[[], Executable] = Question()

_tried: ContextVar[Template | None] = ContextVar("igny8_tried_template", default=None)


def live(account_id: int, operation: Operation[Any, Any, Any]) -> Template:
    """The template to ask with, read in the transaction at hand."""
    asked = template_reading(account_id, operation)
    return template_in(rows_together(db.session.connection(), *asked) if asked else [], operation)


def template_reading(account_id: int, operation: Operation[Any, Any, Any]) -> list[Asked]:
    """What has to be asked for `template_in`; nothing while a template is tried."""
    if _tried.get() is not None:
        return []
    return [(statement, {"account_id": account_id, "operation": operation.key}) for statement in stored_templates()]


def template_in(answers: Sequence[Sequence[tuple[Any, ...]]], operation: Operation[Any, Any, Any]) -> Template:
    """The template to ask with, by the rows of `template_reading`."""
    stored = next((rows[0] for rows in answers if rows), None)
    return _tried.get() or (Template(*stored) if stored else operation.template)


@contextmanager
def trying(template: Template) -> Iterator[None]:
    """Inside, in this thread, `live` gives this template: for trying a version that is not live."""
    token = _tried.set(template)
    try:
        yield
    finally:
        _tried.reset(token)
