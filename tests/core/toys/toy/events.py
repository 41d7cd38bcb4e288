"""What the toy tells of, and what it was told."""

from app.core.events import Event

heard: list[Event] = []


class ToyPlayed(Event):
    """Somebody played."""

    __slots__ = ()
    name = "toy_played"
