"""What comes back from WordPress, as a feature."""

from datetime import timedelta

from app.core.features import Feature, SettingsTab
from app.core.scheduler import Periodic
from app.sites import pairings
from app.sync.conflicts.routes import bp as drift
from app.sync.imports.routes import bp as imports
from app.sync.inbound.routes import bp as inbound
from app.sync.reconcile.routes import bp as watch
from app.sync.reconnect import compare_connection
from app.sync.run_kinds import KINDS


def _connect() -> None:
    pairings.add_listener(compare_connection)


FEATURE = Feature(
    key="sync",
    blueprints=(inbound, drift, watch, imports),
    run_kinds=KINDS,
    periodic=(
        Periodic("hand_out_pulls", timedelta(seconds=2), "jobs.sync.hand_out_pulls"),
        Periodic("notice_an_outage", timedelta(seconds=10), "jobs.health.notice_an_outage"),
        Periodic("look_at_sites", timedelta(seconds=2), "jobs.health.start_due_looks"),
        Periodic("compare_sites", timedelta(minutes=5), "jobs.reconcile.start_due_comparisons"),
    ),
    audit_words={
        "import.started": "Import started",
        "import.paused": "Import paused",
        "import.resumed": "Import resumed",
        "import.cancelled": "Import cancelled",
    },
    settings_tabs=(SettingsTab("health", "Health", 40),),
    connect=_connect,
)
