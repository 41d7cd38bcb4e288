"""Publishing, schedule and calendar, as a feature."""

from datetime import timedelta

from app.core import hooks
from app.core.costs import Cost
from app.core.features import Entry, Feature
from app.core.scheduler import Periodic
from app.publishing.reading import rehearse
from app.publishing.routes import bp
from app.publishing.run_kinds import KINDS
from app.publishing.verification import start_due_checks


def _connect() -> None:
    hooks.warming_up.add(rehearse)


FEATURE = Feature(
    key="publishing",
    blueprints=(bp,),
    navigation=(Entry("Calendar", "publishing.show_calendar", "calendar", place=50),),
    run_kinds=KINDS,
    periodic=(Periodic("look_again", timedelta(seconds=20), start_due_checks),),
    audit_words={
        "publish.started": "Publishing started",
        "publish.scheduled": "Publishing scheduled",
        "publish.retried": "Publishing tried again",
        "publish.cancelled": "Publishing cancelled",
        "publish.moved": "Scheduled publish moved",
        "publish.scripts_allowed": "Scripts in a text allowed",
        "publish.settled": "Difference with WordPress settled",
    },
    credit_operations={
        "publishing": Cost("Publishing", 0, "item"),
    },
    connect=_connect,
)
