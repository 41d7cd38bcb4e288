"""Events about imports, for whoever subscribes."""

from app.core.events import Event


class ImportFinished(Event):
    """An import from WordPress has ended. It has no subjects: it is about the whole site."""

    __slots__ = ()
    name = "import_finished"
    may_be_empty = True
