"""Telling the operator: one mail when something has been wrong for a while, and one when it is over.

A row per alert is claimed by conditional statements, so that several schedulers tell it once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import mail
from app.core.clock import iso, utcnow
from app.core.extensions import db
from app.core.logs import get_logger
from app.core.row_security import every_account
from app.operations.alerts import Alert, find_alerts
from app.operations.figures import take_figures
from app.operations.models import OperatorAlert

PATIENCE = timedelta(minutes=2)  # a restart is no alert
QUIET = timedelta(minutes=5)  # what comes and goes is one alert
A = OperatorAlert
log = get_logger(__name__)


def watch() -> list[str]:
    """Look at the figures and tell what has to be told. Returns the keys of alerts that began or ended. Commits."""
    figures = take_figures()
    alerts = find_alerts(figures, backs_up=bool(current_app.config["BACKUP_FOLDER"]))
    if current_app.config["IS_LOCAL"]:
        alerts = [alert for alert in alerts if alert.key != "backup_missing"]
    keys = keep_alerts(alerts, utcnow())
    if keys and not figures.workers:
        _send_ourselves()
    return keys


def keep_alerts(alerts: Sequence[Alert], now: datetime) -> list[str]:
    """Keep the rows as the alerts are now, and mail what began or ended. Returns the keys of those. Commits."""
    for alert in alerts:
        values = {"key": alert.key, "cause": alert.cause, "first_seen_at": now, "last_seen_at": now}
        seen = {"cause": alert.cause, "last_seen_at": now}
        db.session.execute(insert(A).values(values).on_conflict_do_update(index_elements=[A.key], set_=seen))
    keys = [alert.key for alert in alerts if _tell(alert, now)]
    keys += _tell_ends(now)
    db.session.commit()
    return keys


def _tell(alert: Alert, now: datetime) -> bool:
    stmt = update(A).where(A.key == alert.key, A.told_at.is_(None), A.first_seen_at <= now - PATIENCE)
    first_seen_at = db.session.scalar(stmt.values(told_at=now).returning(A.first_seen_at))
    if first_seen_at is None:  # told already, or not yet for long
        return False
    log.error("operator_alert", alert=alert.key, cause=alert.cause)
    body = f"{alert.cause}\n\nWhat to do: {alert.cure}\n\nSeen since {iso(first_seen_at)}. {_where()}\n"
    _mail(f"alert:{alert.key}:{first_seen_at.timestamp():.0f}", f"IGNY8: {alert.title}", body)
    return True


def _tell_ends(now: datetime) -> list[str]:
    stmt = delete(A).where(A.last_seen_at < now - QUIET).returning(A.key, A.first_seen_at, A.told_at, A.last_seen_at)
    ended = [row for row in db.session.execute(stmt) if row.told_at is not None]
    for row in ended:
        log.info("operator_alert_over", alert=row.key)
        body = f"It was seen from {iso(row.first_seen_at)} to {iso(row.last_seen_at)}, and not since. {_where()}\n"
        _mail(f"over:{row.key}:{row.first_seen_at.timestamp():.0f}", f"IGNY8: over: {row.key.replace('_', ' ')}", body)
    return [row.key for row in ended]


def _where() -> str:
    address = current_app.config["PUBLIC_URL"]
    return f"The state of everything: {address}/system/" if address else "Its page is /system/."


def _mail(intent: str, subject: str, body: str) -> None:
    for address in sorted(current_app.config["OPERATOR_EMAILS"]):
        mail.queue_mail(intent=f"{intent}:{address}"[:120], recipient=address, subject=subject, body=body)


@every_account("mails to the operator belong to no account")
def _send_ourselves() -> None:
    """Without workers nobody would send the mail that says so."""
    stmt = select(mail.OutgoingMail.id).where(
        mail.OutgoingMail.state == "queued",
        mail.OutgoingMail.intent.like("alert:%"),
        mail.OutgoingMail.due_at <= utcnow(),
    )
    for mail_id in db.session.scalars(stmt.limit(20)).all():
        try:
            mail.send(mail_id)
        except RedisError as error:
            log.warning("alert_not_sent", error=type(error).__name__)


def open_alerts() -> Sequence[OperatorAlert]:
    """What is wrong now and was told, the oldest first."""
    return db.session.scalars(select(A).where(A.told_at.is_not(None)).order_by(A.first_seen_at)).all()
