"""Links of new drafts to other sites are asked without anybody's doing."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.ai.tasks.draft import DraftResult
from app.content.models import Content
from app.core.extensions import db
from app.core.runs import Run
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.briefs import services
from app.writer.services import complete_task
from tests.factories.rules import tell
from tests.factories.things import make_task
from tests.factories.work import work
from tests.fakes.local_server import LocalServer


class NothingThere(BaseHTTPRequestHandler):
    """Answers that it is not there, but for the page itself."""

    def do_HEAD(self) -> None:
        """The status alone."""
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()

    def do_GET(self) -> None:
        """As for HEAD."""
        self.do_HEAD()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class OtherSite(LocalServer):
    """A site with one page."""

    handler = NothingThere


@pytest.fixture
def address() -> Iterator[str]:
    with OtherSite() as server:
        yield f"http://127.0.0.1:{server.port}"


def written(cluster: Cluster, html: str) -> Content:
    """A draft, with its events delivered."""
    task = make_task(cluster, "Moka pots")
    services.brief_of(task)
    texts = {"title": "T", "content_html": html, "excerpt": "x", "seo_title": "T", "seo_description": "x"}
    content = complete_task(task.account_id, task.id, DraftResult(**texts, slug="t", focus_keywords=[]))
    assert content is not None
    tell(content.site)
    return content


def checks() -> list[Run]:
    return list(db.session.scalars(select(Run).where(Run.kind == "check_new_links")))


def test_what_a_new_draft_links_to_is_asked_and_what_is_not_there_is_told(
    site: Site, cluster: Cluster, owner_client: FlaskClient, address: str
) -> None:
    site.url = "https://site.example"
    content = written(cluster, f'<p><a href="{address}/">here</a> and <a href="{address}/made-up/">made up</a></p>')
    page = f"/writer/contents/{content.id}/checks/"
    assert "2 links to other sites were not asked yet" in owner_client.get(page).text
    (run,) = checks()
    assert work(run).state == "succeeded", run.error
    told = owner_client.get(page).text
    assert "1 link leads nowhere that is known." in told
    assert "is not there any more (404)" in told
    assert "not asked yet" not in told


def test_nothing_is_asked_for_a_draft_that_stays_within_its_site(site: Site, cluster: Cluster) -> None:
    written(cluster, f'<p><a href="{site.url}/x/">x</a> <a href="/y/">y</a></p>')
    assert checks() == []
