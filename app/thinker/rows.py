"""Real rows to try a prompt on: the domains above provide the requests that they would send."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from app.ai.templates import Template
from app.core.errors import NotFound
from app.core.hooks import Offer
from app.core.languages import gettext
from app.thinker.operations import AnyOperation

AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A row that the operation could be asked about; `key` names it, such as `task:12`."""

    key: str
    title: str
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A row with what would be asked about it."""

    row: Row
    request: BaseModel


# (account_id, key of the operation, words to look for) Rows, the newest first; at most AT_MOST.
rows_for: Offer[[str, str], Sequence[Row]] = Offer()
# (account_id, key of the operation, key of the row) The row and its request; None for what is not theirs.
case_for: Offer[[str, str], Case | None] = Offer()


def list_rows(account_id: int, operation: AnyOperation, words: str = "") -> list[Row]:
    """Rows to choose from."""
    return [row for answer in rows_for(account_id, operation.key, words) for row in answer][:AT_MOST]


def case_of(account_id: int, operation: AnyOperation, key: str) -> Case:
    """The row of this key with what would be asked about it; raises NotFound."""
    for answer in case_for(account_id, operation.key, key):
        if answer is not None:
            return answer
    raise NotFound(gettext("This row is not there any more."), cure=gettext("Choose another one."))


def example_values(operation: AnyOperation) -> dict[str, str]:
    """A value for each variable, when there is no row to take it from."""
    return {variable.name: variable.example for variable in operation.variables}


@dataclass(frozen=True, slots=True)
class PromptPreview:
    """What would be sent, in parts: (text, whether it is a value)."""

    system: list[tuple[str, bool]]
    question: list[tuple[str, bool]]

    @property
    def length(self) -> int:
        """Characters in all."""
        return sum(len(text) for text, _is_value in (*self.system, *self.question))


def preview_prompt(account_id: int, operation: AnyOperation, template: Template, row_key: str) -> PromptPreview:
    """What would be sent for this row, or for the examples. Raises DomainError for a wrong variable or row."""
    template.check(operation.variables)
    values = (
        dict(operation.values(case_of(account_id, operation, row_key).request))
        if row_key
        else example_values(operation)
    )
    template.rendered(values)
    return PromptPreview(template.parts(template.system, values), template.parts(template.user, values))
