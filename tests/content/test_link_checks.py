"""Links of contents to other sites are asked when a person wants to know, and what they answered is shown."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.models import Account
from app.content.links import work as link_work
from app.content.links.addresses import MOST_IN_A_TEXT, outside_addresses
from app.content.links.models import LinkCheck
from app.content.links.services import forget_old_checks, verdicts_of
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.publishing.checks.editor_reading import check_values
from app.sites.models import Site
from tests.factories.things import make_content, make_site
from tests.factories.work import put_back, work
from tests.fakes.local_server import LocalServer

STATUSES = {"/here": 200, "/gone": 404, "/failing": 503, "/members": 403, "/get-only": 200, "/moved": 301, "/big": 200}


class OtherSite(BaseHTTPRequestHandler):
    """Answers by path: see STATUSES. `/get-only` refuses HEAD."""

    fake: Any

    def do_HEAD(self) -> None:
        """The status alone."""
        self._answer(405 if self.path == "/get-only" else STATUSES.get(self.path, 404))

    def do_GET(self) -> None:
        """The status, and for `/big` more than anybody reads."""
        self._answer(STATUSES.get(self.path, 404))
        if self.path == "/big":
            try:
                for _ in range(64):
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                return

    def _answer(self, status: int) -> None:
        self.fake.asked[f"{self.command} {self.path}"] += 1
        self.send_response(status)
        if status == 301:
            self.send_header("Location", "/here")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class OtherSites(LocalServer):
    """Another site on this machine."""

    handler = OtherSite

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def address(self, path: str) -> str:
        """A whole address there."""
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def other(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherSites]:
    monkeypatch.setattr(link_work, "PAUSE_SECONDS", 0)
    site.url = "https://site.example"
    db.session.commit()
    with OtherSites() as server:
        yield server


def _linking(site: Site, addresses: list[str], title: str = "Links") -> Content:
    links = "".join(f'<p>See <a href="{address}">{address[-12:]}</a>.</p>' for address in addresses)
    return make_content(site, title, content_html=links)


def _outcomes(site: Site) -> dict[str, str]:
    rows = db.session.scalars(select(LinkCheck).where(LinkCheck.site_id == site.id))
    return {row.address.rsplit("/", 1)[1]: row.outcome for row in rows}


def _check(client: FlaskClient, content: Content) -> Run:
    client.post(f"/content/{content.id}/links/check/")
    runs = db.session.scalars(select(Run).where(Run.kind == "check_links").order_by(Run.created_at.desc()))
    return work(runs.all()[0])


def test_each_address_is_asked_and_said_what_it_answered(
    owner_client: FlaskClient, site: Site, other: OtherSites
) -> None:
    content = _linking(site, [other.address(path) for path in STATUSES] + ["http://127.0.0.1:9/closed"])
    run = _check(owner_client, content)
    assert run.state == "succeeded", run.error
    assert run.message is not None
    assert run.message.startswith("8 links to other sites: 3 work, 1 leads on to another address, 1 is not there any")
    assert _outcomes(site) == {
        "here": "works",
        "gone": "gone",
        "failing": "failing",
        "members": "refused",
        "get-only": "works",
        "moved": "moved",
        "big": "works",
        "closed": "unreachable",
    }
    assert other.asked["HEAD /get-only"] == other.asked["GET /get-only"] == 1
    assert "GET /big" not in other.asked
    page = " ".join(owner_client.get(f"/content/{content.id}/links/").text.split())
    assert "is not there any more (404)" in page
    assert "cannot be reached" in page
    assert "does not let programs look (403)" in page
    assert "leads on to" in page


def test_what_leads_nowhere_is_in_the_checklist(owner_client: FlaskClient, site: Site, other: OtherSites) -> None:
    content = _linking(site, [other.address("/gone"), other.address("/here#part")])
    before = check_values(site.account_id, content.id, {}, {})
    assert [link.problem for link in before.links] == ["", ""]
    _check(owner_client, content)
    after = check_values(site.account_id, content.id, {}, {})
    assert [link.problem for link in after.links] == ["is not there any more (404)", ""]


def test_one_address_of_many_contents_is_asked_once_and_not_again_within_the_hour(
    owner_client: FlaskClient, site: Site, other: OtherSites
) -> None:
    address = other.address("/here")
    contents = [_linking(site, [address, f"{address}#a"], f"Number {number}") for number in range(3)]
    owner_client.post("/content/links/check/", data={"content_ids": [content.id for content in contents]})
    work(db.session.scalars(select(Run)).one())
    _check(owner_client, contents[0])
    assert other.asked == {"HEAD /here": 1}
    db.session.execute(update(LinkCheck).values(checked_at=utcnow() - timedelta(hours=2)))
    db.session.commit()
    _check(owner_client, contents[0])
    assert other.asked == {"HEAD /here": 2}
    assert db.session.scalar(select(func.count(LinkCheck.id))) == 1


def test_all_that_match_are_checked(owner_client: FlaskClient, site: Site, other: OtherSites) -> None:
    _linking(site, [other.address("/here")], "Espresso")
    _linking(site, [other.address("/gone")], "Tea")
    owner_client.post("/content/links/check/", data={"all_matching": "1", "filter": "q=tea"})
    run = work(db.session.scalars(select(Run)).one())
    assert (run.state, other.asked["HEAD /here"], other.asked["HEAD /gone"]) == ("succeeded", 0, 1)


def test_a_check_that_was_killed_goes_on_where_it_was(owner_client: FlaskClient, site: Site, other: OtherSites) -> None:
    content = _linking(site, [other.address("/here"), other.address("/gone")])
    run = _check(owner_client, content)
    db.session.execute(update(LinkCheck).where(LinkCheck.outcome == "gone").values(checked_at=utcnow() - timedelta(1)))
    db.session.commit()
    put_back(run)
    assert work(run).state == "succeeded"
    assert (other.asked["HEAD /here"], other.asked["HEAD /gone"]) == (1, 2)


def test_addresses_inside_are_not_asked(
    owner_client: FlaskClient, site: Site, other: OtherSites, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "ALLOWED_PRIVATE_HOSTS", ())
    content = _linking(site, [other.address("/here")])
    assert _check(owner_client, content).state == "succeeded"
    assert (_outcomes(site), other.asked) == ({"here": "unreachable"}, {})


def test_verdicts_are_of_one_site(owner_client: FlaskClient, site: Site, other: OtherSites) -> None:
    address = other.address("/here")
    _check(owner_client, _linking(site, [address]))
    second = make_site(db.session.get_one(Account, site.account_id), name="Second", url="https://second.example")
    assert set(verdicts_of(site.account_id, site.id, [address])) == {address}
    assert verdicts_of(site.account_id, second.id, [address]) == {}


def test_a_text_without_links_says_so(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Plain", content_html="<p>No links.</p>")
    assert "links to no other site" in owner_client.get(f"/content/{content.id}/links/").text
    assert _check(owner_client, content).message == "1 content links to no other site."


def test_what_is_old_is_forgotten(owner_client: FlaskClient, site: Site, other: OtherSites) -> None:
    _check(owner_client, _linking(site, [other.address("/here")]))
    forget_old_checks()
    assert _outcomes(site) == {"here": "works"}
    db.session.execute(update(LinkCheck).values(checked_at=utcnow() - timedelta(days=91)))
    forget_old_checks()
    assert _outcomes(site) == {}


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        ('<a href="https://a.example/x#part">a</a><A HREF=https://a.example/x>b</A>', ["https://a.example/x"]),
        ('<a href="/own">a</a><a href="https://www.site.example/b">b</a><a href="#c">c</a>', []),
        ('<a href="mailto:a@b.example">a</a><a href="javascript:1">b</a><a href="http://[">c</a><a>d</a>', []),
        ('<a href="//cdn.example/y?a=1&amp;b=2">a</a>', ["https://cdn.example/y?a=1&b=2"]),
        (f'<a href="https://long.example/{"x" * 3000}">a</a><a href="http://localhost/">b</a>', []),
        ("<div>" * 5000 + '<a href="https://deep.example/">a</a>', None),
    ],
)
def test_addresses_of_other_sites_in_a_text(html: str, addresses: list[str] | None) -> None:
    found = outside_addresses(html, "https://site.example")
    assert found == addresses if addresses is not None else len(found) <= 1


def test_a_text_of_very_many_links_is_bounded() -> None:
    html = "".join(f'<a href="https://a.example/{number}">x</a>' for number in range(MOST_IN_A_TEXT + 5))
    assert len(outside_addresses(html, "https://site.example")) == MOST_IN_A_TEXT
