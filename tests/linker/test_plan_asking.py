"""A link is only taken away when the site itself says that nothing is there: not everything was ever imported."""

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.content.models import Content
from app.core.errors import Conflict
from app.core.extensions import db
from app.linker.plan import asking
from app.linker.plan.listing import link_plan_of
from app.linker.plan.wording import change_of, problem_of
from app.sites.models import Site
from tests.fakes.local_server import LocalServer
from tests.linker.conftest import live, pages
from tests.linker.test_plan import Pages, apply, html_of, make_plan

__all__ = ["pages"]
ANSWERS = {
    "/events/tasting": 200,
    "/members": 403,
    "/busy": 503,
    "/to-kettles": "/blog/descaling-a-kettle/",
    "/to-shop": "/shop-of-a-plugin/",
    "/shop-of-a-plugin/": 200,
    "/sent-home": "/",
    "/": 200,
    "/blog/descaling-a-kettle/": 200,
}


class Blog(BaseHTTPRequestHandler):
    """Has pages that were never imported; sends some visitors on."""

    fake: Any

    def do_HEAD(self) -> None:
        """The status alone."""
        self.fake.asked[self.path] += 1
        answer = ANSWERS.get(self.path, 404)
        self.send_response(301 if isinstance(answer, str) else answer)
        if isinstance(answer, str):
            self.send_header("Location", answer)
        self.end_headers()

    def do_GET(self) -> None:
        """The same."""
        self.do_HEAD()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class Blogs(LocalServer):
    """The site on this machine."""

    handler = Blog

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()


@pytest.fixture
def blog_site(site: Site) -> Iterator[Blogs]:
    """The site, at an address that answers."""
    with Blogs() as server:
        site.url = f"http://127.0.0.1:{server.port}"
        db.session.commit()
        yield server


HREFS = ("/events/tasting/", "/members/", "/busy/", "/to-kettles/", "/to-shop/", "/sent-home/", "/lost/", "/?p=424242")


@pytest.fixture
def source(site: Site, blog_site: Blogs, pages: Pages) -> Content:
    """A live page with a link to each of these."""
    links = " ".join(f'<a href="{href}">link {n}</a>' for n, href in enumerate(HREFS))
    content = live(site, "Source", f"<p>Read {links}.</p>")
    db.session.commit()
    return content


def test_only_what_the_site_says_is_gone_can_be_taken_away(site: Site, blog_site: Blogs, source: Content) -> None:
    rows = make_plan(site)
    broken = {row.address: (row.fix, row.state) for row in rows["broken"]}
    assert broken == {
        "/lost": ("unlink", "open"),
        "/?p=424242": ("unlink", "open"),
        **dict.fromkeys(("/members", "/busy", "/sent-home"), ("", "seen")),
    }
    assert [(row.address, row.fix, row.url) for row in rows["moved"]] == [
        ("/to-kettles", "retarget", f"{site.url}/blog/descaling-a-kettle/")
    ]
    plan = link_plan_of(site)
    assert plan is not None
    figures = plan.figures
    assert (figures["broken"], figures["moved"], figures["not_judged"]) == ([5, 3], [1, 0], 2)
    busy = next(row for row in rows["broken"] if row.address == "/busy")
    assert ("did not say so" in problem_of(busy), change_of(busy)) == (True, "")
    with pytest.raises(Conflict):
        apply(site, busy)
    apply(site)
    html = html_of(source)
    assert all(f'<a href="{href}">' in html for href in ("/events/tasting/", "/members/", "/busy/", "/to-shop/"))
    assert "/lost/" not in html


def test_a_site_that_does_not_answer_loses_no_link(
    site: Site, source: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.url = "http://127.0.0.1:9"
    db.session.commit()
    rows = make_plan(site)
    assert {(row.fix, row.state) for row in rows["broken"]} == {("", "seen")}


def test_a_site_is_asked_about_each_address_once_and_about_no_more_than_so_many(
    site: Site, blog_site: Blogs, source: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(site, "Another source", '<p><a href="/lost/">lost</a> <a href="/lost#x">again</a></p>')
    make_plan(site)
    assert blog_site.asked["/lost"] == 2  # for its headers, and once as a browser asks
    blog_site.asked.clear()
    monkeypatch.setattr(asking, "MOST_ASKED", 1)
    rows = make_plan(site)
    assert len(blog_site.asked) == 1
    assert any(row.state == "seen" for row in rows["broken"])
