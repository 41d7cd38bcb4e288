"""What a domain wants to happen when a run of its kind ends or is tried again."""

from collections.abc import Callable

from app.core.runs.models import Run

Hook = Callable[[Run], None]
_on_end: dict[str, Hook] = {}
_on_retry: dict[str, Hook] = {}


def register(kind: str, *, on_end: Hook | None = None, on_retry: Hook | None = None) -> None:
    """Register hooks for runs of `kind`.

    `on_end` is called when a waiting run is cancelled without ever starting; `on_retry`
    before a person starts it again, in the same transaction, and may raise a DomainError.
    """
    if on_end:
        _on_end[kind] = on_end
    if on_retry:
        _on_retry[kind] = on_retry


def run_hooks(run: Run) -> None:
    """Tell the domain that this run ended without a worker."""
    if run.kind in _on_end:
        _on_end[run.kind](run)


def before_retry(run: Run) -> None:
    """Let the domain prepare or refuse another try."""
    if run.kind in _on_retry:
        _on_retry[run.kind](run)
