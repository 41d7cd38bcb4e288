"""What went live, for whoever subscribes."""

from app.core.events import Event


class Published(Event):
    """Content is live as it is here. The subjects are contents."""

    __slots__ = ()
    name = "published"
