"""The one list of periodic jobs."""

from datetime import timedelta

from app.auth import mail_tokens, sessions
from app.billing.credits import sweep_reservations
from app.billing.upkeep import forget_old_events
from app.core import audit, mail, media
from app.core.runs.services import sweep
from app.core.scheduler import Periodic
from app.export import services as exports
from app.publishing.verification import look_again
from app.sites.nonces import forget_old_nonces
from app.sync import upkeep
from jobs import billing, export, health, reconcile, sync

PERIODIC = [
    Periodic("sweep_runs", timedelta(seconds=2), sweep),
    Periodic("hand_out_pulls", timedelta(seconds=2), sync.hand_out_pulls),
    Periodic("look_again", timedelta(seconds=20), look_again),
    Periodic("notice_an_outage", timedelta(seconds=10), health.notice_an_outage),
    Periodic("look_at_sites", timedelta(seconds=2), health.start_due_looks),
    Periodic("compare_sites", timedelta(minutes=5), reconcile.start_due_comparisons),
    Periodic("forget_old_nonces", timedelta(minutes=10), forget_old_nonces),
    Periodic("forget_old_changes", timedelta(hours=24), upkeep.forget_old),
    Periodic("send_mails", timedelta(seconds=20), mail.sweep),
    Periodic("forget_old_mails", timedelta(hours=6), mail.forget_old),
    Periodic("forget_old_links", timedelta(hours=6), mail_tokens.forget_old),
    Periodic("forget_old_sessions", timedelta(hours=6), sessions.forget_old),
    Periodic("forget_old_files", timedelta(hours=1), media.forget_old),
    Periodic("forget_old_exports", timedelta(hours=6), exports.forget_old),
    Periodic("delete_due_accounts", timedelta(hours=1), export.hand_out_deletion),
    Periodic("forget_old_audit_events", timedelta(hours=24), audit.forget_old),
    Periodic("give_credits_back", timedelta(seconds=10), sweep_reservations),
    Periodic("billing_due", timedelta(minutes=5), billing.every_few_minutes),
    Periodic("compare_with_stripe", timedelta(hours=24), billing.every_night),
    Periodic("forget_stripe_events", timedelta(hours=24), forget_old_events),
]
