"""Dashboard, runs, health and help, as a feature."""

from datetime import timedelta

from app.core import audit, mail, media
from app.core.events.delivery import deliver_overdue
from app.core.features import Entry, Feature
from app.core.runs.services import sweep
from app.core.scheduler import Periodic
from app.monitoring.help_routes import bp as help_pages
from app.monitoring.routes import dashboard, health, runs

FEATURE = Feature(
    key="monitoring",
    blueprints=(dashboard, health, help_pages, runs),
    navigation=(Entry("Dashboard", "dashboard.index", "layout-dashboard", place=10),),
    periodic=(
        Periodic("sweep_runs", timedelta(seconds=2), sweep),
        Periodic("deliver_events", timedelta(seconds=30), deliver_overdue),
        Periodic("send_mails", timedelta(seconds=20), mail.sweep),
        Periodic("forget_old_mails", timedelta(hours=6), mail.forget_old),
        Periodic("forget_old_files", timedelta(hours=1), media.forget_old),
        Periodic("forget_old_audit_events", timedelta(hours=24), audit.forget_old),
    ),
    audit_words={
        "run.cancelled": "Work cancelled",
        "run.retried": "Work tried again",
        "operator.recounted": "Counters corrected",
        "operator.encryption_key_changed": "Secrets encrypted anew",
    },
)
