"""What is in WordPress's trash or was deleted there is published or scheduled only by somebody who looked at both."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

import jobs
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.runs import Run
from app.publishing import services
from app.publishing.batches import services as batches
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from tests.factories.batches import only_batch, rows
from tests.factories.blog import Blog
from tests.factories.things import make_content

CURES = {"trash": "Restore it from WordPress", "deleted": "publish it as a new post"}


def at_nine() -> dict[str, str]:
    return {"date": (utcnow() + timedelta(days=2)).date().isoformat(), "time": "09:00", "zone": "UTC"}


@pytest.fixture(params=CURES)
def away(request: pytest.FixtureRequest, site: Site) -> Content:
    return make_content(site, "Away", remote_status=request.param, sync_state="gone")


def test_it_is_neither_published_nor_scheduled(away: Content) -> None:
    ids = [away.id]
    later = utcnow() + timedelta(days=1)
    for attempt in (
        lambda: services.start_publishes(away.account_id, ids, THE_APP),
        lambda: schedule.schedule(away.account_id, ids, later, THE_APP),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "DELETED_IN_WORDPRESS"
        assert CURES[away.remote_status] in refused.value.cure
        assert refused.value.details == {"link": f"/content/{away.id}/drift/"}
    assert db.session.scalars(select(Run)).all() == []


def test_a_click_says_why_and_what_helps(owner_client: FlaskClient, away: Content) -> None:
    answer = owner_client.post("/content/publish/", data={"content_ids": [away.id]}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert CURES[away.remote_status] in answer.headers["HX-Trigger"]
    answer = owner_client.post("/content/schedule/", data={"content_ids": [away.id], **at_nine()})
    assert answer.status_code == 422
    assert CURES[away.remote_status] in answer.text


def test_the_checklist_says_it_before_the_click(owner_client: FlaskClient, away: Content) -> None:
    page = owner_client.get(f"/content/{away.id}/checklist/").text
    assert "One thing stops a publish." in page
    assert CURES[away.remote_status] in page


def test_of_many_the_others_go_and_it_is_said_how_many_were_left_out(
    owner_client: FlaskClient, site: Site, away: Content
) -> None:
    ids = [make_content(site).id, away.id, make_content(site).id]
    owner_client.post("/content/schedule/", data={"content_ids": ids, **at_nine()})
    page = owner_client.get(f"/publishing/batches/{only_batch().id}/").text
    assert "Scheduled 2 items for" in page
    assert "Left out: 1 item in WordPress&#39;s trash or deleted there." in page
    assert [view.state for view in rows(only_batch().id)] == ["scheduled", "failed", "scheduled"]
    assert CURES[away.remote_status] in page
    assert batches.retry_rows(site.account_id, THE_APP, only_batch().id) == 0


def test_a_publish_that_waited_while_it_was_trashed_stops(site: Site, blog: Blog) -> None:
    blog.pair(site)
    content = make_content(site)
    (run,) = services.start_publishes(site.account_id, [content.id], THE_APP)
    db.session.execute(update(Content).values(remote_status="trash", sync_state="gone"))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.refresh(run)
    assert (run.state, (run.error or {})["code"]) == ("failed", "DELETED_IN_WORDPRESS")
    assert blog.count("post") == 0
