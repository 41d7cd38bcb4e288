"""Legal moves of a run, in one table."""

ACTIVE = ("queued", "running")
ENDED = ("succeeded", "failed", "cancelled")

MOVES: dict[str, tuple[str, ...]] = {
    "queued": ("running", "cancelled", "failed"),
    "running": ("queued", "succeeded", "failed", "cancelled"),
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
