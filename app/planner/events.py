"""What happened to keywords, clusters and ideas, for whoever subscribes."""

from app.core.events import Event


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
