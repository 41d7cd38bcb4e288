"""What models are asked to do: one operation in each file here, and those of all features by key.

The `check` of an operation makes of an answer what a person can use. What is wrong on the whole raises `AnswerRejected`
with words for the model: it is shown its answer and asked once more. What is wrong in parts is mended or left out.
Models answer in fences, Markdown and whole documents: fields of plain text go through `plain_line`, bodies through
`to_html` and `to_blocks` (`app/ai/markup/answer_html.py`, `html_blocks.py`), and an enum takes any spelling with
`one_of` (`app/ai/values.py`). Only `app/ai/client/openai_client.py` knows the protocol.
"""

from collections.abc import Iterable
from typing import Any

from app.ai.operations import DirectOperation, Operation, StoredOperation
from app.ai.tasks.draft import DRAFT
from app.core.languages import N_

OPERATIONS: dict[str, Operation[Any, Any, Any]] = {}
"""Those that are asked in words."""
RETIRED = {
    DRAFT.key: N_(
        "No model is asked with this: it writes drafts section by section, by the prompts “Outline”, "
        "“Section of a draft” and “Title, excerpt and questions of a draft”."
    )
}
"""Those of them that no model is asked for any more, kept for what was made of them; the value says so to a person."""
DIRECT_OPERATIONS: dict[str, DirectOperation[Any, Any]] = {}
"""Those that have no prompt of their own."""
STORED_OPERATIONS: dict[str, StoredOperation[Any, Any]] = {}
"""Those for which nobody is asked."""


def register(operations: Iterable[object]) -> None:
    """Make these the operations there are, in place of any before. Raises ValueError when two have one key."""
    OPERATIONS.clear()
    DIRECT_OPERATIONS.clear()
    STORED_OPERATIONS.clear()
    for operation in operations:
        if isinstance(operation, Operation):
            OPERATIONS[_new_key(operation.key)] = operation
        elif isinstance(operation, DirectOperation):
            DIRECT_OPERATIONS[_new_key(operation.key)] = operation
        elif isinstance(operation, StoredOperation):
            STORED_OPERATIONS[_new_key(operation.key)] = operation
        else:
            raise TypeError(f"{operation!r} is nothing that a model is asked")


def _new_key(key: str) -> str:
    if key in OPERATIONS or key in DIRECT_OPERATIONS or key in STORED_OPERATIONS:
        raise ValueError(f"two operations are called {key}")
    return key
