"""Batches: many contents that were published or scheduled at once, and how that goes."""

from typing import Any

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.lists import ApiList, ListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Count, Given, Instant, RowId, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.request_ids import MAX_VERSION
from app.core.tenancy import owned
from app.publishing import actions
from app.publishing.batches import progress
from app.publishing.batches.services import BATCH_LIST, list_batches
from app.publishing.models import PublishBatch

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_PUBLISH
BATCHES = ApiList(BATCH_LIST, {})
ROWS = ApiList(progress.ROW_LIST, {"show": "`failed` for those that failed."})
ONE = "/publishing/batches/<int:batch_id>/"


class BatchShown(Shown):
    """A batch: `kind` is `publish` or `schedule`, `due_at` the time of a scheduled one, `total` how many contents."""

    id: RowId = Field(examples=[7])
    kind: str = Field(examples=["publish"])
    due_at: Instant | None
    last_due_at: Instant | None
    total: int = Field(examples=[12])
    created_at: Instant


class BatchShownWhole(BatchShown):
    """A batch with how it stands: `state` is as of a run, the figures are of its contents."""

    state: str = Field(examples=["running"])
    succeeded: int = Field(examples=[3])
    failed: int = Field(examples=[0])
    cancelled: int = Field(examples=[0])
    running: int = Field(examples=[2])
    waiting: int = Field(examples=[7])

    @classmethod
    def of(cls, batch: PublishBatch) -> "BatchShownWhole":
        """The batch as it is answered."""
        tally = progress.tally_of(batch)
        own = {name: getattr(batch, name) for name in BatchShown.model_fields}
        figures = {name: getattr(tally, name) for name in cls.model_fields if name not in own}
        return cls(**own, **figures)


class BatchRowShown(Shown):
    """A content of a batch. Without a run, `error` says why none was started."""

    id: RowId = Field(examples=[70])
    position: int = Field(examples=[1])
    content_id: int | None = Field(examples=[11])
    site_id: int = Field(examples=[1])
    title: str = Field(examples=["How to choose trail running shoes"])
    state: str = Field(examples=["running"])
    error: dict[str, Any] | None = Field(examples=[None])
    run: RunShown | None

    @classmethod
    def of(cls, view: progress.RowView) -> "BatchRowShown":
        """The row as it is answered."""
        own = {name: getattr(view.row, name) for name in ("id", "position", "content_id", "site_id", "title")}
        run = RunShown.of(view.run) if view.run else None
        return cls(**own, state=view.state, error=view.error, run=run)


class RetryGiven(Given):
    """Which of the contents is tried again: null for all that failed."""

    position: int | None = Field(None, ge=1, le=MAX_VERSION, examples=[None])


@api_endpoint("GET", "/publishing/batches/", READ, listed=BATCHES)
def show_batches(query: ListParameters) -> RowPage[BatchShown]:
    """List the batches, the newest first."""
    BATCHES.read(query)
    return list_page(list_batches(current_account_id(), query.values), BatchShown.model_validate)


@api_endpoint("GET", ONE, READ)
def show_batch(batch_id: int) -> BatchShownWhole:
    """One batch, as it stands now."""
    return BatchShownWhole.of(owned(PublishBatch, batch_id, current_account_id()))


@api_endpoint("GET", f"{ONE}contents/", READ, listed=ROWS)
def show_batch_rows(batch_id: int, query: ListParameters) -> RowPage[BatchRowShown]:
    """List the contents of a batch in its order."""
    batch = owned(PublishBatch, batch_id, current_account_id())
    return list_page(progress.list_batch_rows(batch, ROWS.read(query)), BatchRowShown.of)


@api_endpoint("POST", f"{ONE}retry/", WRITE)
def retry_batch(batch_id: int, body: RetryGiven) -> Count:
    """Publish again what failed, or one of the contents. Says how many were started."""
    return Count(count=actions.retry_batch(current_account_id(), current_actor(), batch_id, body.position))


@api_endpoint("POST", f"{ONE}cancel/", WRITE)
def cancel_batch(batch_id: int) -> Count:
    """Cancel what of a batch waits; what is being published goes on. Says how many were cancelled."""
    return Count(count=actions.cancel_batch(current_account_id(), current_actor(), batch_id))
