"""What sets rules off: a schedule, or events of domains below."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.events import Event
from app.core.languages import N_
from app.mirror.events import RemoteChanged
from app.planner.events import ClustersCreated, IdeasCreated, KeywordsAdded
from app.publishing.events import Published
from app.sync.events import ImportFinished
from app.writer.events import DraftsWritten, TasksCreated

SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Trigger:
    """`when` begins the sentence of a rule. `subject_kind` is what its event is about: "" for what is about the whole
    site, where the rule looks for the rows that its first action has work for."""

    name: str
    label: str
    when: str
    event: type[Event] | None = None
    subject_kind: str = ""


_ALL = (
    Trigger(SCHEDULE, N_("At set times"), N_("At set times")),
    Trigger("keyword_added", N_("Keywords are added"), N_("When keywords are added"), KeywordsAdded, "keyword"),
    Trigger("cluster_created", N_("Clusters are made"), N_("When clusters are made"), ClustersCreated, "cluster"),
    Trigger("idea_created", N_("Ideas are made"), N_("When ideas are made"), IdeasCreated, "idea"),
    Trigger("task_created", N_("Tasks are made"), N_("When tasks are made"), TasksCreated, "task"),
    Trigger("content_generated", N_("Drafts are written"), N_("When drafts are written"), DraftsWritten, "content"),
    Trigger("content_published", N_("Content goes live"), N_("When content goes live"), Published, "content"),
    Trigger(
        "content_changed_in_wordpress",
        N_("Content is changed in WordPress"),
        N_("When content is changed in WordPress"),
        RemoteChanged,
        "content",
    ),
    Trigger(
        "import_finished",
        N_("An import from WordPress ends"),
        N_("When an import from WordPress ends"),
        ImportFinished,
    ),
)
TRIGGERS: Mapping[str, Trigger] = {trigger.name: trigger for trigger in _ALL}
