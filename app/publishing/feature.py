"""Publishing, schedule and calendar, as a feature."""

from datetime import timedelta

from app.content.hooks import content_trashed, contents_planned
from app.core import hooks
from app.core.costs import Cost
from app.core.features import Action, AuditGroup, EditorPanel, Entry, Feature
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.scheduler import Periodic
from app.publishing.reading import rehearse
from app.publishing.routes import bp
from app.publishing.run_kinds import KINDS
from app.publishing.schedule import services as schedule
from app.publishing.verification.services import start_due_checks


def _connect() -> None:
    hooks.warming_up.add(rehearse)
    content_trashed.add(schedule.withdraw)
    hooks.run_changing.add(schedule.hold_content_of)
    contents_planned.add(schedule.count_planned)


FEATURE = Feature(
    key="publishing",
    place=70,
    blueprints=(bp,),
    navigation=(Entry(N_("Calendar"), "publishing.show_calendar", "calendar", place=50),),
    run_kinds=KINDS,
    periodic=(Periodic("look_again", timedelta(seconds=20), start_due_checks),),
    audit_words={
        "publish.started": N_("Publishing started"),
        "publish.scheduled": N_("Publishing scheduled"),
        "publish.retried": N_("Publishing tried again"),
        "publish.cancelled": N_("Publishing cancelled"),
        "publish.moved": N_("Scheduled publish moved"),
        "publish.unscheduled": N_("Publishing unscheduled"),
        "publish.scripts_allowed": N_("Scripts in a text allowed"),
        "publish.unpublished": N_("Unpublished to a draft"),
        "publish.trashed_there": N_("Moved to WordPress's trash"),
        "publish.restored_there": N_("Restored from WordPress's trash"),
        "publish.settled": N_("Difference with WordPress resolved"),
    },
    credit_operations={
        "publishing": Cost(N_("Publishing"), 0, "item"),
    },
    editor_panels=(
        EditorPanel("publishing", N_("Publishing"), "publishing.publish_panel", place=1),
        EditorPanel(
            "checklist",
            N_("Before you publish"),
            "publishing.saved_checklist",
            place=2,
            follows=1500,
            is_always_asked=True,
        ),
    ),
    actions=(
        Action(
            N_("Schedule content"),
            "publishing.add_to_day",
            "calendar-event",
            place=30,
            permission=Permission.CONTENT_PUBLISH,
        ),
    ),
    audit_groups=(AuditGroup("publish", N_("Publishing"), 70),),
    connect=_connect,
    guide={
        "publishing.ask_trash": "content#making-copying-taking-away",
        "publishing.ask_unpublish": "content#making-copying-taking-away",
        "publishing": "publishing",
        "publishing.show_calendar": "calendar",
        "publishing.show_entry": "calendar",
        "publishing.add_to_day": "calendar",
    },
)
