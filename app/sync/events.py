"""What came of imports, for whoever subscribes."""

from app.core.events import Event


class ImportFinished(Event):
    """An import from WordPress came to its end. It has no subjects: all of the site is meant."""

    __slots__ = ()
    name = "import_finished"
    may_be_empty = True
