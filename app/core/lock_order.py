"""The order in which rows are locked, and how to tell that PostgreSQL ended a deadlock.

A transaction that locks several rows takes them in this order, several of a kind by their ids: cluster, keyword, idea,
task, brief; what WordPress has of a content, content, run and publication. A row that names a parent locks it too (its
foreign key does), so the parent is locked first. Code that must read a row to know its parent reads it without a lock,
locks the parent, then the row, and checks it again. Code that deletes something that rows refer to, such as a sector,
locks those rows first: their column is set to null with it.
"""

from psycopg.errors import DeadlockDetected, SerializationFailure

from app.core.errors import Conflict
from app.core.languages import gettext


class ChangedMeanwhile(Conflict):
    """Somebody changed the same rows at the same moment. The same again may succeed."""

    def __init__(self) -> None:
        super().__init__(
            gettext("Somebody changed this at the same moment."),
            code="CHANGED_MEANWHILE",
            cure=gettext("Nothing was saved. Save again."),
            retryable=True,
        )


def is_deadlock(error: BaseException) -> bool:
    """Whether PostgreSQL ended this transaction so that another could go on: nothing is wrong with either."""
    return isinstance(getattr(error, "orig", None), (DeadlockDetected, SerializationFailure))
