"""The states of a run, and which may follow which."""

ACTIVE = ("queued", "running")
PAUSED = "paused"  # no worker takes it until a person resumes it
OPEN = (*ACTIVE, PAUSED)
ENDED = ("succeeded", "failed", "cancelled")

MOVES: dict[str, tuple[str, ...]] = {
    "queued": ("running", "paused", "cancelled", "failed"),
    "running": ("queued", "paused", "succeeded", "failed", "cancelled"),
    "paused": ("queued", "cancelled"),
    "succeeded": (),
    "failed": ("queued",),
    "cancelled": ("queued",),
}


class IllegalMove(ValueError):
    """No run can come into this state."""


def states_before(new: str) -> tuple[str, ...]:
    """The states from which `new` can be reached; every UPDATE of a state is conditional on them.

    Raises IllegalMove for a state that is not in the table.
    """
    if new not in MOVES:
        raise IllegalMove(new)
    return tuple(old for old, targets in MOVES.items() if new in targets)
