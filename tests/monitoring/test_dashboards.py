"""Both dashboards: every number that leads to a list is the number of its rows, whoever looks and whatever is on."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import modules
from app.accounts.models import Account
from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.sites.models import Site
from tests.factories.people import NOBODY, SignIn, make_account, make_member
from tests.factories.things import make_site
from tests.monitoring.test_figures import LINK, fill, rows_of

LISTS = ("/planner/", "/writer/", "/content/?", "/runs/?", "/calendar/?", "/account/billing/usage/")
SAID = re.compile(r"<title>[^<]*: ([^<:]*)</title>")


def add_runs(site: Site) -> None:
    """Publishes of some weeks, with failures and one that found everything live; work under way and planned."""
    contents = db.session.scalars(select(Content).where(Content.site_id == site.id).order_by(Content.id)).all()
    for content, state in zip(contents, ("both", "theirs", "ours", "ours", "gone"), strict=False):
        content.sync_state = state
    ended = (
        ("succeeded", "Article", 0),
        ("succeeded", "Page", 1),
        ("succeeded", "Article", 9),
        ("succeeded", "Taxonomy", 40),
        ("succeeded", None, 2),
        ("failed", None, 3),
        ("failed", None, 33),
    )
    for number, (state, kind, days) in enumerate(ended):
        at = utcnow() - timedelta(days=days, seconds=1)
        run = Run(title=f"Publish {number}", kind="publish", state=state, subject_kind=kind, started_at=at, ended_at=at)
        run.subject_type, run.subject_id, run.created_at = "content", contents[number].id, at
        add(site, run)
    add(site, Run(title="Import", kind="import_keywords", state="running"))
    add(site, Run(title="Compare", kind="alike_new", state="queued"))
    db.session.commit()


def add(site: Site, run: Run) -> None:
    run.account_id, run.site_id, run.job = site.account_id, site.id, "jobs.none"
    db.session.add(run)


@pytest.fixture
def busy(site: Site, account: Account, owner: User) -> Site:
    """One of two sites that have some of everything, beside another account that has, too."""
    site.name, site.time_zone, owner.time_zone = "Coffee", "Asia/Kathmandu", "America/Los_Angeles"
    for place in (
        site,
        make_site(account, name="Tea", time_zone="Europe/Berlin"),
        make_site(make_account("Elsewhere")),
    ):
        fill(place, owner)
        add_runs(place)
    return site


def main_of(page: str) -> str:
    return page.split('id="main"', 1)[1].split("</main>", 1)[0]


def figures(page: str) -> Iterator[tuple[str, str, int]]:
    """(words, address, number) of each link to a list that shows a number, bars of graphs included."""
    for match in LINK.finditer(main_of(page)):
        address, inner = unescape(match[1]), unescape(match[2])
        bar = SAID.search(match[0])
        words = bar[1] if bar and "<rect" in inner else " ".join(re.sub(r"<[^>]+>", " ", inner).split())
        numbers = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", words)]
        if numbers and address.startswith(LISTS) and not words.endswith(" s") and 'class="btn' not in match[0]:
            yield words, address, sum(numbers)


def check(client: FlaskClient, page: str) -> dict[str, int]:
    """Count each number against its list; the largest number of each kind of list."""
    seen: dict[str, int] = {}
    shown = list(figures(page))
    for words, address, number in shown:
        if address not in seen:
            seen[address] = rows_of(client, address)
        assert (words, address, number) == (words, address, seen[address])
    assert shown
    return seen


def test_every_number_of_a_sites_dashboard_is_that_of_its_list(owner_client: FlaskClient, busy: Site) -> None:
    page = owner_client.get(f"/dashboard/?site={busy.id}").text
    seen = check(owner_client, page)
    words = " ".join(re.sub(r"<[^>]+>", " ", main_of(page)).split())
    for text in ("Keywords 7", "Ideas to use 3", "Scheduled 2", "Live 4 4 of 9 items", "Changed in WordPress 1"):
        assert text in words
    assert "80.0 % of the last 30 days: 1 failed" in words  # four were done, one of them found everything live
    assert "Working or waiting 2" in words
    assert seen[f"/content/?state=live_changed&site={busy.id}"] == 1


def test_every_number_of_the_accounts_dashboard_is_that_of_its_list(owner_client: FlaskClient, busy: Site) -> None:
    page = owner_client.get("/dashboard/").text
    seen = check(owner_client, page)
    assert seen["/content/?state=scheduled&sites=all"] == 4
    assert seen["/runs/?state=active&asked=people"] == 4
    totals = re.findall(r'pipeline-count num">(\d+)<', page)
    sites = re.split(r"<tr>\s*<td", page.split('id="sites-figures"', 1)[1])[1:]
    rows = [[int(number) for number in re.findall(r">(\d+)</(?:a|span)>", row)] for row in sites]
    assert [int(total) for total in totals] == [sum(column) for column in zip(*rows, strict=True)]


def test_who_sees_one_site_gets_the_figures_of_that_site_alone(
    account: Account, busy: Site, owner: User, sign_in: SignIn
) -> None:
    editor = sign_in(make_member(account, "editor", sites=[busy.id], time_zone="Pacific/Auckland"))
    page = editor.get("/dashboard/").text
    seen = check(editor, page)
    assert f"<h1>{busy.name}</h1>" in page
    assert seen[f"/content/?state=scheduled&site={busy.id}"] == 2
    assert "Credits" not in main_of(page)


def test_what_is_switched_off_has_no_figure(owner_client: FlaskClient, account: Account, busy: Site) -> None:
    for module in ("planner", "writer"):
        modules.switch(account.id, NOBODY, module, False)
    db.session.commit()
    for address in ("/dashboard/", f"/dashboard/?site={busy.id}"):
        page = main_of(owner_client.get(address).text)
        assert "/planner/" not in page
        assert "/writer/" not in page
        check(owner_client, owner_client.get(address).text)


def test_an_account_without_anything_is_shown_the_first_steps(
    owner_client: FlaskClient, viewer_client: FlaskClient, account: Account, site: Site
) -> None:
    page = main_of(owner_client.get("/dashboard/").text)
    assert "First steps" in page
    assert f'href="/planner/keywords/import/?site={site.id}"' in page
    assert f'href="/sites/{site.id}/settings/?tab=wordpress"' in page
    assert "pipeline" not in page
    assert "Working or waiting" not in page
    assert "/planner/keywords/import/" not in main_of(viewer_client.get("/dashboard/").text)
    make_site(account)
    page = main_of(owner_client.get("/dashboard/").text)
    assert f"First steps with {site.name}" in page
    assert "pipeline" not in page


def test_a_day_of_the_calendars_list_is_that_day_alone(owner_client: FlaskClient, busy: Site) -> None:
    page = owner_client.get("/calendar/?view=list&due=2031-02-03").text
    assert "Due on 3 February 2031" in page
    assert "Nothing is scheduled" in page
    assert "Due on" not in owner_client.get("/calendar/?view=list&due=9999-12-31").text.split("runs-list")[0]
