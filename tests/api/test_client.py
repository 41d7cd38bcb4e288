"""A client that is generated from the document walks from keywords to a live post, on a real WordPress."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask

from app.accounts.models import Account
from app.config import ROOT
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from tests.api.conftest import MakeCaller
from tests.factories.blog import Blog
from tests.factories.things import make_site
from tests.factories.work import work

KEYWORDS = "keyword,volume\ntrail running shoes,1300\nbest trail running shoes,900\ntrail running shoes for women,700"

TEXT = "<p>Trail running shoes grip where roads end.</p><h2>How to choose</h2><p>Try them on in the evening.</p>"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The client's package, as `make client` makes it."""
    folder = tmp_path_factory.mktemp("client")
    command = ["-m", "openapi_python_client", "generate", "--path", "docs/openapi.json"]
    command += ["--config", "scripts/api_client.yml", "--meta", "none", "--output-path", str(folder / "igny8_client")]
    made = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert "Warning" not in made.stdout + made.stderr, "the generator left something out"
    sys.path.insert(0, str(folder))
    yield "igny8_client"
    sys.path.remove(str(folder))


class Api:
    """The generated client of a token, whose functions and types are found by their names."""

    def __init__(self, app: Flask, package: str, key: str) -> None:
        self.package = package
        self.client: Any = import_module(package).AuthenticatedClient(
            base_url="http://localhost/api/v1",
            token=key,
            raise_on_unexpected_status=True,
            httpx_args={"transport": httpx.WSGITransport(app=app)},
        )

    def type(self, name: str, *value: str, **values: Any) -> Any:
        """A body, or another type of the document."""
        return getattr(import_module(f"{self.package}.models"), name)(*value, **values)

    def call(self, name: str, *path: Any, **values: Any) -> Any:
        """What an endpoint answers, as its type."""
        module = import_module(f"{self.package}.api.{name}")
        answer = module.sync(*path, client=self.client, **values)
        assert type(answer).__name__ != "Failed", answer.error
        return answer.result

    def wait_for(self, run: Any) -> None:
        """Have a worker do the run, and ask how it ended."""
        stored = db.session.get_one(Run, run.id)
        if stored.is_active:
            work(stored)
        ended = self.call("runs.show_run", run.id)
        assert ended.state == "succeeded", ended.error


@pytest.fixture
def api(app: Flask, package: str, make_caller: MakeCaller, account: Account, owner: User) -> Api:
    return Api(app, package, make_caller(account, owner).key or "")


def test_keywords_become_a_live_post(api: Api, account: Account, blog: Blog) -> None:
    blog.pair(make_site(account))
    [site] = api.call("sites.show_sites")
    of_site = {"site_id": site.id}
    body = api.type("ImportGiven", text=KEYWORDS, **of_site)
    api.wait_for(api.call("planner.import_keyword_text", body=body, idempotency_key="import-1").run)
    order = api.type("ShowKeywordsSort", "-volume")
    keywords = api.call("planner.show_keywords", sort=order, **of_site)
    assert [keyword.volume for keyword in keywords] == [1300, 900, 700]
    api.wait_for(api.call("planner.make_clusters", body=api.type("ClusteringGiven", **of_site)))
    cluster = api.call("planner.show_clusters", **of_site)[0]
    assert cluster.keywords >= 1
    api.wait_for(api.call("planner.find_ideas", body=api.type("ClusterIds", cluster_ids=[cluster.id])))
    ideas = [idea for idea in api.call("planner.show_ideas", **of_site) if idea.content_type == "Article"]
    made = api.call("writer.tasks_of_ideas", body=api.type("IdeaIds", idea_ids=[ideas[0].id]))
    assert (made.made, made.had) == (1, 0)
    [task] = api.call("writer.show_tasks", **of_site)
    api.wait_for(api.call("writer.write_drafts", body=api.type("TaskIds", task_ids=[task.id])))
    [row] = api.call("content.show_contents", **of_site)
    content = api.call("content.show_content", row.id)
    assert content.content_html
    assert isinstance(content.created_at, datetime)
    assert content.created_at <= datetime.now(UTC)
    words = {"title": "Shoes for rough trails", "slug": "rough-trails", "content_html": TEXT}
    changes = api.type("ContentChanges", **words)  # without a model the draft is an outline
    api.call("content.change_content", content.id, body=changes, if_match=f'"{content.version}"')
    start = api.call("content.publish_contents", body=api.type("ContentIds", content_ids=[content.id]))
    api.wait_for(start.run)
    live = api.call("content.show_content", content.id)
    assert (live.status, live.state) == ("published", "live")
    assert "Shoes for rough trails" in blog.get(live.external_url).text


def test_what_is_refused_is_a_type_too(api: Api, package: str) -> None:
    module = import_module(f"{package}.api.planner.show_keyword")
    refused = module.sync(999, client=api.client)
    assert (type(refused).__name__, refused.error.code) == ("Failed", "NOT_FOUND")


def test_the_client_is_made_of_the_whole_document(package: str) -> None:
    folder = Path(import_module(package).__file__ or "").parent
    assert len(list((folder / "api").glob("*/[!_]*.py"))) > 140
