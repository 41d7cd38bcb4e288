"""What bodies, queries and answers have in common: their base types, and the forms of ids, instants and pages."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, create_model

from app.core.clock import iso
from app.core.request_ids import MAX_ID, MAX_IDS
from app.core.wording import Changed

T = TypeVar("T", bound=BaseModel)


def _digits(value: object) -> object:
    """The number that an address says in ASCII digits."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 19:
        raise ValueError("a whole number is needed")
    return int(value)


def _day(text: str) -> str:
    """A day as in 2027-01-31, in the years that dates are kept for."""
    day = date.fromisoformat(text)
    if day.isoformat() != text or not 2000 <= day.year <= 2100:
        raise ValueError("a day of 2000 to 2100 is needed, as in 2027-01-31")
    return text


RowId = Annotated[int, Field(ge=1, le=MAX_ID)]
QueryId = Annotated[RowId, BeforeValidator(_digits)]
RowIds = Annotated[list[RowId], Field(min_length=1, max_length=MAX_IDS)]
ShortText = Annotated[str, Field(max_length=1000)]
IsoDay = Annotated[str, AfterValidator(_day)]
Instant = Annotated[datetime, PlainSerializer(iso, return_type=str)]


class Given(BaseModel):
    """A body. Unknown fields and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Parameters(BaseModel):
    """The parameters of an address. Unknown ones are refused: a filter that is misspelt must not mean all rows."""

    model_config = ConfigDict(extra="forbid")

    fields: str = Field(
        "",
        description="Names of fields, separated by commas: the answer has only these, and the id.",
        examples=["id"],
        pattern=r"^[a-z_,]{0,500}$",
    )


class DryRunParameters(Parameters):
    """Whether it is only said what would be done."""

    dry_run: Literal["true", "false"] = Field(
        "false", description="`true` says what would be done, and does nothing.", examples=["false"]
    )

    @property
    def is_dry(self) -> bool:
        """Whether nothing is to be done."""
        return self.dry_run == "true"


def with_dry_run(parameters: type[Parameters]) -> type[DryRunParameters]:
    """These parameters and `dry_run`."""
    bases: tuple[Any, ...] = (DryRunParameters,) if parameters is Parameters else (parameters, DryRunParameters)
    return create_model(parameters.__name__, __base__=bases)


class Shown(BaseModel):
    """A row or another result, as it is answered."""

    model_config = ConfigDict(from_attributes=True)


class PageShown(Shown):
    """Where a page is in its list. `next` and `previous` are values of `after` and `before` of the neighbouring pages.

    `total` is exact up to 10,000 rows, and a lower bound above that.
    """

    next: str | None = Field(examples=["WzEzMDAsMTdd"])
    previous: str | None = Field(examples=[None])
    total: int = Field(examples=[120])
    total_is_exact: bool = Field(examples=[True])
    limit: int = Field(examples=[50])


@dataclass(frozen=True)
class RowPage(Generic[T]):
    """One page of a list, as a view returns it."""

    items: list[T]
    page: PageShown


@dataclass(frozen=True)
class SentFile:
    """A file whose bytes are the whole answer. `content` is at its beginning, and is closed when it was sent."""

    content: IO[bytes]
    name: str


class ApiAnswer(BaseModel, Generic[T]):
    """What an endpoint answers."""

    ok: bool = Field(examples=[True])
    result: T


class ApiListAnswer(BaseModel, Generic[T]):
    """What an endpoint answers with a list."""

    ok: bool = Field(examples=[True])
    result: list[T]
    page: PageShown


class ErrorShown(BaseModel):
    """What went wrong and what to do about it; `field` is the one that is wrong, `retryable` says that the same may
    work later. Tell us `request_id` when you ask about it."""

    code: str = Field(examples=["NOT_FOUND"])
    message: str = Field(examples=["This does not exist, or it was deleted."])
    cure: str = Field(examples=[""])
    field: str | None = Field(examples=[None])
    details: dict[str, object] = Field(examples=[{}])
    retryable: bool = Field(examples=[False])
    request_id: str = Field(examples=["2f4c9a61d0b7"])


class Failed(BaseModel):
    """The one form of every error."""

    ok: bool = Field(examples=[False])
    error: ErrorShown


class Count(Shown):
    """How many rows it was done to."""

    count: int = Field(examples=[1])


class Done(Shown):
    """What was done, in a sentence, and to how many rows."""

    says: str = Field(examples=["Saved."])
    count: int = Field(examples=[1])

    @classmethod
    def of(cls, changed: Changed) -> "Done":
        """What an action said, as it is answered."""
        return cls(says=changed.message, count=changed.count)


class OneSite(Given):
    """A site."""

    site_id: RowId = Field(examples=[1])


class SiteParameters(Parameters):
    """The site that is meant."""

    site_id: QueryId = Field(description="The site that is meant.", examples=[1])


class Versioned(Shown):
    """What has versions: its version is its ETag."""

    version: int = Field(examples=[1])

    @property
    def etag(self) -> str:
        """Its version names it as it is."""
        return str(self.version)


class FileShown(Shown):
    """A file that was uploaded. `width` and `height` are null for what is no picture, or has no size of its own."""

    mime: str = Field(examples=["image/jpeg"])
    size: int = Field(examples=[81234])
    width: int | None = Field(examples=[1600])
    height: int | None = Field(examples=[900])
    sha256: str = Field(examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"])


def whole_list(rows: list[T]) -> RowPage[T]:
    """All rows of a list that has but one page."""
    return RowPage(rows, PageShown(next=None, previous=None, total=len(rows), total_is_exact=True, limit=len(rows)))
