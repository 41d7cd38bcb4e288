"""What the plugin sends of posts and terms: the forms of docs/wire-contract.md, validated."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from app.taxonomy.slugs import readable_slug

MAX_ID = 2**63 - 1


def _storable(text: str) -> str:
    """The text without NUL, the only character that PostgreSQL cannot store."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _id_or_none(value: object) -> int | None:
    """An id of ours as the wire has it (text); None for anything else."""
    if value is None:
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _ids(values: object) -> list[int]:
    ids = [_id_or_none(value) for value in values] if isinstance(values, list) else []
    return sorted({value for value in ids if value})


def _uuid_or_none(value: object) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def _terms_by_taxonomy(value: object) -> object:
    """The terms by taxonomy: an empty list, as PHP writes an empty object, is read as an empty dict."""
    return {} if value == [] else value


Text = Annotated[str, AfterValidator(_storable)]
RemoteId = Annotated[int, Field(ge=1, le=MAX_ID)]
OurId = Annotated[int | None, BeforeValidator(_id_or_none)]
OurIds = Annotated[list[int], BeforeValidator(_ids)]
Parts = Annotated[Text, Field(max_length=400)]
PublishId = Annotated[UUID | None, BeforeValidator(_uuid_or_none)]
Instant = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class Wire(BaseModel):
    """A part of a message; names that are not known here are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Author(Wire):
    """Who wrote a post."""

    id: int = 0
    email: Text = ""
    name: Text = ""


class Attachment(Wire):
    """An attachment of WordPress."""

    attachment_id: int
    url: Text = ""
    alt: Text = ""


class Seo(Wire):
    """What the active SEO plugin holds."""

    title: Text = ""
    description: Text = ""
    canonical: Text = ""
    focus_keywords: list[Text] = Field(default=[], max_length=10_000)


class Relations(Wire):
    """Cluster, sector and keywords: ids of ours."""

    cluster_id: OurId = None
    sector_id: OurId = None
    keyword_ids: OurIds = []


class PostItem(Wire):
    """A post, page or product as `GET posts` sends it."""

    id: RemoteId
    type: Annotated[Text, Field(max_length=64)]
    status: Annotated[Text, Field(max_length=64)]
    title: Text = ""
    content: Text = ""
    excerpt: Text = ""
    slug: Text = ""
    permalink: Text = ""
    date_utc: Instant | None = None
    modified_utc: Instant | None = None
    author: Author | None = None
    parent: int = Field(default=0, ge=0, le=MAX_ID)
    template: Text = ""
    featured_image: Attachment | None = None
    terms: Annotated[dict[Text, list[RemoteId]], BeforeValidator(_terms_by_taxonomy)] = {}
    seo: Seo = Seo()
    content_id: OurId = None
    run_id: PublishId = None
    relations: Relations = Relations()
    content_hash: Annotated[Text, Field(max_length=64)] = ""
    state_hash: Annotated[Text, Field(max_length=64)] = ""
    parts: Parts = ""

    @property
    def readable_slug(self) -> str:
        """The slug without percent-encoding, as it is written here."""
        return readable_slug(self.slug)


class TermItem(Wire):
    """A term as `GET taxonomies` sends it."""

    term_id: RemoteId
    taxonomy: Annotated[Text, Field(min_length=1, max_length=32)]
    name: Text = ""
    slug: Text = ""
    description: Text = ""
    parent: int = Field(default=0, ge=0, le=MAX_ID)
    permalink: Text = ""
    seo: Seo | None = None
    content_id: OurId = None
    igny8_id: OurId = None
    content_hash: Annotated[Text, Field(max_length=64)] = ""
    parts: Parts = ""

    @property
    def key(self) -> tuple[str, int]:
        """Taxonomy and id, which identify a term."""
        return self.taxonomy, self.term_id

    @property
    def readable_slug(self) -> str:
        """The slug without percent-encoding, as it is written here."""
        return readable_slug(self.slug)


def to_wire_json(value: Any) -> Any:
    """A model of plain values, or an instant (UTC), as JSON has it."""
    if isinstance(value, BaseModel):
        return dict(vars(value))
    return value.isoformat(timespec="seconds")[:19] + "Z" if isinstance(value, datetime) else value
