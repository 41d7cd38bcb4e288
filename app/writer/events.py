"""What happened to tasks and drafts, for whoever subscribes."""

from app.core.events import Event


class TasksCreated(Event):
    """Tasks were made, by hand or from ideas."""

    __slots__ = ()
    name = "tasks_created"


class DraftsWritten(Event):
    """A draft was written into content. The subjects are contents."""

    __slots__ = ()
    name = "drafts_written"
