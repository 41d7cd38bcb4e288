"""Every figure that leads to a list is the number of rows of that list, and figures of one thing agree."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.billing.models import CreditUsage
from app.content.state import LABELS
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from tests.factories.people import actor_of, make_account
from tests.factories.things import (
    make_cluster,
    make_content,
    make_idea,
    make_keyword,
    make_site,
    make_task,
    make_term,
)

HTMX = {"HX-Request": "true"}
LINK = re.compile(r'<a\b[^>]*?href="([^"]+)"[^>]*>([\s\S]*?)</a>')


@pytest.fixture
def busy(site: Site, account: Account, owner: User) -> Site:
    """A site with some of everything, beside another site and account that have some too."""
    for place in (site, make_site(account), make_site(make_account("Elsewhere"))):
        fill(place, owner)
    return site


def fill(site: Site, owner: User) -> None:
    clusters = [make_cluster(site, f"Cluster {n}") for n in range(3)]
    for n in range(7):
        make_keyword(site, f"word {n}", cluster_id=clusters[n % 2].id if n < 5 else None)
    for n in range(4):
        make_idea(clusters[n % 2], f"Idea {n}", task_id=n if n == 0 else None)
    make_task(clusters[0], "Waits"), make_task(clusters[0], "Done", status="completed")
    made = (
        ("draft", "", "igny8"),
        ("draft", "publish", "wordpress"),
        ("draft", "publish", "wordpress"),
        ("draft", "trash", "igny8"),
        ("published", "publish", "igny8"),
        ("published", "publish", "wordpress"),
        ("published", "publish", "igny8"),
    )
    kinds = ("Article", "Page", "Article", "Product", "Article", "Page", "Taxonomy")
    for n, (status, remote, source) in enumerate(made):
        make_content(
            site,
            f"Piece {n}",
            status=status,
            remote_status=remote,
            source=source,
            content_type=kinds[n],
            external_id=900 + n if remote else None,
            cluster_id=clusters[n % 3].id if n % 2 else None,
        )
    make_term(site, "Known", external_id=5), make_term(site, "Ours only")
    for n, title in enumerate(("Due today", "Due later")):
        content = make_content(site, title)
        schedule.schedule(site.account_id, [content.id], utcnow() + timedelta(seconds=5, days=n * 3), actor_of(owner))
    db.session.commit()


def rows_of(client: FlaskClient, address: str) -> int:
    """How many rows the list at this address has in all."""
    page = client.get(unescape(address)).text
    found = re.search(r'class="region" id="[^"]*" data-total="(\d+)"', page)
    if found:
        return int(found[1])
    return len(re.findall(r'<li>\s*<div class="grow"><strong>', page))  # the calendar's list


def figures(html: str) -> Iterator[tuple[str, str, int]]:
    """(words, address, number) of each link that shows a number."""
    for address, inner in LINK.findall(html):
        words = " ".join(re.sub(r"<[^>]+>", " ", inner).split())
        numbers = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", words)]
        if numbers and address.startswith("/"):
            yield words, address, sum(numbers)


def section(html: str, start: str, end: str) -> str:
    return html.split(start, 1)[1].split(end, 1)[0]


def test_the_cluster_lists_figures_are_those_of_their_lists(owner_client: FlaskClient, busy: Site) -> None:
    page = section(owner_client.get("/planner/clusters/").text, 'id="clusters-region"', "</body>")
    shown = list(figures(section(page, "<tbody>", "</tbody>")))
    assert len(shown) >= 6
    for _, address, number in shown:
        if "/planner/clusters/" not in address:
            assert (address, rows_of(owner_client, address)) == (address, number)


def test_a_clusters_page_counts_what_it_lists(owner_client: FlaskClient, busy: Site) -> None:
    ids = re.findall(r'href="/planner/clusters/(\d+)/"', owner_client.get("/planner/clusters/").text)
    for cluster_id in set(ids):
        page = owner_client.get(f"/planner/clusters/{cluster_id}/").text
        keywords, ideas = (int(found) for found in re.findall(r'<span class="count">(\d+)</span>', page))
        assert ideas == rows_of(owner_client, f"/planner/ideas/?cluster={cluster_id}")
        assert keywords == rows_of(owner_client, f"/planner/keywords/?cluster={cluster_id}")
        assert f"{keywords} keyword" in page
        tabs = owner_client.get(f"/content/by-cluster/{cluster_id}/", headers=HTMX).text
        total = 0
        for _, address, number in (row for row in figures(tabs) if "by-cluster" in row[1]):
            listed = owner_client.get(unescape(address), headers=HTMX).text
            assert len(re.findall(r"<tr>\s*<td class=\"main-cell\">", listed)) == number
            total += number
        assert total == rows_of(owner_client, f"/content/?cluster={cluster_id}")


def test_the_keyword_pages_figure_is_that_of_its_list(owner_client: FlaskClient, busy: Site) -> None:
    page = owner_client.get("/planner/keywords/").text
    ((words, address, number),) = [row for row in figures(page) if "not in a cluster" in row[0]]
    assert (words, rows_of(owner_client, address)) == ("2 keywords not in a cluster", number)


def test_usage_figures_are_those_of_the_log(owner_client: FlaskClient, owner: User, busy: Site) -> None:
    db.session.add_all(
        CreditUsage(
            account_id=busy.account_id,
            key=f"k{n}",
            operation="ideas",
            credits=3,
            object_type="cluster",
            object_id=n,
            object_title="C",
            provider="x",
            tokens_in=1,
            tokens_out=1,
            created_at=utcnow() - timedelta(days=n * 20),
        )
        for n in range(3)
    )
    db.session.commit()
    page = owner_client.get("/account/billing/usage/").text
    assert rows_of(owner_client, "/account/billing/usage/") == 2
    assert re.search(r"Operations</dt><dd>2", page)
    assert re.search(r"Credits</dt><dd>6", page)
    assert owner_client.get("/account/billing/usage.csv").text.count("\n") == 3
    assert "Credits by day, 6 in all" in owner_client.get("/account/billing/").text


def test_the_states_of_content_share_it_out(owner_client: FlaskClient, busy: Site) -> None:
    whole = rows_of(owner_client, "/content/")
    parts = {name: rows_of(owner_client, f"/content/?state={name}") for name in LABELS}
    assert whole == sum(parts.values()) == 9
    assert {name: count for name, count in parts.items() if count} == {
        "draft": 1,
        "scheduled": 2,
        "live": 5,
        "wp_trash": 1,
    }
    assert rows_of(owner_client, "/content/?state=any_live") == 5
