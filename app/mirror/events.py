"""What happened to contents in WordPress, for whoever subscribes."""

from app.core.events import Event


class RemoteChanged(Event):
    """Content was changed in WordPress, and was updated here or found to differ. The subjects are contents."""

    __slots__ = ()
    name = "remote_changed"
