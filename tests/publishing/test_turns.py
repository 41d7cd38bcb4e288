"""A site is published to by one worker at a time; the others wait without losing a try."""

import threading

from flask import Flask
from sqlalchemy import update

import jobs
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.row_security import every_account
from app.core.runs import Run
from app.mirror.site_locks import publish_lock
from app.publishing import services
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.things import make_content


def test_a_second_publish_waits_for_its_turn(site: Site, blog: Blog) -> None:
    blog.pair(site)
    run = services.start_publishes(site.account_id, [make_content(site).id], THE_APP)[0]
    db.session.commit()
    with publish_lock(site.id) as ours, publish_lock(site.id + 1) as elsewhere:
        assert (ours, elsewhere) == (True, True)
        jobs.execute(str(run.id))
    db.session.expire_all()
    assert (run.state, run.attempt, run.step) == ("queued", 0, "Waiting for another publish to this site")
    db.session.execute(update(Run).values(due_at=utcnow()))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert (run.state, run.attempt) == ("succeeded", 1)


def test_many_workers_take_turns_and_all_is_published(site: Site, blog: Blog, app: Flask) -> None:
    blog.pair(site)
    contents = [make_content(site) for _ in range(5)]
    runs = [str(run.id) for run in services.start_publishes(site.account_id, [row.id for row in contents], THE_APP)]
    db.session.commit()

    def work(run_id: str) -> None:
        with app.app_context(), every_account("a test looks on"):
            for _ in range(40):
                jobs.execute(run_id)
                run = db.session.get_one(Run, run_id)
                if run.state != "queued":
                    return
                db.session.execute(update(Run).where(Run.id == run.id).values(due_at=utcnow()))
                db.session.commit()
                threading.Event().wait(0.2)

    threads = [threading.Thread(target=work, args=(run_id,)) for run_id in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    states = [db.session.get_one(Run, run_id).state for run_id in runs]
    assert states == ["succeeded"] * 5
    assert blog.count("post") == 5


def test_the_turn_ends_with_the_connection(site: Site) -> None:
    with publish_lock(site.id) as first:
        assert first
        with publish_lock(site.id) as second:
            assert not second
    with publish_lock(site.id) as again:
        assert again
