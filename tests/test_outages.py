"""The database or Redis goes away and comes back: a sentence, no lost work, no server error page."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.extensions import db
from app.core.queue import depths
from app.core.runs import Run
from app.core.runs.services import recover_runs
from app.identity.models import User
from app.sites.models import Site
from tests.conftest import Engines
from tests.factories.people import PASSWORD
from tests.factories.things import make_content


@pytest.fixture
def without_redis(engines: Engines, app: Flask) -> Iterator[None]:
    engines.redis.stop()
    yield
    engines.redis.start()


@pytest.fixture
def without_postgres(engines: Engines, app: Flask) -> Iterator[Engines]:
    engines.postgres.stop()
    yield engines
    engines.postgres.start()


def test_work_that_is_started_without_redis_is_done_when_it_is_back(
    site: Site, owner_client: FlaskClient, engines: Engines
) -> None:
    content = make_content(site)
    engines.redis.stop()
    try:
        answer = owner_client.post("/content/publish/", data={"content_ids": content.id})
        assert answer.status_code == 303
        page = owner_client.get("/content/")
        assert page.status_code == 200
        assert "Waiting for its turn" in page.text
    finally:
        engines.redis.start()
    assert db.session.scalar(select(func.count()).where(Run.state == "queued")) == 1
    assert depths()["interactive"] == 0
    db.session.execute(Run.__table__.update().values(enqueued_at=None))
    db.session.commit()
    assert recover_runs() == 1
    assert depths()["interactive"] == 1


@pytest.mark.usefixtures("without_redis")
def test_pages_and_signing_in_work_without_redis(client: FlaskClient, owner: User) -> None:
    assert client.post("/login", data={"email": owner.email, "password": PASSWORD}).status_code == 303
    assert client.get("/dashboard/").status_code == 200
    health = client.get("/healthz")
    assert (health.status_code, health.json["checks"]["redis"]["ok"]) == (503, False)


def test_pages_without_the_database_say_so(owner_client: FlaskClient, without_postgres: Engines) -> None:
    for path in ("/dashboard/", "/content/", "/sites/"):
        answer = owner_client.get(path)
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert "Nothing was lost" in answer.text
        assert answer.headers["Retry-After"]
    assert owner_client.get("/no/such/page").status_code == 503
    partial = owner_client.get("/content/", headers={"HX-Request": "true"})
    assert partial.status_code == 503
    assert "does not answer" in partial.headers["HX-Trigger"]
    health = owner_client.get("/healthz")
    assert (health.status_code, health.json["checks"]["database"]["ok"]) == (503, False)
    without_postgres.postgres.start()
    assert owner_client.get("/dashboard/").status_code == 200
