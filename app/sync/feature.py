"""What comes back from WordPress, as a feature."""

from datetime import timedelta

from app.core.features import AuditGroup, Feature, SettingsTab
from app.core.languages import N_
from app.core.scheduler import Periodic
from app.sites import hooks
from app.sync.conflicts.routes import bp as drift
from app.sync.imports.routes import bp as imports
from app.sync.inbound.routes import bp as inbound
from app.sync.reconcile.routes import bp as watch
from app.sync.reconnect import compare_again
from app.sync.run_kinds import KINDS


def _connect() -> None:
    hooks.site_paired.add(compare_again)


FEATURE = Feature(
    key="sync",
    place=80,
    blueprints=(inbound, drift, watch, imports),
    machines=(inbound,),
    run_kinds=KINDS,
    periodic=(
        Periodic("hand_out_pulls", timedelta(seconds=4), "jobs.sync.hand_out_pulls"),
        Periodic("notice_an_outage", timedelta(seconds=10), "jobs.health.notice_an_outage"),
        Periodic("look_at_sites", timedelta(seconds=6), "jobs.health.start_due_looks"),
        Periodic("compare_sites", timedelta(minutes=5), "jobs.reconcile.start_due_comparisons"),
    ),
    audit_words={
        "import.started": N_("Import started"),
        "import.paused": N_("Import paused"),
        "import.resumed": N_("Import resumed"),
        "import.cancelled": N_("Import cancelled"),
    },
    settings_tabs=(
        SettingsTab(
            "health", N_("Health"), 40, endpoint="watch.show", region="site-health", link=N_("Show how the site is")
        ),
    ),
    direct_jobs=(
        "jobs.sync.pull_updates",
        "jobs.health.look_at_site",
    ),
    audit_groups=(AuditGroup("import", N_("Imports"), 80),),
    connect=_connect,
    guide={
        "imports": "wordpress-sync#importing-a-site",
        "drift": "wordpress-sync#conflicts",
        "watch": "wordpress-sync",
    },
)
