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
    """A run cannot go from this state to that one."""


def check_move(old: str, new: str) -> None:
    """Raise IllegalMove unless `old` → `new` is in the table."""
    if new not in MOVES[old]:
        raise IllegalMove(f"A run cannot go from {old} to {new}.")


def sources(new: str) -> tuple[str, ...]:
    """The states from which `new` can be reached."""
    return tuple(old for old, targets in MOVES.items() if new in targets)
