"""Many rows published at once: in order, one site beside the other, failures alone, nothing doubled."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

import jobs
from app.accounts.models import Account
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.queue import depths, redis_connection
from app.core.row_security import within
from app.core.runs import Run
from app.core.runs.services import recover_runs
from app.mirror.site_locks import publish_lock
from app.publishing import services
from app.publishing.batches import services as batches
from app.publishing.models import PublishBatch, PublishBatchRow, PublishRun
from app.sites import connection
from app.sites.models import Site
from tests.factories.batches import only_batch, rows, take_one, tally, waiting_jobs, work_off, work_to_the_end
from tests.factories.blog import Blog
from tests.factories.live import LiveApp, let_the_lease_pass, state_of, step_of, wait_for
from tests.factories.people import make_account
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_site


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    """The site, connected to the WordPress."""
    blog.pair(site)
    return site


@pytest.fixture
def broken(account: Account) -> Site:
    """A second site, whose WordPress does not answer."""
    second = make_site(account, name="Broken", url="http://127.0.0.1:9")
    connection.make_key(second).home_url = "http://127.0.0.1:9"
    db.session.commit()
    return second


def start(contents: list[Content]) -> PublishBatch:
    """A batch of these, committed."""
    batch = batches.start_batch(contents[0].account_id, [content.id for content in contents], THE_APP)
    db.session.commit()
    return batch


def is_over(batch_id: int) -> bool:
    """Whether all rows have ended. What waits for another try is handed out as a scheduler does."""
    recover_runs()
    return not tally(batch_id).is_active


def test_rows_over_two_sites_go_in_order_and_what_fails_fails_alone(paired: Site, broken: Site, blog: Blog) -> None:
    contents = [make_content(broken if n % 4 == 3 else paired, title=f"Number {n:02}") for n in range(32)]
    contents[5].content_html = " "
    db.session.commit()
    batch = start(contents)
    assert len(waiting_jobs()) == 2  # one a site, however many rows
    work_to_the_end()
    count = tally(batch.id)
    assert (count.succeeded, count.failed, count.waiting, count.done) == (23, 9, 0, 32)
    assert (count.summary, count.state) == ("23 published, 9 failed", "failed")
    published = [content.title for content in contents if content.site_id == paired.id and content.id != contents[5].id]
    assert blog.titles() == [f"{title} (publish)" for title in published]  # by id: in the order of the selection
    codes = [view.error["code"] for view in rows(batch.id) if view.error]
    assert codes == ["REFUSED", "PREFLIGHT_FAILED", *["REFUSED"] * 7]
    assert [view.row.title for view in rows(batch.id)] == [content.title for content in contents]


def test_retry_starts_only_what_failed_and_updates_rather_than_doubles(
    paired: Site, blog: Blog, owner_client: FlaskClient
) -> None:
    contents = [make_content(paired, title=f"Piece {n}") for n in range(5)]
    for content in (contents[1], contents[3]):
        content.content_html = ""
    db.session.commit()
    batch = start(contents)
    work_to_the_end()
    assert tally(batch.id).summary == "3 published, 2 failed"
    for content in (contents[1], contents[3]):
        content.content_html = "<p>Mended</p>"
    db.session.commit()
    for expected in ("Started 2 items again.", "Nothing is left"):  # a double click
        answer = owner_client.post(f"/publishing/batches/{batch.id}/retry/", headers={"HX-Request": "true"})
        assert (answer.status_code, expected in answer.headers["HX-Trigger"]) == (200, True)
    assert len(work_off()) == 2
    assert tally(batch.id).summary == "5 published"
    assert db.session.scalar(select(func.count()).select_from(Run)) == 5
    assert blog.count("post") == 5
    again = start(contents)
    work_to_the_end()
    assert (again.id == batch.id, tally(again.id).succeeded, blog.count("post")) == (False, 5, 5)


def test_one_row_is_tried_again_alone_and_a_cancelled_one_too(site: Site, owner_client: FlaskClient) -> None:
    contents = [make_content(site, content_html="") for _ in range(4)]
    batch = start(contents)
    batches.cancel_rest(site.account_id, batch.id)
    db.session.commit()
    assert tally(batch.id).summary == "4 cancelled"
    assert batches.retry_rows(site.account_id, THE_APP, batch.id) == 0  # cancelled is not failed
    db.session.rollback()
    for no_position in ("0", "x", "9" * 30):
        owner_client.post(f"/publishing/batches/{batch.id}/retry/", data={"position": no_position})
    answer = owner_client.post(f"/publishing/batches/{batch.id}/retry/", data={"position": "3"})
    assert answer.location == f"/publishing/batches/{batch.id}/"
    assert [view.state for view in rows(batch.id)] == ["cancelled", "cancelled", "queued", "cancelled"]
    assert batches.retry_rows(site.account_id, THE_APP, batch.id, 99) == 0


def test_the_rest_is_cancelled_and_what_goes_live_is_left_and_said(
    paired: Site, blog: Blog, workers: LiveApp, owner_client: FlaskClient
) -> None:
    contents = [make_content(paired, title=f"Slow {n}") for n in range(6)]
    blog.slow_down(1)
    batch = start(contents)
    workers.start_worker("interactive")
    wait_for(lambda: tally(batch.id).running == 1, what="the first row to start")
    answer = owner_client.post(f"/publishing/batches/{batch.id}/cancel/", headers={"HX-Request": "true"})
    assert "1 item is being published and will be finished" in answer.headers["HX-Trigger"]
    wait_for(lambda: is_over(batch.id), what="the running row to end")
    count = tally(batch.id)
    assert count.succeeded == blog.count("post") == 6 - count.cancelled
    assert count.cancelled >= 4


def test_a_second_click_finds_the_batch_of_the_first(site: Site, owner_client: FlaskClient) -> None:
    ids = [make_content(site).id for _ in range(3)]
    places = {owner_client.post("/content/publish/", data={"content_ids": ids}).location for _ in range(3)}
    assert places == {f"/publishing/batches/{only_batch().id}/"}
    assert db.session.scalar(select(func.count()).select_from(Run)) == 3
    assert db.session.scalar(select(func.count()).select_from(PublishRun)) == 3


def test_one_piece_leads_to_its_editor(site: Site, owner_client: FlaskClient) -> None:
    content = make_content(site)
    answer = owner_client.post("/content/publish/", data={"content_ids": content.id})
    assert answer.location == f"/content/{content.id}/edit/"


def test_clicks_at_the_same_moment_make_one_batch(site: Site, app: Flask) -> None:
    ids = [make_content(site).id for _ in range(40)]
    account_id, gate, made = site.account_id, threading.Barrier(4), list[int]()
    db.session.rollback()

    def click(order: list[int]) -> None:
        with app.app_context(), within(account_id):
            gate.wait()
            made.append(batches.start_batch(account_id, order, THE_APP).id)
            db.session.commit()

    threads = [threading.Thread(target=click, args=(order,)) for order in (ids, ids[::-1], ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(made) == {only_batch().id}
    assert len(made) == 4
    assert db.session.scalar(select(func.count()).select_from(Run)) == 40
    assert len(waiting_jobs()) == 1


def test_a_run_of_an_earlier_batch_joins_a_later_one_and_is_not_cancelled_with_it(site: Site) -> None:
    first, second, third = (make_content(site) for _ in range(3))
    earlier = start([first, second])
    later = start([second, third])
    assert db.session.scalar(select(func.count()).select_from(Run)) == 3
    assert [view.row.joined for view in rows(later.id)] == [True, False]
    assert batches.cancel_rest(site.account_id, later.id) == 1
    db.session.commit()
    assert [view.state for view in rows(earlier.id)] == ["queued", "queued"]


def test_only_the_next_run_of_a_site_is_with_a_worker(site: Site, account: Account) -> None:
    other = make_site(account)
    contents = [make_content(site, content_html="") for _ in range(4)] + [make_content(other, content_html="")]
    batch = start(contents)
    ids = [str(view.run.id) for view in rows(batch.id) if view.run]
    assert sorted(waiting_jobs()) == sorted([ids[0], ids[4]])
    jobs.execute(ids[2])  # fetched out of turn: as a job that Redis held twice
    assert take_one() in (ids[0], ids[4])
    assert recover_runs() <= 1
    work_off()
    assert tally(batch.id).failed == 5


def test_order_holds_although_jobs_are_lost(paired: Site, blog: Blog) -> None:
    contents = [make_content(paired, title=f"Kept {n}") for n in range(4)]
    start(contents)
    redis_connection().flushdb()
    assert recover_runs(all_workers_dead=True) == 1
    work_off()
    assert blog.titles() == [f"Kept {n} (publish)" for n in range(4)]


def test_a_row_published_by_hand_goes_before_what_waits(site: Site) -> None:
    contents = [make_content(site, content_html="") for _ in range(4)]
    start(contents)
    by_hand = services.start_publishes(site.account_id, [contents[3].id], THE_APP)[0]
    single = services.start_publishes(site.account_id, [make_content(site, content_html="").id], THE_APP)[0]
    db.session.commit()
    order = work_off()
    assert order[1:3] == [str(by_hand.id), str(single.id)]


def test_a_person_does_not_wait_for_the_worker_that_a_large_batch_waits_for(site: Site) -> None:
    start([make_content(site, content_html="") for _ in range(batches.FEW + 1)])
    assert (depths()["bulk"], depths()["interactive"]) == (1, 0)
    by_hand = services.start_publishes(site.account_id, [make_content(site, content_html="").id], THE_APP)[0]
    db.session.commit()
    assert (depths()["bulk"], depths()["interactive"]) == (1, 1)
    assert work_off()[0] == str(by_hand.id)
    assert tally(only_batch().id).failed == batches.FEW + 1


def test_two_workers_never_publish_to_one_site_at_once(site: Site) -> None:
    batch = start([make_content(site, content_html="") for _ in range(3)])
    ids = [view.run.id for view in rows(batch.id) if view.run]
    db.session.execute(update(Run).where(Run.id == ids[0]).values(state="running", lease_until=utcnow()))
    db.session.commit()
    jobs.execute(str(ids[1]))
    db.session.expire_all()
    assert (db.session.get_one(Run, ids[1]).state, db.session.get_one(Run, ids[1]).enqueued_at) == ("queued", None)
    with publish_lock(site.id) as ours:
        assert ours


@pytest.mark.parametrize("step", ["claim", "taxonomies"])
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    paired: Site, blog: Blog, workers: LiveApp, step: str
) -> None:
    contents = [make_content(paired, title=f"Survivor {n}") for n in range(4)]
    add_images(contents[0], 2)
    blog.slow_down(0.5)
    batch = start(contents)
    first = rows(batch.id)[0].run
    assert first is not None
    worker = workers.start_worker("interactive")
    wait_for(lambda: step_of(first) == step, what=f"step {step}")
    workers.kill(worker)
    assert state_of(first) == "running"
    blog.slow_down(0)
    let_the_lease_pass()
    workers.start_worker("interactive")
    wait_for(lambda: is_over(batch.id), what="the second worker to finish")
    assert tally(batch.id).summary == "4 published"
    assert blog.titles() == [f"Survivor {n} (publish)" for n in range(4)]
    assert blog.count("attachment") == 2


def test_what_belongs_to_others_is_no_batch(site: Site, account: Account, stranger_client: FlaskClient) -> None:
    foreign = make_content(make_site(make_account("Far away")))
    with pytest.raises(NotFound):
        batches.start_batch(account.id, [make_content(site).id, foreign.id], THE_APP)
    db.session.rollback()
    ids = [make_content(site).id, make_content(site).id]
    assert stranger_client.post("/content/publish/", data={"content_ids": ids}).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(PublishBatch)) == 0
    assert db.session.scalar(select(func.count()).select_from(PublishBatchRow)) == 0
