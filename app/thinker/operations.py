"""The operations whose prompts an account may change."""

from collections.abc import Container
from typing import Any

from app.ai.operations import Operation
from app.ai.tasks import OPERATIONS, RETIRED
from app.core.errors import NotFound
from app.core.languages import gettext

AnyOperation = Operation[Any, Any, Any]


def all_operations() -> tuple[AnyOperation, ...]:
    """Every operation, in the order in which they are worked through."""
    return tuple(OPERATIONS.values())


def operations_in_use(own: Container[str]) -> tuple[AnyOperation, ...]:
    """The operations in use, and retired ones of which the account has its `own` versions."""
    return tuple(operation for operation in all_operations() if operation.key not in RETIRED or operation.key in own)


def operation_of(key: str) -> AnyOperation:
    """The operation of this key; raises NotFound."""
    operation = OPERATIONS.get(key)
    if operation is None:
        raise NotFound(gettext("There is no such prompt."), cure=gettext("Choose one of the list under Thinker."))
    return operation
