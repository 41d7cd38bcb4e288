"""What rules can do in publishing: publish now, or give each its time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.ai import charging
from app.automation.action_kinds import CHOICE, CLOCK, NUMBER, ActionCall, ActionKind, Parameter, Started
from app.automation.models import RuleExecution
from app.automation.subjects import YES_NO
from app.content import actions as contents
from app.content.editing.unsaved import refuse_unsaved
from app.content.models import Content
from app.content.state import DRAFT, LIVE, LIVE_CHANGED
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs import Run
from app.core.runs.states import ACTIVE
from app.core.tenancy import owned
from app.core.wording import many
from app.mirror.models import RemoteState
from app.publishing import actions as publishing
from app.publishing.actions import ZonedSpacing
from app.publishing.post_status.services import DRAFT as BACK_TO_DRAFT
from app.publishing.run_kinds import PUBLISH
from app.publishing.schedule import services as schedule
from app.publishing.schedule import zones
from app.publishing.schedule.spacing import Spacing
from app.sites.models import Site

VERSIONS = "versions"  # of a step's memo: by content, the version that was live before and the one that went live


def _is_ready(_kind: str) -> Sequence[ColumnElement[bool]]:
    """Drafts with a text of which no part is still an outline."""
    return [Content.state == DRAFT, Content.is_outline.is_(False), func.length(Content.content_html) > 0]


def _has_changes(_kind: str) -> Sequence[ColumnElement[bool]]:
    """What visitors see in an older version. Where WordPress was changed too, it is a conflict, and left alone."""
    return [Content.state == LIVE_CHANGED]


def _publish(call: ActionCall) -> Started:
    publishing.start_publishing(call.account_id, call.actor, call.subjects)
    return Started(
        len(call.subjects),
        _publishes_of(call, Run.due_at <= utcnow()),
        f"Publishing {many(len(call.subjects), 'content')}",
    )


def _publishes_of(call: ActionCall, *conditions: ColumnElement[bool]) -> Any:
    mine = (Run.account_id == call.account_id, Run.kind == PUBLISH.name, Run.subject_id.in_(call.subjects))
    return tuple(db.session.scalars(select(Run.id).where(*mine, Run.state.in_(ACTIVE), *conditions)))


def _schedule(call: ActionCall) -> Started:
    """Give each a time of its own, behind the last that the site has planned."""
    site = owned(Site, call.site_id, call.account_id)
    spacing = Spacing(int(call.parameters["every"]), "days", call.parameters["weekends"] == "no")
    first = _first_time(call, site)
    publishing.schedule_publishing(
        call.account_id, call.actor, call.subjects, first, ZonedSpacing(spacing, site.time_zone)
    )
    note = f"Scheduled {many(len(call.subjects), 'content')} from {first:%Y-%m-%d}"
    return Started(len(call.subjects), _publishes_of(call), note, waits=False)


def _first_time(call: ActionCall, site: Site) -> datetime:
    """The first free day's instant: tomorrow, or so many days after the last publish that is scheduled already."""
    zone = zones.get_zone(site.time_zone)
    planned = schedule.are_scheduled(call.account_id, site.id)
    last = db.session.scalar(select(func.max(Run.due_at)).where(*planned, Run.state.in_(ACTIVE)))
    day = utcnow().astimezone(zone).date() + timedelta(days=1)
    if last is not None:
        day = max(day, last.astimezone(zone).date() + timedelta(days=int(call.parameters["every"])))
    return zones.instant_on(datetime.combine(day, time.fromisoformat(call.parameters["at"])), site.time_zone)


def _publish_changes(call: ActionCall) -> Started:
    """Publish, and note which version of each was live before, and which one goes live."""
    stmt = select(RemoteState.content_id, RemoteState.agreed_version, Content.version)
    stmt = stmt.join(Content, Content.id == RemoteState.content_id).where(RemoteState.content_id.in_(call.subjects))
    versions = {str(row[0]): [row[1], row[2]] for row in db.session.execute(stmt)}
    return replace(_publish(call), memo={VERSIONS: versions})


def _undo_schedule(actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Take off the schedule what is not published yet."""
    count = 0
    for content_id in step["subjects"]:
        try:
            count += publishing.unschedule_content(execution.account_id, actor, content_id) is not None
        except Conflict:
            continue  # its publish has just begun
    return f"{many(count, 'content')} off the schedule"


def _undo_publishing(actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Have what it put live made drafts in WordPress, but for what was changed here or there since."""
    account_id = execution.account_id
    published, unchanged = _published_by(execution, step)
    ids = [content.id for content in unchanged]
    count = publishing.change_post_status(account_id, actor, execution.site_id, ids, BACK_TO_DRAFT) if ids else 0
    return _undone_words(f"{many(count, 'post')} becoming a draft in WordPress", published - count)


def _published_by(execution: RuleExecution, step: Mapping[str, Any]) -> tuple[int, Sequence[Content]]:
    """How many contents a step put live, and those of them that are live as they are here, by their ids."""
    account_id = execution.account_id
    done = (Run.account_id == account_id, Run.id.in_(map(UUID, step["run_ids"])), Run.state == "succeeded")
    published = list(db.session.scalars(select(Run.subject_id).where(*done)))
    unchanged = (Content.account_id == account_id, Content.id.in_(published), Content.state == LIVE)
    return len(published), db.session.scalars(select(Content).where(*unchanged).order_by(Content.id)).all()


def _undone_words(words: str, stay: int) -> str:
    return f"{words}, {stay:,} kept that somebody has changed or is working on" if stay else words


def _undo_changes(actor: Actor, execution: RuleExecution, step: Mapping[str, Any]) -> str:
    """Restore the texts that were live before and publish them, but for what was changed here or there since."""
    published, unchanged = _published_by(execution, step)
    versions: Mapping[str, Sequence[int]] = step["memo"][VERSIONS]
    ids = [content.id for content in unchanged if _restore(actor, content, *versions.get(str(content.id), (0, 0)))]
    if ids:
        publishing.start_publishing(execution.account_id, actor, ids)
    return _undone_words(f"{many(len(ids), 'text')} of before going live again", published - len(ids))


def _restore(actor: Actor, content: Content, before: int, published: int) -> bool:
    """Make the version of before the newest. False where it is not kept, or somebody edited or edits the content."""
    if not before or content.version != published:
        return False
    try:
        with db.session.begin_nested():
            refuse_unsaved(content.id)
            contents.restore_version(content.account_id, actor, content.id, before, published)
    except DomainError:
        return False
    return True


def _publishing_credits(account_id: int, count: int) -> int:
    return charging.price_quote(account_id, "publishing", count).credits


PUBLISH_ACTION = ActionKind(
    "publish",
    N_("Publish"),
    ("content",),
    Permission.CONTENT_PUBLISH,
    None,
    (_publish,),
    _is_ready,
    _publishing_credits,
    at_once=200,
    usual=5,
    needs_wordpress=True,
    undo=_undo_publishing,
    undo_says=N_("What went live becomes a draft in WordPress again, and visitors see it no more."),
)
SCHEDULE_ACTION = ActionKind(
    "schedule",
    N_("Schedule"),
    ("content",),
    Permission.CONTENT_PUBLISH,
    None,
    (_schedule,),
    _is_ready,
    _publishing_credits,
    at_once=200,
    usual=7,
    parameters=(
        Parameter("at", N_("Time of day (of the site's zone)"), CLOCK, "09:00"),
        Parameter("every", N_("Days between two"), NUMBER, "1", 1, 60),
        Parameter("weekends", N_("Also on weekends"), CHOICE, "yes", choices=YES_NO),
    ),
    needs_wordpress=True,
    undo=_undo_schedule,
    undo_says=N_("What is not published yet is taken off the schedule."),
)


PUBLISH_CHANGES_ACTION = ActionKind(
    "publish_changes",
    N_("Publish changes of what is live"),
    ("content",),
    Permission.CONTENT_PUBLISH,
    None,
    (_publish_changes,),
    _has_changes,
    _publishing_credits,
    at_once=200,
    usual=20,
    undo=_undo_changes,
    undo_says=N_("Texts that were live before are restored and go live again; images, terms and addresses stay."),
    undo_needs=VERSIONS,
    stays=N_("Changes that went live stay: restore an older version of the text, then publish it."),
    needs_wordpress=True,
)


def publishing_actions(_account_id: int) -> Sequence[ActionKind]:
    """Publishing's actions."""
    return (PUBLISH_ACTION, PUBLISH_CHANGES_ACTION, SCHEDULE_ACTION)
