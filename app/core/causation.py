"""What caused the work at hand: ids of whatever set it off by itself, the first cause first.

The core carries them along and gives them no meaning: work that is started, and events that are published, keep the
causes of the work that starts or publishes them, so that a layer above can tell that something causes itself.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_causes: ContextVar[tuple[int, ...]] = ContextVar("causes", default=())


def current_causes() -> list[int]:
    """The causes of the work at hand; none for what a person does."""
    return list(_causes.get())


@contextmanager
def caused_by(causes: Sequence[int]) -> Iterator[None]:
    """Within this block, runs that are started and events that are published have these causes."""
    token = _causes.set(tuple(causes))
    try:
        yield
    finally:
        _causes.reset(token)
