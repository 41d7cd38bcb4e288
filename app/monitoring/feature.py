"""Dashboard and runs, as a feature."""

from datetime import timedelta
from typing import Any

from flask import g

from app.core import audit, mail, media
from app.core.events.delivery import deliver_overdue
from app.core.features import Action, AuditGroup, Entry, Feature, SettingsPage
from app.core.languages import N_
from app.core.permissions import Permission
from app.core.runs.services import recover_runs
from app.core.scheduler import Periodic
from app.core.templating import Later
from app.monitoring.daily_mail import ENTRY, hand_out_daily_mails
from app.monitoring.daily_routes import bp as daily_mail
from app.monitoring.dashboard_routes import bp as dashboard
from app.monitoring.find_routes import bp as find_pages
from app.monitoring.news import count_work_and_news
from app.monitoring.news_routes import bp as news_pages
from app.monitoring.routes import runs


def _frame() -> dict[str, Any]:
    counts = Later(lambda: count_work_and_news(g.account_id, g.get("user_id")))
    return {"active_runs_count": Later(lambda: counts.value[0]), "news_count": Later(lambda: counts.value[1])}


FEATURE = Feature(
    key="monitoring",
    place=10,
    blueprints=(daily_mail, dashboard, find_pages, news_pages, runs),
    navigation=(Entry(N_("Dashboard"), "dashboard.index", "layout-dashboard", place=10),),
    periodic=(
        Periodic("sweep_runs", timedelta(seconds=2), recover_runs),
        Periodic("deliver_events", timedelta(seconds=30), deliver_overdue),
        Periodic("send_mails", timedelta(seconds=20), mail.hand_out_mail),
        Periodic("hand_out_daily_mails", timedelta(minutes=1), hand_out_daily_mails),
        Periodic("forget_old_mails", timedelta(hours=6), mail.forget_old),
        Periodic("forget_old_files", timedelta(hours=1), media.forget_old),
        Periodic("forget_old_audit_events", timedelta(hours=24), audit.forget_old),
    ),
    direct_jobs=(ENTRY,),
    settings_pages=(SettingsPage(N_("Daily mail"), "daily_mail.show", 30, Permission.PROFILE_MANAGE, group="You"),),
    audit_words={
        "run.cancelled": N_("Work cancelled"),
        "run.retried": N_("Work tried again"),
        "run.paused": N_("Work paused"),
        "run.resumed": N_("Paused work resumed"),
        "operator.recounted": N_("Counters corrected"),
        "operator.encryption_key_changed": N_("Secrets encrypted anew"),
    },
    guide={
        "dashboard": "first-steps",
        "runs": "activity",
        "news": "activity",
        "daily_mail": "activity#daily-mail",
        "find": "keyboard",
    },
    actions=(Action(N_("Activity"), "runs.list_activity", "clock", place=50, permission=Permission.ACCOUNT_READ),),
    audit_groups=(
        AuditGroup("run", N_("Work in the background"), 90),
        AuditGroup("operator", N_("The installation"), 190),
    ),
    frame=_frame,
)
