"""The kinds of rows that rules are about: their fields for conditions, their pages, and what comes of each.

The way is keyword, cluster, idea, task, content: an action that takes a later kind than its rule is about gets what
came of the rule's rows. What is done to a site as a whole takes the site of any of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from app.content.models import Content, ContentImage
from app.content.state import LABELS
from app.content.trash.services import LISTED
from app.core.extensions import db
from app.core.languages import N_
from app.linker.plan.models import LinkPlan
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, INTENTS, Cluster, ClusterFigures, Idea, Keyword
from app.sites.models import Site
from app.writer.models import Task

TEXT, NUMBER, CHOICE = "text", "number", "choice"
Choices = tuple[tuple[str, str], ...]
YES_NO: Choices = (("yes", N_("yes")), ("no", N_("no")))


@dataclass(frozen=True, slots=True)
class Field:
    """What a condition can ask of a row. `of` gives the SQL expression; `choices` are (value, label)."""

    name: str
    label: str
    type: str
    of: Callable[[], ColumnElement[Any]]
    choices: Choices = ()


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of rows. `one` and `many` are its nouns; its page is `endpoint` with the id as `id_name`.

    `of_site` is the column with the id of the site that they are of. `is_searched` says that they are found by words.
    """

    name: str
    one: str
    many: str
    model: Any
    title: Any
    endpoint: str
    id_name: str
    fields: tuple[Field, ...]
    only: tuple[ColumnElement[bool], ...] = ()
    of_site: Any = None
    is_searched: bool = True

    def conditions(self, account_id: int, site_id: int) -> list[ColumnElement[bool]]:
        """Conditions on the rows of this kind that the site has."""
        of_site = self.model.site_id if self.of_site is None else self.of_site
        return [self.model.account_id == account_id, of_site == site_id, *self.only]


def _column(name: str, label: str, kind: str, column: Any, choices: Choices = ()) -> Field:
    return Field(name, label, kind, lambda: column, choices)


def _yes(name: str, label: str, condition: Callable[[], ColumnElement[bool]]) -> Field:
    return Field(name, label, CHOICE, lambda: case((condition(), "yes"), else_="no"), YES_NO)


def _same(values: Sequence[str]) -> Choices:
    return tuple((value, value) for value in values)


def _days_old(column: InstrumentedAttribute[datetime]) -> Callable[[], ColumnElement[Any]]:
    return lambda: cast(func.floor(func.extract("epoch", func.now() - column) / 86400), Integer)


def _figure(name: str) -> Callable[[], ColumnElement[Any]]:
    stmt = select(getattr(ClusterFigures, name)).where(
        ClusterFigures.site_id == Cluster.site_id, ClusterFigures.cluster_id == Cluster.id
    )
    return lambda: func.coalesce(stmt.scalar_subquery(), literal(0))


_TYPES, _STRUCTURES = _same(CONTENT_TYPES), _same(CONTENT_STRUCTURES)
KEYWORD = SubjectKind(
    "keyword",
    N_("keyword"),
    N_("keywords"),
    Keyword,
    Keyword.keyword,
    "planner.keyword",
    "keyword_id",
    (
        _column("keyword", N_("Keyword"), TEXT, Keyword.keyword),
        _column("volume", N_("Volume"), NUMBER, Keyword.volume),
        _column("difficulty", N_("Difficulty"), NUMBER, Keyword.difficulty),
        _column("cpc", N_("CPC"), NUMBER, Keyword.cpc),
        _column("intent", N_("Intent"), CHOICE, Keyword.intent, _same(INTENTS)),
        _column("country", N_("Country"), TEXT, Keyword.country),
        Field(
            "words",
            N_("Number of words"),
            NUMBER,
            lambda: func.cardinality(func.regexp_split_to_array(Keyword.normalised, r"\s+")),
        ),
        _yes("clustered", N_("Is in a cluster"), lambda: Keyword.cluster_id.is_not(None)),
        Field("age", N_("Days since it was added"), NUMBER, _days_old(Keyword.created_at)),
    ),
)
CLUSTER = SubjectKind(
    "cluster",
    N_("cluster"),
    N_("clusters"),
    Cluster,
    Cluster.name,
    "planner.cluster",
    "cluster_id",
    (
        _column("name", N_("Name"), TEXT, Cluster.name),
        Field("keywords", N_("Number of keywords"), NUMBER, _figure("keywords")),
        Field("volume", N_("Volume"), NUMBER, _figure("volume")),
        Field("ideas", N_("Number of ideas"), NUMBER, _figure("ideas")),
        Field("contents", N_("Number of contents"), NUMBER, _figure("contents")),
        Field("age", N_("Days since it was added"), NUMBER, _days_old(Cluster.created_at)),
    ),
)
IDEA = SubjectKind(
    "idea",
    N_("idea"),
    N_("ideas"),
    Idea,
    Idea.title,
    "planner.edit_idea",
    "idea_id",
    (
        _column("title", N_("Title"), TEXT, Idea.title),
        _column("content_type", N_("Content type"), CHOICE, Idea.content_type, _TYPES),
        _column("content_structure", N_("Structure"), CHOICE, Idea.content_structure, _STRUCTURES),
        _column("primary_keyword", N_("Primary keyword"), TEXT, Idea.primary_keyword),
        _yes("has_task", N_("Has a task"), lambda: Idea.task_id.is_not(None)),
        Field("age", N_("Days since it was added"), NUMBER, _days_old(Idea.created_at)),
    ),
)
TASK = SubjectKind(
    "task",
    N_("task"),
    N_("tasks"),
    Task,
    Task.title,
    "writer.brief",
    "task_id",
    (
        _column("title", N_("Title"), TEXT, Task.title),
        _column(
            "status", N_("Status"), CHOICE, Task.status, (("queued", N_("Queued")), ("completed", N_("Completed")))
        ),
        _column("content_type", N_("Content type"), CHOICE, Task.content_type, _TYPES),
        _column("content_structure", N_("Structure"), CHOICE, Task.content_structure, _STRUCTURES),
        _column("primary_keyword", N_("Primary keyword"), TEXT, Task.primary_keyword),
        _yes("assigned", N_("Is assigned to somebody"), lambda: Task.assignee_id.is_not(None)),
        Field("age", N_("Days since it was added"), NUMBER, _days_old(Task.created_at)),
    ),
)
CONTENT = SubjectKind(
    "content",
    N_("content"),
    N_("contents"),
    Content,
    Content.title,
    "content.edit",
    "content_id",
    (
        _column("title", N_("Title"), TEXT, Content.title),
        _column(
            "status", N_("Status"), CHOICE, Content.status, (("draft", N_("Draft")), ("published", N_("Published")))
        ),
        _column("state", N_("State"), CHOICE, Content.state, tuple(LABELS.items())),
        _column("content_type", N_("Content type"), CHOICE, Content.content_type, _TYPES),
        _column("content_structure", N_("Structure"), CHOICE, Content.content_structure, _STRUCTURES),
        _column("source", N_("Source"), CHOICE, Content.source, (("igny8", "IGNY8"), ("wordpress", "WordPress"))),
        _yes("clustered", N_("Is in a cluster"), lambda: Content.cluster_id.is_not(None)),
        _yes("is_outline", N_("Is still an outline"), lambda: Content.is_outline.is_(True)),
        _yes(
            "has_images",
            N_("Has images"),
            lambda: select(ContentImage.id).where(ContentImage.content_id == Content.id).exists(),
        ),
        Field("age", N_("Days since it was added"), NUMBER, _days_old(Content.created_at)),
        Field("untouched", N_("Days since it was changed"), NUMBER, _days_old(Content.updated_at)),
    ),
    only=(LISTED,),
)
_PLAN_AGE = select(cast(func.floor(func.extract("epoch", func.now() - LinkPlan.read_at) / 86400), Integer))
_CONTENTS = select(func.count(Content.id)).where(Content.site_id == Site.id, LISTED).correlate(Site)
_SINCE_PLAN = select(LinkPlan.read_at).where(LinkPlan.site_id == Site.id).correlate(Site, Content).scalar_subquery()
SITE = SubjectKind(
    "site",
    N_("site"),
    N_("sites"),
    Site,
    Site.name,
    "sites.settings",
    "site_id",
    (
        Field("contents", N_("Number of contents"), NUMBER, _CONTENTS.scalar_subquery),
        Field(
            "changed",
            N_("Contents changed since its link plan"),
            NUMBER,
            lambda: _CONTENTS.where(func.coalesce(Content.updated_at > _SINCE_PLAN, True)).scalar_subquery(),
        ),
        Field(
            "plan_age",
            N_("Days since its link plan"),
            NUMBER,
            lambda: _PLAN_AGE.where(LinkPlan.site_id == Site.id).correlate(Site).scalar_subquery(),
        ),
    ),
    of_site=Site.id,
    is_searched=False,
)
PIPELINE = (KEYWORD, CLUSTER, IDEA, TASK, CONTENT)
SUBJECT_KINDS: Mapping[str, SubjectKind] = {kind.name: kind for kind in (*PIPELINE, SITE)}


def comes_before(first: str, second: str) -> bool:
    """Whether rows of kind `first` become, or are, rows of kind `second`; the site of rows is reached from any."""
    names = list(SUBJECT_KINDS)
    return names.index(first) <= names.index(second)


def field_of(kind: str, name: str) -> Field | None:
    """The field of this name; None when the kind has none."""
    return next((field for field in SUBJECT_KINDS[kind].fields if field.name == name), None)


def follow(kind: str, target: str, ids: Sequence[int], account_id: int, *, since: datetime | None) -> list[int]:
    """Ids of the `target` rows that came of these rows; of ideas only those made at or after `since`."""
    if target == SITE.name:
        return _sites_of(kind, ids, account_id)
    steps = [name.name for name in PIPELINE]
    rows = list(ids)
    for here in range(steps.index(kind), steps.index(target)):
        rows = list(db.session.scalars(_NEXT[steps[here]](account_id, rows, since)))
    return rows


def _sites_of(kind: str, ids: Sequence[int], account_id: int) -> list[int]:
    subject = SUBJECT_KINDS[kind]
    column = subject.model.site_id if subject.of_site is None else subject.of_site
    stmt = select(column).where(subject.model.account_id == account_id, subject.model.id.in_(ids)).distinct()
    return list(db.session.scalars(stmt.order_by(column)))


def _clusters_of(account_id: int, ids: Sequence[int], _since: datetime | None) -> Any:
    mine = (Keyword.account_id == account_id, Keyword.id.in_(ids), Keyword.cluster_id.is_not(None))
    return select(Keyword.cluster_id).where(*mine).distinct().order_by(Keyword.cluster_id)


def _ideas_of(account_id: int, ids: Sequence[int], since: datetime | None) -> Any:
    stmt = select(Idea.id).where(Idea.account_id == account_id, Idea.cluster_id.in_(ids)).order_by(Idea.id)
    return stmt if since is None else stmt.where(Idea.created_at >= since)


def _tasks_of(account_id: int, ids: Sequence[int], _since: datetime | None) -> Any:
    return select(Task.id).where(Task.account_id == account_id, Task.idea_id.in_(ids)).order_by(Task.id)


def _contents_of(account_id: int, ids: Sequence[int], _since: datetime | None) -> Any:
    return select(Content.id).where(Content.account_id == account_id, Content.task_id.in_(ids)).order_by(Content.id)


_NEXT = {"keyword": _clusters_of, "cluster": _ideas_of, "idea": _tasks_of, "task": _contents_of}


def contents_with_text(_kind: str) -> Sequence[ColumnElement[bool]]:
    """The condition on contents that have a text: what looks at those anew that a person picked has work for them."""
    return [func.length(Content.content_html) > 0]


def titles_of(kind: str, ids: Sequence[int], account_id: int) -> dict[int, str]:
    """The titles of those of these rows that are still there, by id."""
    subject = SUBJECT_KINDS[kind]
    stmt = select(subject.model.id, subject.title).where(
        subject.model.account_id == account_id, subject.model.id.in_(ids), *subject.only
    )
    return {row.id: row[1] for row in db.session.execute(stmt)}
