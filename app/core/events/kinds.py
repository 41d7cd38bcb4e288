"""The one list of events. `subjects` are the ids of what the event is about, of one site."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to rows of one site of an account. `name` stands in the database: it never changes."""

    name: ClassVar[str]
    may_be_empty: ClassVar[bool] = False
    account_id: int
    site_id: int
    subjects: tuple[int, ...]

    def with_subjects(self, subjects: Iterable[int]) -> Self:
        """The same event of these subjects, each once, in order."""
        return replace(self, subjects=tuple(sorted(set(subjects))))


class KeywordsAdded(Event):
    """Keywords were typed in or imported."""

    __slots__ = ()
    name = "keywords_added"


class ClustersCreated(Event):
    """Clusters were made, by a person or by clustering."""

    __slots__ = ()
    name = "clusters_created"


class IdeasCreated(Event):
    """Ideas were made."""

    __slots__ = ()
    name = "ideas_created"


class TasksCreated(Event):
    """Tasks were made, by hand or from ideas."""

    __slots__ = ()
    name = "tasks_created"


class DraftsWritten(Event):
    """A draft was written into content. The subjects are contents."""

    __slots__ = ()
    name = "drafts_written"


class ContentChanged(Event):
    """Content was changed here: texts, terms or images."""

    __slots__ = ()
    name = "content_changed"


class Published(Event):
    """Content is live as it is here. The subjects are contents."""

    __slots__ = ()
    name = "published"


class RemoteChanged(Event):
    """WordPress has changed content, and it was taken over or found to differ. The subjects are contents."""

    __slots__ = ()
    name = "remote_changed"


class ImportFinished(Event):
    """An import from WordPress came to its end. It has no subjects: all of the site is meant."""

    __slots__ = ()
    name = "import_finished"
    may_be_empty = True


KINDS: dict[str, type[Event]] = {
    kind.name: kind
    for kind in (
        KeywordsAdded,
        ClustersCreated,
        IdeasCreated,
        TasksCreated,
        DraftsWritten,
        ContentChanged,
        Published,
        RemoteChanged,
        ImportFinished,
    )
}
