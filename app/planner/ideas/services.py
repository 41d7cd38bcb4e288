"""Ideas of clusters: listing, editing, storing what a provider proposes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app.ai.tasks.ideas import ProposedIdea
from app.ai.wording import title_key
from app.core import events
from app.core.clock import utcnow
from app.core.edits import check_etag
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext
from app.core.listing.pages import Count, Page, count_to_cap, fetch_page
from app.core.listing.selection import Selection
from app.core.request_ids import parse_id
from app.core.runs import Run
from app.core.runs.states import ACTIVE
from app.planner.clusters import figures
from app.planner.clusters import locks as cluster_locks
from app.planner.events import IdeasCreated
from app.planner.lists import IDEA_LIST
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, Cluster, Idea

MAX_TITLE = 300
PLAN_FIELDS = ("title", "description", "content_type", "content_structure", "primary_keyword", "tone", "country")


def list_ideas(account_id: int, site_id: int, values: Mapping[str, str]) -> Page[Idea]:
    """One page of the site's ideas, as the parameters of an address say."""
    query = IDEA_LIST.read(values)
    stmt = select(Idea).where(*IDEA_LIST.where(account_id, site_id, query))
    return fetch_page(IDEA_LIST, query, stmt, options=[joinedload(Idea.cluster)])


def cluster_ideas(cluster: Cluster, limit: int) -> list[Idea]:
    """The cluster's ideas, the newest first."""
    stmt = select(Idea).where(Idea.cluster_id == cluster.id).order_by(Idea.created_at.desc(), Idea.id).limit(limit)
    return list(db.session.scalars(stmt))


def count_cluster_ideas(cluster: Cluster) -> int:
    """How many ideas the cluster has."""
    return db.session.scalar(select(func.count()).select_from(Idea).where(Idea.cluster_id == cluster.id)) or 0


def idea_titles(cluster_id: int, limit: int = 300) -> list[str]:
    """Titles that the cluster has already, the newest first."""
    stmt = select(Idea.title).where(Idea.cluster_id == cluster_id).order_by(Idea.id.desc()).limit(limit)
    return list(db.session.scalars(stmt))


def selected_ideas(account_id: int, site_id: int, selection: Selection) -> list[ColumnElement[bool]]:
    """Conditions on Idea for the chosen rows of this site."""
    return IDEA_LIST.selected(account_id, site_id, selection)


def count_open_ideas(account_id: int, site_id: int, filters: Mapping[str, str], shown: Page[Idea]) -> Count:
    """How many ideas of the list under these filters have no task yet; `shown` is one of its pages."""
    query = IDEA_LIST.read(filters)
    if not query.any:
        return figures.of_site(account_id, site_id).open_ideas, True
    if query.filter_values.get("state") == "open" or ("state" not in query.filter_values and not shown.total):
        return shown.total, shown.total_is_exact
    where = IDEA_LIST.where(account_id, site_id, IDEA_LIST.read({**filters, "state": "open"}))
    return count_to_cap(select(Idea.id).where(*where), searched=bool(query.q))


def delete_ideas(account_id: int, site_id: int, selection: Selection) -> int:
    """Delete the chosen ideas; tasks made of them stay. Flushes."""
    result = db.session.execute(
        delete(Idea).where(*selected_ideas(account_id, site_id, selection)).execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def generated_since(cluster_id: int, moment: datetime) -> int:
    """How many ideas the cluster got at or after `moment`."""
    stmt = select(func.count()).select_from(Idea).where(Idea.cluster_id == cluster_id, Idea.created_at >= moment)
    return db.session.scalar(stmt) or 0


def store_ideas(cluster: Cluster, proposed: Iterable[ProposedIdea]) -> int:
    """Add the ideas whose titles the cluster does not have. Returns how many. Flushes; safe to repeat."""
    now = utcnow()
    rows: dict[str, dict[str, Any]] = {}
    for idea in proposed:
        key = title_key(idea.title)[:MAX_TITLE]
        rows.setdefault(
            key,
            {
                "account_id": cluster.account_id,
                "site_id": cluster.site_id,
                "cluster_id": cluster.id,
                "title": idea.title[:MAX_TITLE],
                "normalised_title": key,
                "description": idea.description,
                "content_type": idea.content_type,
                "content_structure": idea.content_structure,
                "primary_keyword": idea.primary_keyword[:255],
                "created_at": now,
                "updated_at": now,
            },
        )
    if not rows:
        return 0
    stmt = insert(Idea).values(list(rows.values())).on_conflict_do_nothing().returning(Idea.id)
    ids = db.session.scalars(stmt).all()
    events.publish(IdeasCreated(cluster.account_id, cluster.site_id, tuple(ids)))
    return len(ids)


class IdeaExists(Conflict):
    """The cluster has an idea of this title already: the one with `idea_id`."""

    def __init__(self, idea_id: int) -> None:
        super().__init__(
            gettext("The cluster already has an idea of this title."),
            code="IDEA_EXISTS",
            cure=gettext("Open that one, or change the title."),
            field="title",
        )
        self.idea_id = idea_id


def create_idea(account_id: int, site_id: int, values: Mapping[str, str]) -> Idea:
    """An idea from form values, in the cluster `cluster` of the site. Flushes.

    Raises IdeaExists, and DomainError with the fields that are wrong.
    """
    plan = checked_plan(values)
    cluster = chosen_cluster(account_id, site_id, values)
    idea = Idea(account_id=account_id, site_id=site_id, cluster_id=cluster.id)
    _save_idea(idea, plan, cluster.id)
    events.publish(IdeasCreated(account_id, site_id, (idea.id,)))
    return idea


def update_idea(account_id: int, idea_id: int, values: Mapping[str, str], *, expected: str | None = None) -> Idea:
    """Change an idea from form values; `cluster` moves it, where the form has one. Flushes.

    `expected` is the etag of the form. Raises NotFound, EditConflict, IdeaExists, and DomainError with the fields.
    """
    cluster_locks.keep_clusters([parse_id(values.get("cluster"))])
    stmt = select(Idea).where(Idea.id == idea_id, Idea.account_id == account_id)
    idea = db.session.scalar(stmt.with_for_update(of=Idea).execution_options(populate_existing=True))
    if idea is None:
        raise NotFound()
    check_etag(stored_plan(idea), expected)
    plan = checked_plan(values)
    cluster_id = chosen_cluster(account_id, idea.site_id, values).id if "cluster" in values else idea.cluster_id
    _save_idea(idea, plan, cluster_id)
    return idea


def stored_plan(row: Any) -> dict[str, Any]:
    """The fields of an idea, or of what is planned like one, as its form shows them."""
    return {name: getattr(row, name) or "" for name in PLAN_FIELDS} | {"cluster": str(row.cluster_id)}


def chosen_cluster(account_id: int, site_id: int, values: Mapping[str, str]) -> Cluster:
    """The cluster of the site that a form names, held against being deleted. Raises DomainError with the field."""
    cluster_id = parse_id(values.get("cluster"))
    if cluster_id is None:
        raise DomainError(gettext("Choose the cluster that this belongs to."), code="NO_CLUSTER", field="cluster")
    of_site = (Cluster.id == cluster_id, Cluster.account_id == account_id, Cluster.site_id == site_id)
    cluster: Cluster | None = db.session.scalar(
        select(Cluster).where(*of_site).with_for_update(read=True, key_share=True)
    )
    if cluster is None:
        cure = gettext("Choose one of this site.")
        raise DomainError(gettext("This cluster is not on this site."), code="OTHER_SITE", cure=cure, field="cluster")
    return cluster


def _save_idea(idea: Idea, plan: Mapping[str, Any], cluster_id: int) -> None:
    """Write the values; a title that the cluster has already is reported with the idea that has it."""
    own_id, key = idea.id, title_key(plan["title"])[:MAX_TITLE]
    try:
        with db.session.begin_nested():
            for name, value in plan.items():
                setattr(idea, name, value)
            idea.cluster_id, idea.normalised_title = cluster_id, key
            db.session.add(idea)
    except IntegrityError as error:
        same = select(Idea.id).where(Idea.cluster_id == cluster_id, Idea.normalised_title == key)
        other_id = db.session.scalar(same.where(Idea.id != (own_id or 0)))
        if other_id is None:
            raise Conflict(
                gettext("Something changed just now."), code="CHANGED_SINCE", cure=gettext("Save again.")
            ) from error
        raise IdeaExists(other_id) from error


def _line(values: Mapping[str, str], name: str, limit: int) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in values.get(name, "")).split())[: limit + 1]


def checked_plan(values: Mapping[str, str]) -> dict[str, str | None]:
    """The checked plan of a piece of content, from form values.

    Raises DomainError with the first field that is wrong; its `details["fields"]` has a sentence for each.
    """
    title, keyword = _line(values, "title", MAX_TITLE), _line(values, "primary_keyword", 255)
    country, tone = values.get("country", "").strip().upper(), _line(values, "tone", 60)
    description = values.get("description", "").replace("\0", "").strip()
    _refuse_wrong(
        {
            "title": (gettext("A title has 1 to 300 characters."), 0 < len(title) <= MAX_TITLE),
            "primary_keyword": (gettext("A primary keyword has 1 to 255 characters."), 0 < len(keyword) <= 255),
            "content_type": (gettext("Choose a content type."), values.get("content_type") in CONTENT_TYPES),
            "content_structure": (
                gettext("Choose a structure."),
                values.get("content_structure") in CONTENT_STRUCTURES,
            ),
            "description": (gettext("The description has more than 5,000 characters."), len(description) <= 5000),
            "tone": (gettext("A tone has at most 60 characters."), len(tone) <= 60),
            "country": (
                gettext("A country is its two-letter code, such as US or DE."),
                not country or (len(country) == 2 and country.isascii() and country.isalpha()),
            ),
        }
    )
    return {
        "title": title,
        "description": description,
        "content_type": values["content_type"],
        "content_structure": values["content_structure"],
        "primary_keyword": keyword,
        "tone": tone,
        "country": country or None,
    }


def _refuse_wrong(checks: Mapping[str, tuple[str, bool]]) -> None:
    """Raise DomainError when a field does not hold what it must."""
    wrong = {name: message for name, (message, holds) in checks.items() if not holds}
    if wrong:
        field, message = next(iter(wrong.items()))
        raise DomainError(message, code="FIELD_INVALID", field=field, details={"fields": wrong})


def mark_used(idea_ids_to_task_ids: Mapping[int, int]) -> None:
    """Note which task each idea became. Flushes."""
    rows = [{"key": idea_id, "task": task_id} for idea_id, task_id in idea_ids_to_task_ids.items()]
    if rows:
        stmt = update(Idea).where(Idea.id == bindparam("key")).values(task_id=bindparam("task"))
        db.session.connection().execute(stmt, rows)
        db.session.expire_all()


def mark_unused(task_ids: Select[int]) -> None:
    """Free the ideas of tasks that are deleted, so that they can become tasks again. Flushes."""
    db.session.execute(update(Idea).where(Idea.task_id.in_(task_ids)).values(task_id=None))


def active_run_of(account_id: int, cluster_id: int) -> Run | None:
    """The run that works on the ideas of a cluster, or waits to."""
    about = (Run.subject_type == "cluster", Run.subject_id == cluster_id)
    return db.session.scalar(select(Run).where(Run.account_id == account_id, *about, Run.state.in_(ACTIVE)).limit(1))
