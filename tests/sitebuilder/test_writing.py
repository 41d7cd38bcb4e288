"""Ten pages are written side by side, each with a task of the Writer; what fails is tried again alone."""

import json
import threading
import time
from html import escape

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder import actions, writing
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.models import PageBlueprint
from app.sitebuilder.versions import blueprint_of, pages_of
from app.sites.models import Site
from app.writer.models import Task
from tests.factories.built import make_planned_site
from tests.factories.stripe import credits_left, give_credits
from tests.factories.work import newest_run, work
from tests.fakes.openai_server import FakeOpenAI, Seen

NO_TEXT = json.dumps({"sections": []})


@pytest.fixture
def ten(site: Site) -> list[PageBlueprint]:
    """The pages of a planned site."""
    first = make_planned_site(site, "Roof & Co")
    more = [
        PageBlueprint(
            account_id=site.account_id,
            site_id=site.id,
            blueprint_id=first.blueprint_id,
            slug=f"page-{number}",
            title=f"Page {number}",
            page_type="custom",
            position=number,
            blocks=[new_section("hero", {"heading": f"Old {number}"})],
        )
        for number in range(2, 11)
    ]
    db.session.add_all(more)
    db.session.commit()
    return pages_of(blueprint_of(site.account_id, first.blueprint_id))


def write(pages: list[PageBlueprint]) -> Run:
    actions.start_page_texts(pages[0].account_id, THE_APP, pages[0].blueprint_id, [page.id for page in pages])
    db.session.commit()
    return work(newest_run())


class Model:
    """Answers with a heading made of the page's title, after a while; not for pages that it `cannot` write."""

    def __init__(self, cannot: set[str]) -> None:
        self.cannot, self.busy, self.most = cannot, 0, 0
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> str:
        with self._lock:
            self.busy += 1
            self.most = max(self.most, self.busy)
        time.sleep(0.3)
        with self._lock:
            self.busy -= 1
        title = seen.data["page"]["title"]
        texts = [{"kind": "hero", "fields": {"heading": f"New of {title}"}}]
        return NO_TEXT if title in self.cannot else json.dumps({"sections": texts})


def test_ten_pages_at_once_and_the_failed_ones_again(
    account: Account, site: Site, ten: list[PageBlueprint], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credits(account, plan=1000)
    model = Model({"Page 4", "Page 9"})
    monkeypatch.setattr(openai, "content_for", model)
    run = write(ten)
    assert run.state == "succeeded", run.error
    assert str(run.message).startswith("8 pages written. 2 pages could not be written: Page ")
    assert 1 < model.most <= writing.MOST_AT_ONCE
    failed = [int(page_id) for page_id in run.data["failed"]]
    db.session.expire_all()
    assert {page.title for page in ten if page.id in failed} == {"Page 4", "Page 9"}
    assert credits_left(account) == (1000 - 8 * 20, 0), "what failed costs nothing"

    model.cannot.clear()
    assert write([page for page in ten if page.id in failed]).message == "2 pages written."
    assert credits_left(account) == (800, 0)
    contents = db.session.scalars(select(Content).where(Content.site_id == site.id).order_by(Content.id)).all()
    tasks = db.session.scalars(select(Task).where(Task.site_id == site.id)).all()
    assert len(contents) == len(tasks) == 10
    assert {task.status for task in tasks} == {"completed"}
    assert {content.task_id for content in contents} == {task.id for task in tasks}
    assert {content.cluster_id for content in contents} == {task.cluster_id for task in tasks}
    assert {task.cluster.name for task in tasks} == {"Roof & Co"}
    assert all(f"New of {escape(content.title)}" in content.content_html for content in contents)


def test_a_run_of_which_nothing_could_be_written_fails_and_says_why(
    account: Account, ten: list[PageBlueprint], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credits(account, plan=100)
    monkeypatch.setattr(openai, "content_for", lambda _seen: NO_TEXT)
    run = write(ten[:1])
    assert (run.state, (run.error or {})["code"]) == ("failed", "PAGES_FAILED")
    assert "do not fit the sections of the page" in (run.error or {})["message"]
    assert credits_left(account) == (100, 0)


def test_cancelling_keeps_what_is_written(
    account: Account, site: Site, ten: list[PageBlueprint], openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_credits(account, plan=1000)
    monkeypatch.setattr(openai, "content_for", Model(set()))
    whole = writing._store_page

    def stores_and_cancels(*args: object) -> None:
        whole(*args)  # type: ignore[arg-type]
        run = newest_run()
        run.cancel_requested = True
        db.session.commit()

    monkeypatch.setattr(writing, "_store_page", stores_and_cancels)
    run = write(ten)
    assert run.state == "cancelled"
    written = len(db.session.scalars(select(Content.id).where(Content.site_id == site.id)).all())
    assert 1 <= written < 10
    assert credits_left(account) == (1000 - 20 * written, 0)
