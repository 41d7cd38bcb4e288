"""What the app's routes take from plugins (docs/wire-contract.md, "App routes")."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.mirror.wire import MAX_ID, Instant, RemoteId, Text, Wire

MOST_TERMS = 1000


class TermRef(Wire):
    """A term of WordPress: its id alone, or with its name and slug."""

    id: RemoteId
    name: Text = ""
    slug: Text = ""


def _ref(value: object) -> object:
    """`5` is `{"id": 5}`."""
    return value if isinstance(value, dict) else {"id": value}


Refs = Annotated[list[Annotated[TermRef, BeforeValidator(_ref)]], Field(max_length=MOST_TERMS)]
Who = Annotated[Text, BeforeValidator(lambda value: "" if value is None else str(value)), Field(max_length=200)]
AnId = Annotated[int, Field(ge=1, le=MAX_ID)]


class Batch(Wire):
    """Events, each of which is read by itself."""

    events: list[Any] = Field(min_length=1, max_length=100)


class Taxonomies(Wire):
    """The terms that a post has; a group that is not sent stays as it is."""

    categories: Refs | None = None
    tags: Refs | None = None
    sectors: Refs | None = None
    clusters: Refs | None = None
    updated_by: Who = ""
    updated_at: Instant | None = None


class Relationships(Wire):
    """Cluster, sector and keywords of a post: ids of ours; what is not sent stays as it is."""

    cluster_id: AnId | None = None
    sector_id: AnId | None = None
    keyword_ids: Annotated[list[AnId], Field(max_length=MOST_TERMS)] | None = None
    updated_by: Who = ""
    updated_at: Instant | None = None


class Nudge(Wire):
    """Seconds until the first event is due."""

    due_in: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


Amount = Annotated[int, Field(ge=0, le=100_000)]


class Amounts(Wire):
    """How many terms of each group."""

    categories: Amount = 0
    tags: Amount = 0
    sectors: Amount = 0
    clusters: Amount = 0


class Increment(Wire):
    """One operation to be counted. `content_type` is null when no post was made."""

    id: Annotated[Text, Field(min_length=1, max_length=64)]
    content_type: Annotated[Text, Field(max_length=64)] | None = None
    taxonomies_created: Amounts = Amounts()
    taxonomies_updated: Amounts = Amounts()
    published_at: Instant | None = None


class Progress(Wire):
    """How far WordPress is with a publish."""

    run_id: Annotated[Text, Field(max_length=64)] | None = None
    content_id: Annotated[Text, BeforeValidator(lambda value: "" if value is None else str(value))] = ""
    task_id: Annotated[Text, BeforeValidator(lambda value: "" if value is None else str(value))] = ""
    step: Annotated[Text, Field(max_length=64)] = ""
    progress: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 0
    message: Annotated[Text, Field(max_length=2000)] = ""
