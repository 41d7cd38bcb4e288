"""The progress of a batch: its counts, the sentence about them, and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.content.listing import DOUBTS
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_, NN_, gettext, local_number, ngettext
from app.core.listing.filters import cases
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListQuery, ListSpec, Sort
from app.core.runs import Run
from app.core.wording import counted
from app.publishing import steps
from app.publishing.models import PublishBatch, PublishBatchRow
from app.sites.models import Site

SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class BatchCounts:
    """Counts of a batch's rows. `later` of the `waiting` rows are due more than a minute from now."""

    total: int
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    running: int = 0
    waiting: int = 0
    later: int = 0
    may_cancel: int = 0
    sites: int = 0

    @property
    def done(self) -> int:
        """Rows that have ended, well or not."""
        return self.succeeded + self.failed + self.cancelled

    @property
    def is_active(self) -> bool:
        """True while a row works or waits."""
        return self.done < self.total

    @property
    def is_later(self) -> bool:
        """True while nothing happens until a later time."""
        return self.waiting > 0 and self.later == self.waiting and not self.running

    @property
    def state(self) -> str:
        """Its state, in the words of runs: ``queued`` and ``running`` while active, then how it ended."""
        if self.is_active:
            return "queued" if self.is_later else "running"
        if self.failed:
            return "failed"
        return "succeeded" if self.succeeded else "cancelled"

    @property
    def summary(self) -> str:
        """As in “38 published, 2 failed”, with what is still to come."""
        now = self.waiting - self.later
        counts = (
            (self.succeeded, NN_("%(num)s published", "%(num)s published")),
            (self.failed, NN_("%(num)s failed", "%(num)s failed")),
            (self.cancelled, NN_("%(num)s cancelled", "%(num)s cancelled")),
            (self.running, NN_("%(num)s being published", "%(num)s being published")),
            (now, NN_("%(num)s waiting", "%(num)s waiting")),
            (self.later, NN_("%(num)s waiting for a later time", "%(num)s waiting for a later time")),
        )
        return ", ".join(counted(count, words) for count, words in counts if count) or gettext("Nothing to do")

    @property
    def text(self) -> str:
        """The count for the bar."""
        return ngettext(
            "%(done)s of %(num)s item",
            "%(done)s of %(num)s items",
            self.total,
            done=local_number(self.done),
        )


def tallies(batches: Sequence[PublishBatch]) -> dict[int, BatchCounts]:
    """The counts of each batch, in one query."""
    rows = PublishBatchRow
    soon = utcnow() + SOON
    queued = Run.state == "queued"

    def number(*conditions: Any) -> Any:
        return func.count().filter(*conditions)

    stmt = (
        select(
            rows.batch_id.label("batch_id"),
            func.count().label("total"),
            number(Run.state == "succeeded").label("succeeded"),
            number((Run.state == "failed") | Run.id.is_(None)).label("failed"),
            number(Run.state == "cancelled").label("cancelled"),
            number(Run.state == "running").label("running"),
            number(queued).label("waiting"),
            number(queued, Run.due_at > soon).label("later"),
            number(queued, rows.joined.is_(False)).label("may_cancel"),
            func.count(rows.site_id.distinct()).label("sites"),
        )
        .outerjoin(Run, Run.id == rows.run_id)
        .where(rows.batch_id.in_([batch.id for batch in batches]))
        .group_by(rows.batch_id)
    )
    by_batch = {row.pop("batch_id"): BatchCounts(**row) for row in map(dict, db.session.execute(stmt).mappings())}
    return {batch.id: by_batch.get(batch.id, BatchCounts(0)) for batch in batches}


def tally_of(batch: PublishBatch) -> BatchCounts:
    """The counts of one batch."""
    return tallies([batch])[batch.id]


@dataclass(frozen=True)
class RowView:
    """A row as it is shown. `run` is None when none could be started."""

    row: PublishBatchRow
    run: Run | None
    site_name: str
    changed_at: datetime | None  # the content

    @property
    def state(self) -> str:
        """The state for the badge: the run's, ``scheduled`` for a later time, ``failed`` without a run."""
        if self.run is None:
            return "failed"
        return "scheduled" if self.run.is_later else self.run.state

    @property
    def error(self) -> dict[str, Any] | None:
        """Why it failed: message, cure, details."""
        error = self.row.error if self.run is None else self.run.error
        return error if self.state == "failed" else None

    @property
    def is_outdated(self) -> bool:
        """True when it failed, and the content was changed since."""
        ended_at = self.row.created_at if self.run is None else self.run.ended_at
        return self.state == "failed" and bool(self.changed_at and ended_at and self.changed_at > ended_at)

    @property
    def has_doubt(self) -> bool:
        """True when it went live, but visitors do not get it as it was sent, or cannot see it."""
        run = self.run
        return run is not None and run.state == "succeeded" and run.data.get("verdict") in DOUBTS

    @property
    def looks_soon(self) -> bool:
        """True when its page is checked again within minutes."""
        return self.has_doubt and self.run is not None and bool(self.run.data.get("looks_soon"))

    @property
    def path(self) -> str:
        """Where it is live, without scheme and host."""
        parts = urlsplit(self.run.link or "") if self.run else None
        return (f"{parts.path}?{parts.query}" if parts.query else parts.path) if parts else ""

    @property
    def message(self) -> str:
        """The run's message, without the sentence saying at which address it is live."""
        run = self.run
        message = (run.message or "") if run else ""
        return message.removeprefix(f"Published. It is live at {run.link}.").strip() if run else ""

    @property
    def step(self) -> str:
        """The step it is at, while it is active."""
        run = self.run
        if run is None or not run.is_active:
            return ""
        if run.state == "queued":
            return run.step or ("" if run.is_later else gettext("Waiting for its turn"))
        current = next((entry["name"] for entry in run.steps if entry.get("state") == "running"), steps.NAMES[0])
        return gettext(
            "%(step)s, step %(number)s of %(total)s",
            step=gettext(steps.LABELS[current]) if current in steps.LABELS else current,
            number=steps.step_number(current),
            total=steps.TOTAL,
        )


ROW_LIST = ListSpec(
    id=PublishBatchRow.id,
    account=PublishBatchRow.account_id,
    columns=(
        Column(N_("No."), css="end"),
        Column(N_("Title")),
        Column(N_("Site")),
        Column(N_("State")),
        Column(N_("How it went")),
        Column(N_("Actions"), hidden=True),
    ),
    filters=(cases("show", {"failed": (Run.state == "failed") | Run.id.is_(None)}),),
    sorts=(Sort("position", PublishBatchRow.position),),
    default_sort="position",
)


def list_batch_rows(batch: PublishBatch, query: ListQuery) -> Page[RowView]:
    """One page of the rows, in the batch's order."""
    rows = PublishBatchRow
    stmt: Any = (
        select(rows, Run, Site.name, Content.updated_at)
        .join(Site, Site.id == rows.site_id)
        .outerjoin(Content, Content.id == rows.content_id)
        .outerjoin(Run, Run.id == rows.run_id)
        .where(rows.batch_id == batch.id, *ROW_LIST.where(batch.account_id, None, query))
    )
    page = fetch_page(ROW_LIST, query, stmt)
    return replace(page, items=[RowView(*entry) for entry in page.items])
