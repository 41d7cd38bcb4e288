"""However a link names the site, it is one of its own: judged as such, and mended where visitors are redirected."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.linker import indexing, proposals
from app.linker.models import LinkPage, PageLink
from app.linker.pages import address_of, is_other_origin, leads_to, link_origin
from app.linker.plan import listing
from app.sites.models import Site
from tests.factories.work import newest_run, work
from tests.linker.conftest import live, pages
from tests.linker.test_linking import link, to
from tests.linker.test_plan import COLD, KETTLE, MILK, PRESS, apply, html_of, make_plan, rows_of

__all__ = ["pages"]
Pages = Mapping[str, Content]


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("http://www.example.com/a/", "/a"),
        ("//EXAMPLE.com:443/a?utm_source=mail&UTM_medium=x#part", "/a"),
        ("https://example.com/?p=12&fbclid=abc", "/?p=12"),
        ("/a/?replytocom=5&gclid=1", "/a?replytocom=5"),
        ("https://user@example.com/a/", "/a"),
        ("https://example.org/a", ""),
        ("https://example.com.evil.org/a", ""),
        ("https://[", ""),
    ],
)
def test_an_address_is_the_same_however_it_is_written(href: str, address: str) -> None:
    assert address_of(href, "https://example.com") == address


@pytest.mark.parametrize(
    ("href", "own", "is_other"),
    [
        ("http://example.com/a", "https://example.com/a", True),
        ("https://www.example.com/a", "https://example.com/a", True),
        ("//www.example.com/a", "https://example.com/a", True),
        ("//example.com/b", "https://example.com/a", False),
        ("https://EXAMPLE.com:443/b", "https://example.com/a", False),
        ("/b", "https://example.com/a", False),
        ("https://[", "https://example.com/a", False),
        ("https://example.com/a", "http://example.com/a", True),
    ],
)
def test_only_another_name_of_the_host_is_another_origin(href: str, own: str, is_other: bool) -> None:
    assert is_other_origin(link_origin(href), link_origin(own)) == is_other
    assert leads_to("http://www.example.com/a/?utm_source=x", "https://example.com/a", "https://example.com")


def written(site: Site, pages: Pages) -> Content:
    """A live page whose links name the site in every way."""
    cold, press, milk = (str(pages[title].external_url) for title in (COLD, PRESS, MILK))
    assert site.url.startswith("https://")
    html = (
        f'<p><a href="{cold.replace("https://", "http://")}?ref=1#top">one</a> and '
        f"<a class='x' href='{press.replace('https://', 'https://www.')}'>two</a> and "
        f'<a href="{milk.removeprefix("https:")}">three</a> and <a href="{cold}">four</a>, '
        f'<a href="{pages[KETTLE].external_url}?utm_source=x">five</a>.</p>'
    )
    content = live(site, "Everything", html)
    db.session.commit()
    return content


def test_links_that_name_the_site_in_another_way_are_its_own(site: Site, pages: Pages) -> None:
    content = written(site, pages)
    rows = make_plan(site)
    orphans = {row.content_id for row in rows["orphan"]}
    assert orphans.isdisjoint({pages[title].id for title in (COLD, PRESS, MILK, KETTLE)})
    assert "broken" not in rows
    told = {row.target_id: (row.fix, row.details["why"], row.details["count"], row.url) for row in rows["moved"]}
    assert told == {pages[title].id: ("retarget", "origin", 1, pages[title].external_url) for title in (COLD, PRESS)}
    plan = listing.link_plan_of(site)
    assert plan is not None
    assert (plan.figures["moved"], plan.figures["not_judged"]) == ([2, 0], 0)
    counted = select(LinkPage.content_id).where(LinkPage.links_in == 1)
    assert set(db.session.scalars(counted)) == {pages[title].id for title in (COLD, PRESS, MILK, KETTLE)}
    assert content.id not in set(db.session.scalars(counted))


def test_they_are_mended_to_the_present_address_and_put_back(
    site: Site, pages: Pages, owner_client: FlaskClient
) -> None:
    content = written(site, pages)
    before = content.content_html
    make_plan(site)
    assert "The link names the site in another way (http, www)" in owner_client.get("/linker/plan/").text
    batch = apply(site, *rows_of(site)["moved"])
    assert batch.mended == 2
    cold, press = str(pages[COLD].external_url), str(pages[PRESS].external_url)
    after = before.replace(cold.replace("https://", "http://"), cold)
    after = after.replace(press.replace("https://", "https://www."), press)
    assert html_of(content) == after
    assert "moved" not in make_plan(site)
    answer = owner_client.post(f"/linker/batches/{batch.id}/undo/")
    assert answer.status_code == 303
    assert work(newest_run()).state == "succeeded"
    assert html_of(content) == before


def test_no_second_link_is_put_in_beside_one_that_is_written_otherwise(site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    content = pages[COLD]
    there = str(pages[PRESS].external_url).replace("https://", "http://www.")
    content.content_html += f'<p>See <a href="{there}?utm_source=x">that</a>.</p>'
    db.session.commit()
    [claimed] = proposals.claim_links(THE_APP, [proposal.id], ("proposed",), "accepted")
    assert proposals.put_in(THE_APP, content, [claimed]) == 0
    assert claimed.state == "outdated"
    assert "already" in proposals.why_not(content, claimed).message


def test_a_link_with_a_counter_leads_to_its_page_in_the_index(site: Site, pages: Pages) -> None:
    written(site, pages)
    indexing.refresh(site)
    stmt = select(PageLink.origin, PageLink.address).where(PageLink.target_id == pages[KETTLE].id)
    assert db.session.execute(stmt).all() == [(link_origin(site.url), "/blog/descaling-a-kettle")]
