"""RQ's job, held to functions of ours: Redis says which one to call, and must not be a way to run code."""

import zlib
from typing import Any

from rq.exceptions import NoSuchJobError
from rq.job import Job

from app.core.logs import get_logger

log = get_logger(__name__)
_functions: set[str] = set()


class NotOurs(Exception):
    """A job names a function that workers do not call."""


def allow_functions(*functions: str) -> None:
    """The functions that workers call, by their paths."""
    _functions.update(functions)


class OwnJob(Job):
    """Calls nothing but allowed functions, no callbacks and no addresses."""

    success_callback = None
    failure_callback = None
    stopped_callback = None

    @property
    def func(self) -> Any:
        """The function; raises NotOurs, which fails the job, and DeserializationError for one of an older version."""
        if self.func_name not in _functions or self.instance is not None:
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
