"""The daily mail: what it says and to whom, once a day at the chosen hour, and that one click stops it."""

import re
from datetime import timedelta
from email.message import Message
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq import Queue
from sqlalchemy import select, update

from app.accounts.models import Account, Membership
from app.core import mail
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.extensions import db
from app.core.mail import OutgoingMail
from app.core.queue import redis_connection
from app.identity.models import User
from app.monitoring import daily_mail
from app.monitoring.models import DailyMail
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from jobs import monitoring as jobs_monitoring
from tests.factories.letters import mails
from tests.factories.people import actor_of, make_member
from tests.factories.races import race
from tests.factories.things import make_content, make_site
from tests.fakes.smtp_server import FakeSMTP
from tests.identity.test_mail import server
from tests.monitoring.test_news import end

__all__ = ["server"]


@pytest.fixture
def reader(account: Account, owner: User) -> User:
    """The owner, whose mail is due now and tells of the last day."""
    want(account.id, owner)
    return owner


def want(account_id: int, user: User) -> None:
    user.email_confirmed_at = utcnow()
    daily_mail.choose_hour(account_id, user.id, 0)
    day_ago = utcnow() - timedelta(days=1)
    mine = (DailyMail.account_id == account_id, DailyMail.user_id == user.id)
    values = {"last_day": None, "told_until": day_ago, "handed_out_at": None}
    db.session.execute(update(DailyMail).where(*mine).values(values))
    db.session.commit()


def publish(site: Site, title: str) -> None:
    content = make_content(site, title)
    content.external_url = f"https://blog.example/{content.id}/"
    run = end(site, f"Publish {title}", None, at=utcnow() - timedelta(hours=1))
    run.kind, run.subject_type, run.subject_id, run.subject_kind = "publish", "content", content.id, "post"
    db.session.commit()


def text_of(message: Message, kind: str) -> str:
    [part] = [part for part in message.walk() if part.get_content_type() == kind]
    return bytes(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]


def send_all(server: FakeSMTP) -> list[Message]:
    for mail_id in db.session.scalars(select(OutgoingMail.id).order_by(OutgoingMail.id)):
        mail.send(mail_id)
    return server.messages


def test_it_says_what_failed_was_published_comes_today_and_ended(
    site: Site, reader: User, owner_client: FlaskClient, server: FakeSMTP
) -> None:
    for number in range(12):
        publish(site, f"Post {number}")
    end(site, "Import of Monday", reader, at=utcnow() - timedelta(hours=2))
    end(site, "Import of Tuesday", reader, "failed", at=utcnow() - timedelta(hours=1))
    soon = make_content(site, "Comes soon <b>")
    schedule.schedule(site.account_id, [soon.id], utcnow() + timedelta(seconds=1), actor_of(reader))
    db.session.commit()
    jobs_monitoring.write_daily_mail(site.account_id, reader.id)
    [message] = send_all(server)
    assert message["To"] == reader.email
    plain, html = text_of(message, "text/plain"), text_of(message, "text/html")
    for words in ("Needs attention (1)", "Published (12)", "Scheduled today (1)", "1 done", "1 failed", "It broke."):
        assert words in plain
        assert words in html
    assert "Comes soon <b>" in plain
    assert "Comes soon &lt;b&gt;" in html
    published, ended = re.findall(r"Show all in Activity: http://localhost(\S+)", plain)
    assert "12 runs" in owner_client.get(published).text
    assert "Work that ended (14)" in plain
    assert "14 runs" in owner_client.get(ended).text


def test_it_goes_out_once_for_person_and_day_however_often_and_by_how_many_it_is_written(
    app: Flask, site: Site, reader: User, server: FakeSMTP
) -> None:
    publish(site, "A post")
    assert daily_mail.hand_out_daily_mails() == 1
    assert daily_mail.hand_out_daily_mails() == 0  # with a worker
    assert Queue("default", connection=redis_connection()).count == 1
    race(app, lambda _number: daily_mail.write_daily_mail(site.account_id, reader.id), 4)
    assert len(mails(reader.email)) == 1
    db.session.execute(update(DailyMail).values(last_day=None, handed_out_at=None))  # as if the day were not noted
    db.session.commit()
    assert not daily_mail.write_daily_mail(site.account_id, reader.id)
    assert len(send_all(server)) == 1


def test_a_worker_that_dies_loses_nothing(site: Site, reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(site, "A post")
    daily_mail.hand_out_daily_mails()
    queue_mail = mail.queue_mail

    def die(**values: object) -> bool:
        queue_mail(**values)  # type: ignore[arg-type]
        raise SystemExit

    monkeypatch.setattr(mail, "queue_mail", die)
    with pytest.raises(SystemExit):
        daily_mail.write_daily_mail(site.account_id, reader.id)
    db.session.rollback()
    monkeypatch.undo()
    assert mails(reader.email) == []
    db.session.execute(update(DailyMail).values(handed_out_at=utcnow() - timedelta(minutes=11)))
    db.session.commit()
    assert daily_mail.hand_out_daily_mails() == 1
    assert daily_mail.write_daily_mail(site.account_id, reader.id)
    assert len(mails(reader.email)) == 1


def test_without_anything_to_say_none_comes_and_the_day_is_done(site: Site, reader: User) -> None:
    assert not daily_mail.write_daily_mail(site.account_id, reader.id)
    assert mails(reader.email) == []
    assert daily_mail.hand_out_daily_mails() == 0


def test_a_member_is_told_of_granted_sites_only(account: Account, site: Site) -> None:
    elsewhere = make_member(account, "editor", sites=[make_site(account).id])
    want(account.id, elsewhere)
    publish(site, "Not for them")
    assert not daily_mail.write_daily_mail(account.id, elsewhere.id)
    assert mails(elsewhere.email) == []


def test_nobody_gets_it_unasked_unconfirmed_or_after_they_left(account: Account, site: Site, reader: User) -> None:
    publish(site, "A post")
    reader.email_confirmed_at = None
    db.session.commit()
    assert daily_mail.hand_out_daily_mails() == 0
    leaver = make_member(account, "admin")
    assert daily_mail.hour_of(account.id, leaver.id) is None
    want(account.id, leaver)
    db.session.delete(db.session.scalars(select(Membership).where(Membership.user_id == leaver.id)).one())
    db.session.commit()
    assert not daily_mail.write_daily_mail(account.id, leaver.id)
    assert mails() == []


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Tokyo", 9), ("UTC", 0), ("America/New_York", -5)])
def test_the_hour_is_of_the_persons_zone_and_begins_with_the_next(
    account: Account, owner: User, zone: str, hours: int
) -> None:
    owner.time_zone = zone
    local = utcnow().astimezone(ZoneInfo(zone))
    daily_mail.choose_hour(account.id, owner.id, local.hour)
    assert db.session.get_one(DailyMail, (account.id, owner.id)).last_day == local.date()
    if local.hour < 23:
        daily_mail.choose_hour(account.id, owner.id, local.hour + 1)
        db.session.expire_all()
        row = db.session.get_one(DailyMail, (account.id, owner.id))
        assert row.last_day == local.date() - timedelta(days=1)
    assert abs(local.utcoffset() // timedelta(hours=1) - hours) <= 1  # type: ignore[operator]


def test_a_later_hour_chosen_after_the_mail_of_today_loses_no_news(site: Site, reader: User) -> None:
    reader.time_zone = "Etc/GMT-5" if utcnow().hour < 12 else "UTC"  # it is one o'clock or later there
    publish(site, "A post")
    assert daily_mail.write_daily_mail(site.account_id, reader.id)
    publish(site, "Another post")
    later = update(DailyMail).values(hour=1, last_day=None, told_until=utcnow() - timedelta(days=1))
    db.session.execute(later)
    db.session.commit()
    assert daily_mail.write_daily_mail(site.account_id, reader.id)
    assert "Another post" in decrypt(mails(reader.email)[-1].body)


def test_a_zone_that_the_database_does_not_know_stops_nobody_elses_mail(
    account: Account, site: Site, reader: User
) -> None:
    other = make_member(account, "admin")
    other.time_zone = "localtime"
    want(account.id, other)
    publish(site, "A post")
    assert daily_mail.hand_out_daily_mails() == 2
    assert daily_mail.write_daily_mail(account.id, reader.id)


def test_it_is_chosen_in_the_settings_and_off_at_first(
    account: Account, owner: User, owner_client: FlaskClient
) -> None:
    page = owner_client.get("/account/daily-mail/").text
    assert re.search(r'<option[^>]*value="off"[^>]*selected|<option selected value="off"', page)
    assert owner_client.post("/account/daily-mail/", data={"hour": "7"}).status_code == 303
    assert daily_mail.hour_of(account.id, owner.id) == 7
    assert owner_client.post("/account/daily-mail/", data={"hour": "24"}).status_code == 422
    owner_client.post("/account/daily-mail/", data={"hour": "off"})
    db.session.expire_all()
    assert daily_mail.hour_of(account.id, owner.id) is None


def test_one_click_stops_it_without_signing_in(
    app: Flask, account: Account, site: Site, reader: User, server: FakeSMTP
) -> None:
    publish(site, "A post")
    daily_mail.write_daily_mail(account.id, reader.id)
    [message] = send_all(server)
    address = urlsplit(str(message["List-Unsubscribe"]).strip("<>"))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"{address.path}?{address.query}" in text_of(message, "text/plain")
    stranger, key = app.test_client(), parse_qs(address.query)["t"][0]
    assert "Stop the daily mail" in stranger.get(address.path, query_string={"t": key}).text
    assert daily_mail.hour_of(account.id, reader.id) == 0  # programs that read mails open links
    assert stranger.post(address.path, query_string={"t": f"{key}x"}).status_code == 404
    answer = stranger.post(address.path, query_string={"t": key}, data={"List-Unsubscribe": "One-Click"})
    assert "is off" in answer.text
    db.session.expire_all()
    assert daily_mail.hour_of(account.id, reader.id) is None
    assert "is off" in stranger.post(address.path, query_string={"t": key}).text
