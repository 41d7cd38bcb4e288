"""RQ's job, held to functions of ours: Redis says which one to call, and must not be a way to run code."""

import zlib
from collections.abc import Iterable
from typing import Any

from rq.exceptions import NoSuchJobError
from rq.job import Job

from app.core.logs import get_logger

log = get_logger(__name__)
_functions: set[str] = set()
_functions_of_features: set[str] = set()


class NotOurs(Exception):
    """A job names a function that workers do not call."""


def allow_functions(*functions: str) -> None:
    """Functions that workers call whatever the features are, by their paths."""
    _functions.update(functions)


def register(functions: Iterable[str]) -> None:
    """Make these the further functions that workers call, in place of any before."""
    _functions_of_features.clear()
    _functions_of_features.update(functions)


def may_be_called(function: str) -> bool:
    """Whether workers call this function."""
    return function in _functions or function in _functions_of_features


class OwnJob(Job):
    """Calls nothing but allowed functions, no callbacks and no addresses."""

    success_callback = None
    failure_callback = None
    stopped_callback = None

    @property
    def func(self) -> Any:
        """The function; raises NotOurs, which fails the job, and DeserializationError for one of an older version."""
        if not may_be_called(str(self.func_name)) or self.instance is not None:
            raise NotOurs(str(self.func_name)[:100])
        return super().func

    def restore(self, raw_data: Any) -> None:
        """Read what Redis has; what cannot be read is thrown away, and the sweep enqueues its run again."""
        try:
            super().restore(raw_data)
        except (ValueError, TypeError, KeyError, AttributeError, zlib.error) as error:
            log.warning("job_unreadable", job_id=self.id, error=type(error).__name__)
            self.connection.delete(self.key)
            raise NoSuchJobError(f"{self.id} cannot be read") from error
        self.webhooks = []
