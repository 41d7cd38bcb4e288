"""Which entries a calendar shows: those of one type, one cluster and one state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select

from app.content.models import Content
from app.core.listing.filters import Conditions, choice, reference
from app.core.runs import Run
from app.core.runs.states import OPEN
from app.planner.models import CONTENT_TYPES, Cluster

SCHEDULED, PUBLISHED, FAILED = "scheduled", "published", "failed"
STATES = {SCHEDULED: OPEN, PUBLISHED: ("succeeded",), FAILED: ("failed",)}  # with the states of runs that they mean
OF_CONTENT = (
    choice("type", Content.content_type, CONTENT_TYPES),
    reference("cluster", Content.cluster_id, Cluster.id),
)
NAMES = (*(narrowing.name for narrowing in OF_CONTENT), "state")


@dataclass(frozen=True)
class CalendarFilter:
    """What an address asks a calendar for: `values` are the parameters that make sense, by which it is asked again."""

    values: Mapping[str, str] = field(default_factory=dict)
    of_content: tuple[ColumnElement[bool], ...] = ()

    @property
    def state(self) -> str:
        """One of STATES; empty for all."""
        return self.values.get("state", "")

    @property
    def of_run(self) -> Conditions:
        """Conditions on scheduled publishes, which are joined with their content."""
        return [*self.of_content, *([Run.state.in_(STATES[self.state])] if self.state else [])]

    @property
    def shows_published(self) -> bool:
        """Whether what was published by hand is shown."""
        return self.state in ("", PUBLISHED)

    @property
    def of_subject(self) -> Conditions:
        """Conditions on runs by themselves, whatever their state."""
        if not self.of_content:
            return []
        return [Run.subject_id.in_(select(Content.id).where(Content.account_id == Run.account_id, *self.of_content))]


def read_filter(values: Mapping[str, Any]) -> CalendarFilter:
    """The filter that an address, or a form that came from its page, asks for; what makes no sense is passed over."""
    asked, conditions = {}, []
    for narrowing in OF_CONTENT:
        text = values.get(narrowing.name, "")
        value: Any = narrowing.read(text)
        if value is not None:
            asked[narrowing.name] = text
            conditions += narrowing.where(value)
    if values.get("state") in STATES:
        asked["state"] = values["state"]
    return CalendarFilter(asked, tuple(conditions))
