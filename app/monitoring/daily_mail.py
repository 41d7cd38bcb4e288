"""The daily mail: who wants one, and writing it once for each person and day.

The sweep hands out the mails whose hour has come; a worker locks the row, writes the mail and records the day in one
transaction. A worker that dies leaves nothing behind, and the row is handed out again; the intent of the mail is unique
for person, day and hour.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from flask import current_app, render_template
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, Date, case, cast, column, delete, func, or_, select, table
from sqlalchemy.dialects.postgresql import insert

from app.accounts.members import membership_of, site_scope_of
from app.accounts.models import Account, Membership
from app.core import mail, site_scope
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext
from app.core.messages import link_to_page
from app.core.permissions import Permission
from app.core.queue import enqueue_after_commit, new_job_id
from app.core.roles import allows
from app.core.row_security import every_account, within
from app.identity.models import User
from app.identity.people import zone_of
from app.monitoring.daily_digest import DigestSection, DigestSpan, daily_digest
from app.monitoring.models import DailyMail

ENTRY = "jobs.monitoring.write_daily_mail"
WITH_WORKER = timedelta(minutes=10)
LONGEST = timedelta(days=7)  # a mail tells of no more, however long none was written
SETTLING = timedelta(minutes=1)  # what ends at this moment may be committed a little later
AT_ONCE = 200


def hour_of(account_id: int, user_id: int) -> int | None:
    """The hour at which the member gets the mail; None for never."""
    row = db.session.get(DailyMail, (account_id, user_id))
    return row.hour if row else None


def choose_hour(account_id: int, user_id: int, hour: int | None) -> None:
    """Send the member a mail every day at this hour of their zone, from the next time on; None stops it. Flushes."""
    if hour is None:
        stmt = delete(DailyMail).where(DailyMail.account_id == account_id, DailyMail.user_id == user_id)
        db.session.execute(stmt)
        return
    now = utcnow()
    values = {"hour": hour, "last_day": _day_that_is_done(now, hour, zone_of(user_id))}
    stmt_in = insert(DailyMail).values(account_id=account_id, user_id=user_id, told_until=now, **values)
    index = [DailyMail.account_id, DailyMail.user_id]
    db.session.execute(stmt_in.on_conflict_do_update(index_elements=index, set_=values))


def _day_that_is_done(now: datetime, hour: int, zone: ZoneInfo) -> date:
    """The last day whose hour has passed: today, or else yesterday."""
    local = now.astimezone(zone)
    return local.date() if local.time() >= time(hour) else local.date() - timedelta(days=1)


def _is_due() -> list[ColumnElement[bool]]:
    """Conditions on DailyMail, User and Account joined: the hour has come, and today's mail is not dealt with yet."""
    zone = case((User.time_zone.in_(_zones_of_the_database()), User.time_zone), else_="UTC")
    local = func.timezone(zone, func.now())
    return [
        User.is_active.is_(True),
        User.email_confirmed_at.is_not(None),
        Account.deletion_due_at.is_(None),
        or_(DailyMail.last_day.is_(None), DailyMail.last_day < cast(local, Date)),
        DailyMail.hour <= func.extract("hour", local),
    ]


@cache
def _zones_of_the_database() -> tuple[str, ...]:
    """The zones that PostgreSQL knows: one unknown zone in the query would stop everybody's mail."""
    return tuple(db.session.scalars(select(column("name")).select_from(table("pg_timezone_names"))))


@every_account("whose hour has come, whatever the account")
def hand_out_daily_mails() -> int:
    """Hand workers the mails whose hour has come. Returns how many. Commits."""
    now = utcnow()
    with_nobody = or_(DailyMail.handed_out_at.is_(None), DailyMail.handed_out_at < now - WITH_WORKER)
    stmt = (
        select(DailyMail)
        .join(User, User.id == DailyMail.user_id)
        .join(Account, Account.id == DailyMail.account_id)
        .where(with_nobody, *_is_due())
        .order_by(DailyMail.account_id, DailyMail.user_id)
        .limit(AT_ONCE)
        .with_for_update(of=DailyMail, skip_locked=True)
    )
    rows = db.session.scalars(stmt).all()
    for row in rows:
        row.handed_out_at = now
        enqueue_after_commit("default", ENTRY, new_job_id(), row.account_id, row.user_id)
    db.session.commit()
    return len(rows)


def write_daily_mail(account_id: int, user_id: int) -> bool:
    """Write today's mail to the member, if it is due and there is something to say. Commits."""
    with within(account_id):
        is_written = _write(account_id, user_id)
        db.session.commit()
    return is_written


def _write(account_id: int, user_id: int) -> bool:
    stmt = (
        select(DailyMail, User, Account)
        .join(User, User.id == DailyMail.user_id)
        .join(Account, Account.id == DailyMail.account_id)
        .where(DailyMail.account_id == account_id, DailyMail.user_id == user_id, *_is_due())
        .with_for_update(of=DailyMail, skip_locked=True)
    )
    due = db.session.execute(stmt.execution_options(populate_existing=True)).first()
    if due is None:
        return False
    row, user, account = due
    span = _span_of(row, ZoneInfo(user.time_zone))
    sections = _sections(membership_of(account_id, user_id), span)
    row.last_day, row.told_until, row.handed_out_at = utcnow().astimezone(span.zone).date(), span.until, None
    return bool(sections) and _queue(row, user, account, sections)


def _span_of(row: DailyMail, zone: ZoneInfo) -> DigestSpan:
    until = utcnow() - SETTLING
    return DigestSpan(min(max(row.told_until, until - LONGEST), until), until, zone)


def _sections(member: Membership, span: DigestSpan) -> list[DigestSection]:
    with site_scope.limited_to(site_scope_of(member)):
        return daily_digest(member.account_id, span, sees_credits=allows(member.role, Permission.BILLING_READ))


def _queue(row: DailyMail, user: User, account: Account, sections: list[DigestSection]) -> bool:
    stop_link = link_to_page("daily_mail.confirm_stop", t=_signer().dumps([row.account_id, row.user_id]))
    counts = ", ".join(f"{section.heading.lower()} {section.count:,}" for section in sections)
    subject = f"{account.name}: {counts}"
    values = {
        "subject": subject,
        "user": user,
        "account": account,
        "sections": sections,
        "hour": row.hour,
        "settings_link": link_to_page("daily_mail.show"),
        "stop_link": stop_link,
    }
    return mail.queue_mail(
        intent=f"daily:{row.account_id}:{row.user_id}:{row.last_day}:{row.hour}",
        recipient=user.email,
        subject=subject,
        body=render_template("mail/daily.txt", **values),
        html=render_template("mail/daily.html", **values),
        account_id=row.account_id,
        unsubscribe=stop_link,
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="daily-mail")


def read_stop_key(key: str) -> tuple[int, int]:
    """Account and person that an unsubscribe link names; raises DomainError for any other text."""
    try:
        account_id, user_id = _signer().loads(key)
        return int(account_id), int(user_id)
    except (BadSignature, TypeError, ValueError) as error:
        raise DomainError(
            gettext("This link does not work."),
            code="LINK_UNKNOWN",
            cure=gettext(
                "Take it from the mail as a whole, or sign in and choose “Off” in Settings, under Daily mail."
            ),
            status=404,
        ) from error


def stop_by_link(key: str) -> None:
    """Stop the daily mail that contained this link; a second call changes nothing. Flushes."""
    account_id, user_id = read_stop_key(key)
    with within(account_id):
        choose_hour(account_id, user_id, None)
