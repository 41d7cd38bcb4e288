"""What happened to contents here, for whoever subscribes."""

from app.core.events import Event


class ContentChanged(Event):
    """Content was changed here: texts, terms or images."""

    __slots__ = ()
    name = "content_changed"


class ContentTrashed(Event):
    """Content was moved to the trash here; where it is live, it stays so. The subjects are contents."""

    __slots__ = ()
    name = "content_trashed"


class ContentRestored(Event):
    """Content was restored from the trash. The subjects are contents."""

    __slots__ = ()
    name = "content_restored"


class ContentDeleted(Event):
    """Content was deleted for good. The subjects are ids of contents that were deleted."""

    __slots__ = ()
    name = "content_deleted"
