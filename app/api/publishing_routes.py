"""Publishing: at once, at a time, and taking it off the schedule."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import Given, RowIds, Shown
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.errors import Conflict, DomainError
from app.core.languages import gettext
from app.core.permissions import Permission
from app.core.tenancy import owned, owned_many
from app.publishing import actions
from app.publishing.actions import ZonedSpacing
from app.publishing.post_status.services import status_run_of
from app.publishing.schedule.services import waiting_of
from app.publishing.schedule.spacing import Spacing
from app.publishing.schedule.zones import get_zone

WRITE = Permission.CONTENT_PUBLISH


class ContentIds(Given):
    """Contents of one account, in the order in which they are published."""

    content_ids: RowIds = Field(examples=[[11]])


class SpacingGiven(Given):
    """How far apart publishes are: one every `every` `unit`. Days and weekends are those of `zone`."""

    every: int = Field(ge=1, le=90, examples=[1])
    unit: Literal["hours", "days", "weeks"] = Field("days", examples=["days"])
    skip_weekends: bool = Field(False, examples=[False])
    zone: str = Field("UTC", max_length=60, examples=["Europe/Berlin"])

    def read(self) -> ZonedSpacing:
        """The spacing. Raises DomainError for a zone that there is not."""
        get_zone(self.zone)
        return ZonedSpacing(Spacing(self.every, self.unit, self.skip_weekends), self.zone)


class ScheduleGiven(ContentIds):
    """Contents and the time at which they are published, with its zone; with `spacing`, the time of the first."""

    due_at: Annotated[AwareDatetime, Field(examples=["2027-01-31T08:00:00Z"])]
    spacing: SpacingGiven | None = Field(None, examples=[None])


class PostStatusGiven(Given):
    """What becomes of a post in WordPress: a draft again, or in its trash, or out of it."""

    action: Literal["draft", "trash", "restore"] = Field(examples=["draft"])


class PublishShown(Shown):
    """What was started. A single content has a `run`, several have a `batch_id`; each of those has a run of its own.

    `joined` were being published already, `away` are no longer in WordPress.
    """

    run: RunShown | None
    batch_id: int | None = Field(examples=[None])
    count: int = Field(examples=[1])
    joined: int = Field(examples=[0])
    away: int = Field(examples=[0])


@api_endpoint("POST", "/content/publish/", WRITE, status=202, rehearses=True)
def publish_contents(body: ContentIds) -> PublishShown:
    """Publish contents to WordPress: a run for each."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.content_ids))
    owned_many(Content, ids, account_id)
    start = actions.start_publishing(account_id, current_actor(), ids)
    return PublishShown(
        run=RunShown.of(start.run) if start.run else None,
        batch_id=start.batch.id if start.batch else None,
        count=start.count,
        joined=start.joined,
        away=start.away,
    )


@api_endpoint("POST", "/content/schedule/", WRITE, status=202, rehearses=True)
def schedule_contents(body: ScheduleGiven) -> PublishShown:
    """Publish contents at a time. What was scheduled already is moved there."""
    account_id, ids = current_account_id(), list(dict.fromkeys(body.content_ids))
    owned_many(Content, ids, account_id)
    due_at, spacing = _in_utc(body.due_at), body.spacing.read() if body.spacing else None
    done = actions.schedule_publishing(account_id, current_actor(), ids, due_at, spacing)
    run = waiting_of(account_id, ids).get(ids[0]) if len(ids) == 1 else None
    return PublishShown(
        run=RunShown.of(run) if run else None,
        batch_id=done.batch.id if done.batch else None,
        count=done.count,
        joined=0,
        away=0,
    )


def _in_utc(instant: datetime) -> datetime:
    """The instant in UTC. Raises DomainError for one before or after the calendar there."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise DomainError(gettext("There is no such time."), code="TIME_INVALID", field="due_at") from None


@api_endpoint("POST", "/content/<int:content_id>/post_status/", WRITE, status=202)
def change_post_status(content_id: int, body: PostStatusGiven) -> RunShown:
    """Make the post of a content a draft in WordPress, or move it to WordPress's trash or out of it: a run."""
    content = owned(Content, content_id, current_account_id())
    ids, actor = [content.id], current_actor()
    actions.change_post_status(content.account_id, actor, content.site_id, ids, body.action, alone=content)
    run = status_run_of(content)
    if run is None:
        raise Conflict(gettext("This is being done already."), code="NOTHING_TO_DO")
    return RunShown.of(run)


@api_endpoint("POST", "/content/<int:content_id>/unschedule/", WRITE)
def unschedule_content(content_id: int) -> RunShown:
    """Take a content off the schedule. 409 when it is not on it, or its publish has started."""
    owned(Content, content_id, current_account_id())
    run = actions.unschedule_content(current_account_id(), current_actor(), content_id)
    if run is None:
        raise Conflict(gettext("This is not scheduled."), code="NOT_SCHEDULED")
    return RunShown.of(run)
