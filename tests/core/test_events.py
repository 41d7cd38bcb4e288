"""Events: told after the commit, in batches, once, whoever fails or dies meanwhile."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.accounts.models import Account
from app.core import events, features
from app.core.clock import utcnow
from app.core.errors import Refused
from app.core.events import delivery, subscribers
from app.core.events.models import EventDelivery
from app.core.extensions import db
from app.core.row_security import act_for
from app.features import FEATURES
from app.planner.clusters.services import create_cluster
from app.planner.events import ClustersCreated, IdeasCreated, KeywordsAdded
from app.planner.models import Cluster
from app.publishing.events import Published
from app.sites.models import Site
from app.sync.events import ImportFinished
from tests.factories.things import make_site

Heard = list[tuple[int, ...]]


@pytest.fixture
def subscribe(account: Account) -> Iterator[Callable[..., None]]:
    """Add subscribers; the features' own come back at the end."""
    added: list[tuple[events.Subscriber, str | None]] = []

    def add(function: Callable[[events.Event], None], kind: type[events.Event], name: str = "toy") -> None:
        added.append((events.Subscriber(name, kind, function), None))
        subscribers.register(added)

    act_for(account.id)
    yield add
    features.register(FEATURES)


def tell(site: Site, *subjects: int, kind: type[events.Event] = KeywordsAdded) -> None:
    """Publish and commit."""
    events.publish(kind(site.account_id, site.id, subjects))
    db.session.commit()


def waiting() -> int:
    """How many rows wait, or were given up."""
    return db.session.scalar(select(func.count()).select_from(EventDelivery)) or 0


def test_what_happened_in_many_transactions_is_told_as_one(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    heard: list[events.Event] = []
    subscribe(heard.append, KeywordsAdded)
    for subject in (3, 1, 2, 3):
        tell(site, subject)
    assert delivery.deliver(account.id) == 1
    assert heard == [KeywordsAdded(account.id, site.id, (1, 2, 3))]
    assert waiting() == 0


def test_two_thousand_keywords_are_one_occurrence(subscribe: Callable[..., None], account: Account, site: Site) -> None:
    heard: Heard = []
    subscribe(lambda event: heard.append(event.subjects), KeywordsAdded)
    tell(site, *range(1, 2_001))
    delivery.deliver(account.id)
    assert heard == [tuple(range(1, 2_001))]


def test_what_is_rolled_back_did_not_happen(subscribe: Callable[..., None], account: Account, site: Site) -> None:
    subscribe(lambda event: None, ClustersCreated)
    create_cluster(account.id, site.id, "Cold brew")
    assert waiting() == 1
    db.session.rollback()
    assert waiting() == 0


def test_without_subscribers_nothing_is_written(subscribe: Callable[..., None], account: Account, site: Site) -> None:
    subscribe(lambda event: None, ImportFinished)
    tell(site, 1)
    assert waiting() == 0


def test_nothing_that_happened_is_no_event_but_for_the_end_of_an_import(
    subscribe: Callable[..., None], site: Site
) -> None:
    subscribe(lambda event: None, KeywordsAdded)
    subscribe(lambda event: None, ImportFinished, "other")
    tell(site)
    assert waiting() == 0
    tell(site, kind=ImportFinished)
    assert waiting() == 1


def test_sites_kinds_and_subscribers_are_told_apart(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    heard: list[tuple[str, int, tuple[int, ...]]] = []
    other = make_site(account, name="Other")
    db.session.commit()
    for name in ("one", "two"):
        subscribe(lambda event, name=name: heard.append((name, event.site_id, event.subjects)), KeywordsAdded, name)
    tell(site, 1)
    tell(other, 2)
    tell(site, 9, kind=IdeasCreated)
    delivery.deliver(account.id)
    assert sorted(heard) == sorted(
        [("one", site.id, (1,)), ("one", other.id, (2,)), ("two", site.id, (1,)), ("two", other.id, (2,))]
    )


def test_a_subscriber_that_fails_is_told_again_later_and_holds_nobody_up(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    heard: Heard = []

    def fail(event: events.Event) -> None:
        db.session.add(Cluster(account_id=account.id, site_id=site.id, name="Half"))
        db.session.flush()
        raise RuntimeError("not today")

    subscribe(fail, KeywordsAdded, "broken")
    subscribe(lambda event: heard.append(event.subjects), KeywordsAdded, "sound")
    tell(site, 1)
    delivery.deliver(account.id)
    assert heard == [(1,)]
    assert db.session.scalars(select(Cluster)).all() == []  # what it had half done is undone
    (row,) = db.session.scalars(select(EventDelivery)).all()
    assert (row.attempts, row.error, row.due_at is not None and row.due_at > utcnow()) == (1, "not today", True)
    assert delivery.deliver(account.id) == 0  # not due yet


def test_after_ten_failures_the_rows_stay_to_be_looked_at(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    def fail(event: events.Event) -> None:
        raise RuntimeError("never")

    subscribe(fail, KeywordsAdded)
    tell(site, 1)
    for _ in range(delivery.MAX_ATTEMPTS):
        db.session.execute(update(EventDelivery).values(due_at=utcnow()))
        db.session.commit()
        assert delivery.deliver(account.id) == 1
    (row,) = db.session.scalars(select(EventDelivery)).all()
    assert (row.attempts, row.due_at, row.error) == (delivery.MAX_ATTEMPTS, None, "never")


def due_again() -> None:
    """The wait is over."""
    db.session.execute(update(EventDelivery).where(EventDelivery.due_at.is_not(None)).values(due_at=utcnow()))
    db.session.commit()


def test_one_event_that_cannot_be_told_keeps_no_other_waiting(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    heard: Heard = []

    def choke(event: events.Event) -> None:
        if 13 in event.subjects:
            raise RuntimeError("bad \0 luck \ud800")  # as no database can hold it
        heard.append(event.subjects)

    subscribe(choke, KeywordsAdded)
    for subject in (12, 13, 14):
        tell(site, subject)
    assert delivery.deliver(account.id) == 1
    due_again()
    assert delivery.deliver(account.id) == 3
    assert heard == [(12,), (14,)]
    (row,) = db.session.scalars(select(EventDelivery)).all()
    assert (row.subjects, row.attempts, row.error) == ([13], 2, "bad  luck ?")


def test_what_was_given_up_is_counted_and_can_be_told_again(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    heard: Heard = []
    subscribe(lambda event: heard.append(event.subjects), KeywordsAdded)
    tell(site, 1)
    tell(site, 2)
    first = select(func.min(EventDelivery.id)).scalar_subquery()
    db.session.execute(update(EventDelivery).where(EventDelivery.id == first).values(due_at=None, attempts=10))
    db.session.commit()
    assert delivery.standing() == [("toy", False, 1), ("toy", True, 1)]
    assert delivery.redeliver_given_up() == 1
    delivery.deliver(account.id)
    assert sorted(heard) == [(1,), (2,)]
    assert delivery.redeliver_given_up() == 0


def test_what_the_account_does_not_want_now_is_dropped(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    def refuse(event: events.Event) -> None:
        raise Refused("Automation is off.", code="MODULE_OFF")

    subscribe(refuse, KeywordsAdded)
    tell(site, 1)
    delivery.deliver(account.id)
    assert waiting() == 0


def test_a_worker_that_dies_in_between_has_told_nothing(
    subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    class Killed(BaseException):
        pass

    def die(event: events.Event) -> None:
        db.session.add(Cluster(account_id=account.id, site_id=site.id, name="Half"))
        db.session.flush()
        raise Killed

    heard: Heard = []
    subscribe(die, KeywordsAdded)
    tell(site, 1)
    with pytest.raises(Killed):
        delivery.deliver(account.id)
    db.session.rollback()
    subscribers.register([(events.Subscriber("toy", KeywordsAdded, lambda event: heard.append(event.subjects)), None)])
    delivery.deliver(account.id)
    assert heard == [(1,)]
    assert db.session.scalars(select(Cluster)).all() == []


def test_workers_at_once_tell_everything_once(
    app: Flask, subscribe: Callable[..., None], account: Account, site: Site
) -> None:
    heard: Heard = []
    subscribe(lambda event: heard.append(event.subjects), KeywordsAdded)
    for subject in range(40):
        tell(site, subject)
    start = threading.Barrier(4)
    account_id = account.id

    def work() -> None:
        with app.app_context():
            act_for(account_id)
            start.wait(10)
            delivery.deliver(account_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    delivery.deliver(account_id)  # what the others had locked when one looked
    assert sorted(subject for subjects in heard for subject in subjects) == list(range(40))
    assert waiting() == 0


def test_events_that_nobody_came_for_are_found_by_the_sweep(
    subscribe: Callable[..., None], account: Account, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[object, ...]] = []
    monkeypatch.setattr(delivery, "enqueue_now", lambda *args: called.append(args) or True)
    subscribe(lambda event: None, KeywordsAdded)
    tell(site, 1)
    assert delivery.deliver_overdue() == 0  # its worker may be on the way
    db.session.execute(update(EventDelivery).values(due_at=utcnow() - delivery.OVERDUE))
    db.session.commit()
    assert delivery.deliver_overdue() == 1
    assert [(args[1], args[3]) for args in called] == [("jobs.events.deliver", account.id)]


def test_names_of_subscribers_are_unique() -> None:
    one = events.Subscriber("same", Published, print)
    with pytest.raises(ValueError, match="same"):
        subscribers.register([(one, None), (one, None)])
    features.register(FEATURES)
