"""Where the template of an operation comes from: what an account has made of it, else the shipped one.

The domain that keeps the prompts of accounts (`app.thinker`) stands above this one and answers `template_for`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from app.ai.operations import Operation
from app.ai.templates import Template
from app.core.hooks import Question

# (account_id, key of the operation) The template that the account has made live; None for the shipped one.
template_for: Question[[int, str], Template | None] = Question()

_tried: ContextVar[Template | None] = ContextVar("igny8_tried_template", default=None)


def live(account_id: int, operation: Operation[Any, Any, Any]) -> Template:
    """The template to ask with, read in the transaction at hand."""
    tried = _tried.get()
    if tried is not None:
        return tried
    answers = [template for template in template_for(account_id, operation.key) if template is not None]
    return answers[0] if answers else operation.template


@contextmanager
def trying(template: Template) -> Iterator[None]:
    """Inside, in this thread, `live` gives this template: for trying a version that is not live."""
    token = _tried.set(template)
    try:
        yield
    finally:
        _tried.reset(token)
