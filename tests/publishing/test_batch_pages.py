"""Batches in the browser's terms: where Publish and Schedule lead, what the pages say, thousands of rows."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

from app.accounts.models import Account
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs.services import recover_runs
from app.publishing import services
from app.publishing.batches import services as batches
from app.publishing.models import PublishBatch, PublishBatchRow
from app.publishing.schedule import services as schedule
from app.publishing.selection import MOST_AT_ONCE
from app.sites.models import Site
from tests.factories.batches import only_batch, rows, tally, waiting_jobs
from tests.factories.things import make_content, make_site
from tests.test_long_lists import statements

HTMX = {"HX-Request": "true"}
TOMORROW = utcnow() + timedelta(days=1)
AT = {"date": f"{TOMORROW:%Y-%m-%d}", "time": "10:00", "zone": "UTC"}


def many_contents(site: Site, count: int) -> None:
    row = {
        "account_id": site.account_id,
        "site_id": site.id,
        "content_type": "Article",
        "content_html": "<p>x</p>",
    }
    db.session.execute(insert(Content), [{**row, "title": f"Row {n:05}"} for n in range(count)])
    db.session.commit()


def finish_all(**values: object) -> None:
    db.session.execute(update(Run).values(ended_at=utcnow(), **values))
    db.session.commit()


def test_rows_of_the_page_are_followed_there_and_all_that_match_on_the_batchs_page(
    owner_client: FlaskClient, site: Site
) -> None:
    ids = [make_content(site, title=f"Espresso {n}").id for n in range(3)]
    answer = owner_client.post("/content/publish/", data={"content_ids": ids}, headers=HTMX)
    assert (answer.status_code, "Publishing 3 items." in answer.headers["HX-Trigger"]) == (200, True)
    strip = owner_client.get("/publishing/batches/now/").text
    assert f'href="/publishing/batches/{only_batch().id}/"' in strip
    more = [*ids, make_content(site, title="Moka").id]
    told = owner_client.post("/content/publish/", data={"content_ids": more}, headers=HTMX).headers["HX-Trigger"]
    assert "Publishing 1 item. Left out: 3 items that were being published already." in told
    make_content(site, title="Espresso 4")
    answer = owner_client.post(
        "/content/publish/", data={"all_matching": "1", "filter": "q=espresso&sort=-title"}, headers=HTMX
    )
    newest = db.session.scalars(select(PublishBatch).order_by(PublishBatch.id.desc())).first()
    assert newest is not None
    assert answer.headers["HX-Redirect"] == f"/publishing/batches/{newest.id}/"
    titles = [view.row.title for view in rows(newest.id)]
    assert titles == ["Espresso 4", "Espresso 2", "Espresso 1", "Espresso 0"]  # as the list was sorted


def test_the_page_shows_every_row_its_error_and_its_cure(owner_client: FlaskClient, site: Site) -> None:
    ids = [make_content(site, title=f"Row {n}").id for n in range(4)]
    owner_client.post("/content/publish/", data={"content_ids": ids})
    batch = only_batch()
    address = f"/publishing/batches/{batch.id}/"
    page = owner_client.get(address).text
    assert "4 waiting" in page
    assert 'hx-trigger="reload, every 2s"' in page
    assert 'role="progressbar"' in page
    assert "Retry the failed ones" not in page
    assert "Cancel the rest" in page
    finish_all(state="succeeded", link="https://example.com/a/", message="Published.")
    failed = rows(batch.id)[2].run
    assert failed is not None
    error = {
        "code": "PREFLIGHT_FAILED",
        "message": "One thing stands in the way.",
        "cure": "Nothing was changed.",
        "details": {"problems": [{"message": "The title is empty.", "cure": "Write one."}]},
    }
    db.session.execute(update(Run).where(Run.id == failed.id).values(state="failed", error=error))
    db.session.commit()
    page = owner_client.get(address).text
    for words in ("3 published, 1 failed", "The title is empty.", "Write one.", "Retry the failed ones", "Retry Row 2"):
        assert words in page
    assert "every 2s" not in page
    assert "Cancel the rest" not in page
    only = owner_client.get(f"{address}?show=failed", headers=HTMX).text
    assert ("Row 2" in only, "Row 1" in only, "<html" in only) == (True, False, False)
    assert "Some failed" in owner_client.get("/publishing/batches/").text
    assert "Follow" not in owner_client.get("/publishing/batches/now/").text


def test_pages_without_anything(owner_client: FlaskClient, site: Site) -> None:
    assert "No batches yet" in owner_client.get("/publishing/batches/").text
    assert "Follow" not in owner_client.get("/publishing/batches/now/").text
    assert owner_client.get("/publishing/batches/1/").status_code == 404
    owner_client.post("/content/publish/", data={"content_ids": [make_content(site).id, make_content(site).id]})
    assert "Nothing failed" in owner_client.get(f"/publishing/batches/{only_batch().id}/?show=failed").text
    assert owner_client.get(f"/publishing/batches/{only_batch().id}/?page=99").status_code == 200


def test_scheduling_many_isolates_what_is_just_being_published(owner_client: FlaskClient, site: Site) -> None:
    contents = [make_content(site, title=f"Plan {n}") for n in range(3)]
    services.start_publishes(site.account_id, [contents[1].id], THE_APP)
    db.session.commit()
    ids = [content.id for content in contents]
    chosen = owner_client.post("/content/schedule/choose/", data={"content_ids": ids})
    assert chosen.text.count('name="content_ids"') == 3
    answer = owner_client.post("/content/schedule/", data={"content_ids": ids, **AT})
    batch = only_batch()
    assert (answer.status_code, answer.location) == (303, f"/publishing/batches/{batch.id}/")
    page = owner_client.get(answer.location).text
    assert "Scheduled 2 items for" in page
    assert "Left out: 1 item that is being published now." in page
    assert "It is being published right now, so nothing else was started for it." in page
    assert [view.state for view in rows(batch.id)] == ["scheduled", "failed", "scheduled"]
    assert 'hx-trigger="reload, every 30s"' in page
    finish_all(state="succeeded")
    db.session.execute(update(Run).where(Run.due_at > utcnow()).values(state="queued", ended_at=None))
    db.session.commit()
    assert (
        "Started 1 item again"
        in owner_client.post(f"/publishing/batches/{batch.id}/retry/", headers=HTMX).headers["HX-Trigger"]
    )
    assert [view.state for view in rows(batch.id)] == ["scheduled"] * 3
    assert len({view.run.due_at for view in rows(batch.id) if view.run}) == 1


def test_scheduling_again_moves_and_a_second_click_makes_nothing(owner_client: FlaskClient, site: Site) -> None:
    ids = [make_content(site).id for _ in range(3)]
    schedule.schedule(site.account_id, ids[2:], utcnow() + timedelta(hours=5), THE_APP)
    db.session.commit()
    ids.reverse()
    places = [owner_client.post("/content/schedule/", data={"content_ids": ids, **AT}).location for _ in range(2)]
    assert places == [f"/publishing/batches/{only_batch().id}/"] * 2
    found = [view.run for view in rows(only_batch().id) if view.run]
    assert [run.place for run in found] == sorted(run.place for run in found)
    assert {run.due_at.hour for run in found} == {10}
    assert db.session.scalar(select(func.count()).select_from(Run)) == 3
    other = {**AT, "time": "11:00"}
    assert owner_client.post("/content/schedule/", data={"content_ids": ids, **other}).location not in places
    assert db.session.scalar(select(func.count()).select_from(Run)) == 3
    owner_client.post(f"/publishing/batches/{only_first().id}/cancel/")
    assert {view.state for view in rows(only_first().id)} == {"cancelled"}


def only_first() -> PublishBatch:
    return db.session.scalars(select(PublishBatch).order_by(PublishBatch.id)).all()[0]


def test_what_is_scheduled_comes_before_what_was_started_by_hand(site: Site) -> None:
    contents = [make_content(site) for _ in range(4)]
    by_hand = batches.start_batch(site.account_id, [row.id for row in contents[:2]], THE_APP)
    ids = [row.id for row in contents[2:]]
    due = batches.start_batch(site.account_id, ids, THE_APP, utcnow() + timedelta(hours=1))
    db.session.commit()
    db.session.execute(update(Run).values(enqueued_at=None, due_at=utcnow()))
    db.session.commit()
    assert recover_runs() == 1
    first = rows(due.id)[0].run
    assert first is not None
    assert waiting_jobs()[-1] == str(first.id)
    assert tally(by_hand.id).waiting == 2


@pytest.mark.parametrize("role", ["viewer", "stranger"])
def test_who_may_not_publish_may_not_touch_batches(
    role: str, site: Site, viewer_client: FlaskClient, stranger_client: FlaskClient
) -> None:
    batch = batches.start_batch(site.account_id, [make_content(site).id, make_content(site).id], THE_APP)
    db.session.commit()
    client, refused, seen = {"viewer": (viewer_client, 403, 200), "stranger": (stranger_client, 404, 404)}[role]
    for act in ("retry", "cancel"):
        assert client.post(f"/publishing/batches/{batch.id}/{act}/").status_code == refused
    page = client.get(f"/publishing/batches/{batch.id}/")
    assert (page.status_code, "Cancel the rest" in page.text) == (seen, False)
    listed = client.get("/publishing/batches/").text
    assert (f"/publishing/batches/{batch.id}/" in listed) == (role == "viewer")
    assert tally(batch.id).waiting == 2


def test_thousands_of_rows_are_a_few_questions(owner_client: FlaskClient, site: Site) -> None:
    many_contents(site, 2000)
    counts: list[int] = []
    for path, data in (
        ("/content/publish/", {"all_matching": "1", "filter": ""}),
        ("/content/publish/", {"all_matching": "1", "filter": ""}),
    ):
        with statements() as seen:
            assert owner_client.post(path, data=data).location == "/publishing/batches/1/"
        counts.append(len(seen))
    assert max(counts) < 40, counts
    assert db.session.scalar(select(func.count()).select_from(Run)) == 2000
    assert len(waiting_jobs()) == 1
    with statements() as seen:
        assert owner_client.get("/publishing/batches/1/?page=40").status_code == 200
    assert len(seen) < 20
    finish_all(state="failed")
    with statements() as seen:
        owner_client.post("/publishing/batches/1/retry/")
    assert (len(seen) < 20, tally(1).waiting) == (True, 2000)
    with statements() as seen:
        owner_client.post("/publishing/batches/1/cancel/")
    assert (len(seen) < 20, tally(1).cancelled) == (True, 2000)


def test_thousands_of_rows_are_scheduled_in_a_few_questions(owner_client: FlaskClient, site: Site) -> None:
    many_contents(site, 2000)
    with statements() as seen:
        page = owner_client.post("/content/schedule/choose/", data={"all_matching": "1", "filter": ""})
    assert (page.text.count('name="content_ids"'), len(seen) < 20) == (2000, True)
    ids = list(db.session.scalars(select(Content.id)))
    with statements() as seen:
        assert owner_client.post("/content/schedule/", data={"content_ids": ids, **AT}).status_code == 303
    assert len(seen) < 40
    assert (tally(1).later, len(waiting_jobs())) == (2000, 0)


def test_more_than_can_be_taken_is_refused_in_words(owner_client: FlaskClient, site: Site) -> None:
    ids = list(range(1, MOST_AT_ONCE + 2))
    answer = owner_client.post("/content/publish/", data={"content_ids": ids})
    assert (answer.status_code, "At most 5,000 items" in answer.text) == (422, True)


def test_rows_outlive_their_content_and_go_with_their_site(
    owner_client: FlaskClient, site: Site, account: Account
) -> None:
    other = make_site(account)
    gone, stays = make_content(site, title="Gone soon"), make_content(other)
    batch = batches.start_batch(account.id, [gone.id, stays.id], THE_APP)
    db.session.commit()
    db.session.delete(gone)
    db.session.commit()
    assert "Gone soon" in owner_client.get(f"/publishing/batches/{batch.id}/").text
    finish_all(state="failed")
    assert batches.retry_rows(account.id, THE_APP, batch.id) == 2
    db.session.commit()
    db.session.delete(db.session.get_one(Site, site.id))
    db.session.delete(db.session.get_one(Site, other.id))
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(PublishBatchRow)) == 0
    assert "Nothing is left of this batch" in owner_client.get(f"/publishing/batches/{batch.id}/").text


def test_rows_of_several_sites_are_found_chosen_and_published_together(
    owner_client: FlaskClient, site: Site, account: Account, stranger_client: FlaskClient
) -> None:
    other = make_site(account, name="Southside")
    make_content(site, title="Espresso north")
    there = make_content(other, title="Espresso south")
    address = f"/content/?site={site.id}"
    assert "Espresso south" not in owner_client.get(address).text
    everywhere = owner_client.get(f"{address}&sites=all").text
    assert ("Espresso south" in everywhere, "Espresso north" in everywhere) == (True, True)
    assert "/content/0/row/?sites=all" in everywhere  # each row puts its id there
    assert "Southside" in owner_client.get(f"/content/{there.id}/row/?sites=all").text
    assert "Espresso" not in stranger_client.get("/content/?sites=all").text
    owner_client.post("/content/publish/", data={"all_matching": "1", "filter": "sites=all&q=espresso"})
    page = owner_client.get(f"/publishing/batches/{only_batch().id}/").text
    assert ("Southside" in page, len(waiting_jobs())) == (True, 2)
