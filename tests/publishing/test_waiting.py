"""A site that is away for a while is waited for, and says so; nothing fails and no worker waits with it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

import jobs
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.runs import Run
from app.core.runs import services as runs
from app.publishing.services import start_publishes
from app.publishing.waiting import LONGEST, retry_delay
from app.sites.models import Site
from app.sites.wordpress_errors import wordpress_error
from tests.factories.blog import Blog
from tests.factories.pictures import add_images
from tests.factories.things import make_content
from tests.publishing.test_publish import publish

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "details", "age", "wait"),
    [
        ("MAINTENANCE", {"retry_after": "600"}, 0, 5),
        ("MAINTENANCE", {}, 30, 15),
        ("MAINTENANCE", {}, 300, 50),
        ("MAINTENANCE", {}, 895, 5),
        ("MAINTENANCE", {}, 901, None),
        ("RATE_LIMITED", {"retry_after": "90"}, 0, 90),
        ("RATE_LIMITED", {"retry_after": "Fri, 01 May 2026 12:02:00 GMT"}, 0, 120),
        ("RATE_LIMITED", {"retry_after": "soon"}, 0, 5),
        ("RATE_LIMITED", {"retry_after": "9" * 40}, 0, 900),
        ("RESOURCE_LIMIT", {"status": 508}, 0, 5),
        ("SERVER_ERROR", {"status": 502}, 0, 5),
        ("SERVER_ERROR", {"status": 504}, 60, 30),
        ("SERVER_ERROR", {"status": 500}, 0, None),
        ("ORIGIN_DOWN", {"status": 522}, 0, 5),
        ("TIMEOUT", {}, 0, None),
        ("FIREWALL", {"status": 403}, 0, None),
    ],
)
def test_how_long_is_waited(code: str, details: dict[str, object], age: int, wait: int | None) -> None:
    found = retry_delay(wordpress_error(code, details=details), NOW - timedelta(seconds=age), NOW)
    assert (found and found[0].total_seconds()) == wait
    assert found is None or found[1].split("(")[0].strip().endswith("waiting")


def test_what_is_no_error_of_the_site_is_not_waited_for() -> None:
    assert retry_delay(DomainError("No.", code="TITLE_EMPTY"), NOW, NOW) is None


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    blog.pair(site)
    return site


@pytest.fixture
def closed(blog: Blog) -> Iterator[Path]:
    """The WordPress is being updated until the file goes."""
    path = blog.wordpress.core / ".maintenance"
    path.write_text("<?php $upgrading = time(); ?>")
    yield path
    path.unlink(missing_ok=True)


def later(run: Run) -> Run:
    """The time that the run waits for has come."""
    db.session.execute(update(Run).where(Run.id == run.id).values(due_at=utcnow()))
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    return run


@pytest.mark.parametrize("pictures", [0, 2])
def test_a_publish_by_hand_waits_until_the_site_is_back(paired: Site, blog: Blog, closed: Path, pictures: int) -> None:
    content = make_content(paired)
    add_images(content, pictures)
    run = publish(content)
    assert (run.state, run.step, run.attempt) == ("queued", "The site is being updated; waiting (maintenance mode)", 1)
    assert run.due_at - utcnow() < timedelta(seconds=6)
    for _ in range(6):  # more often than anything else is tried again
        assert later(run).state == "queued"
    assert run.attempt == 1
    closed.unlink()
    assert later(run).data["verdict"] == "verified"
    assert blog.count("post") == 1


def test_after_a_quarter_of_an_hour_it_is_given_up_as_before(paired: Site, closed: Path) -> None:
    run = publish(make_content(paired))
    db.session.execute(update(Run).values(started_at=utcnow() - LONGEST))
    for _ in range(2):
        assert "Trying again in 10 s" in (later(run).step or "")
    assert (later(run).state, run.error and run.error["code"]) == ("failed", "MAINTENANCE")


def test_it_can_be_cancelled_while_it_waits(paired: Site, blog: Blog, closed: Path, owner_client: FlaskClient) -> None:
    run = publish(make_content(paired))
    assert "Cancel" in owner_client.get(f"/runs/{run.id}/", headers={"HX-Request": "true"}).text
    runs.cancel(db.session.get_one(Run, run.id))
    db.session.commit()
    closed.unlink()
    assert (later(run).state, blog.count("post")) == ("cancelled", 0)


def test_what_waits_behind_it_waits_too_and_does_not_ask_the_site(paired: Site, closed: Path) -> None:
    contents = [make_content(paired) for _ in range(3)]
    started = start_publishes(paired.account_id, [content.id for content in contents], THE_APP)
    db.session.commit()
    jobs.execute(str(started[0].id))
    db.session.expire_all()
    assert {run.step for run in started} == {"The site is being updated; waiting (maintenance mode)"}
    assert len({run.due_at for run in db.session.scalars(select(Run)) if run.id != started[0].id}) == 1
    assert all(run.due_at > utcnow() for run in started)
    closed.unlink()
    assert all(later(run).state == "succeeded" for run in started)


@pytest.mark.parametrize(
    ("status", "words"), [(429, "no more requests"), (502, "does not answer"), (504, "does not answer")]
)
def test_a_host_that_is_overrun_is_waited_for(paired: Site, blog: Blog, status: int, words: str) -> None:
    path = blog.wordpress.mu_plugins / "0-away.php"
    path.write_text(f"<?php if ('cli' !== PHP_SAPI) {{ http_response_code({status}); echo 'Away'; exit; }}")
    try:
        run = publish(make_content(paired))
        assert (run.state, words in (run.step or "")) == ("queued", True)
    finally:
        path.unlink()
    assert later(run).state == "succeeded"
    assert blog.count("post") == 1


@pytest.mark.parametrize(
    ("status", "words"), [("trash", "It is in WordPress's trash"), ("deleted", "deleted in WordPress")]
)
def test_the_editor_says_that_wordpress_has_it_no_more(
    site: Site, owner_client: FlaskClient, status: str, words: str
) -> None:
    content = make_content(
        site, status="draft", external_id=9, remote_status=status, external_url="https://a.example/x/"
    )
    for path in ("edit", "state"):
        page = owner_client.get(f"/content/{content.id}/{path}/").text
        assert words in page
        assert f"/content/{content.id}/drift/" in page
        assert "every 2s" in page
    content.remote_status = "publish"
    db.session.commit()
    assert words not in owner_client.get(f"/content/{content.id}/edit/").text
