"""The checks of a text as it stands in the editor."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.clock import utcnow
from app.core.extensions import db
from app.publishing.checks.checklist import ChecklistItem, checklist, image_alts
from app.publishing.checks.editor_draft import Draft, Image
from app.publishing.schedule import services as schedule
from app.sites.models import Site
from tests.content.test_pages import edit
from tests.factories.pictures import add_images
from tests.factories.things import make_content

HTMX = {"HX-Request": "true"}
SITE = "https://shop.test"


def draft(html: str = "", **changes: Any) -> Draft:
    """A draft with nothing to look at but what a test changes."""
    values: dict[str, Any] = {
        "title": "Cold brew coffee at home",
        "slug": "cold-brew-coffee",
        "seo_title": "",
        "seo_description": "How to make cold brew coffee.",
        "keywords": ["cold brew coffee"],
        "images": [],
        "site_url": SITE,
        "pages": [f"{SITE}/ratio/"],
    }
    return Draft(html=html, **(values | changes))


def item(title: str, of: Draft, problems: Sequence[dict[str, Any]] = ()) -> ChecklistItem:
    """The line of this name."""
    return next(found for found in checklist(of, problems, []).items if found.title == title)


@pytest.mark.parametrize(
    ("html", "state", "why"),
    [
        ("<h2>A</h2><h3>B</h3><h4>C</h4><h2>D</h2>", "fine", []),
        ("<h2>A</h2><h4>C</h4>", "advice", ["a heading 4 after a heading 2"]),
        ("<h3>A</h3>", "advice", ["begins with a heading 3"]),
        ("<h1>A</h1><h2>B</h2>", "advice", ["a heading 1 in the text: the title is one already"]),
        (f"<p>{'word ' * 301}</p>", "advice", []),
        (f"<p>{'word ' * 299}</p>", "fine", []),
    ],
)
def test_headings_go_down_one_level_at_a_time(html: str, state: str, why: list[str]) -> None:
    found = item("Headings", draft(html))
    assert (found.state, [place.why for place in found.places]) == (state, why)


def test_images_want_an_alternative_text_where_they_stand() -> None:
    html = '<p><img src="a.png" alt="Beans"><img src="b.png"><img src="c.png" alt=" "></p>'
    assert image_alts(html) == ["Beans", "", ""]
    images = [
        Image(7, "jar.png", "", "gallery"),
        Image(8, "in.png", "", "inline"),
        Image(9, "x.png", "A jar", "featured"),
    ]
    places = item("Images", draft(html, images=images)).places
    assert [(place.image, place.field) for place in places] == [(1, ""), (2, ""), (None, "image-7-alt")]
    assert item("Images", draft("<p>x</p>")).says == "No images."


def test_the_main_keyword_is_looked_for_where_search_engines_look() -> None:
    html = "<p>Cold brew coffee is easy. Cold Brew Coffee!</p><h2>Brewing cold coffee</h2>"
    used = checklist(draft(html), [], []).keywords[0]
    assert (used.count, used.missing) == (2, [])
    lacking = item("Focus keyword", draft("<p>Tea.</p>", title="Tea", slug="tea"))
    assert lacking.says == "“cold brew coffee” is not in the title or the first paragraph or the headings or the slug."
    assert [place.field for place in lacking.places] == ["title", "slug"]
    assert item("Focus keyword", draft(keywords=[])).says == "None is chosen."


def test_links_that_lead_nowhere_are_named() -> None:
    html = (
        f'<p id="top2"><a href="{SITE}/ratio/">ratio</a> <a href="/gone/">gone</a> <a href="">empty</a> '
        '<a href="#top2">up</a> <a href="#no">no</a> <a href="https://other.com/x">other</a></p>'
    )
    checked = checklist(draft(html), [], [])
    problems = {link.words: link.problem for link in checked.links}
    assert {words for words, problem in problems.items() if problem} == {"gone", "empty", "no"}
    assert [link.words for link in checked.links if not link.is_internal and link.address] == ["other"]


def test_a_link_that_stops_a_publish_is_not_told_twice() -> None:
    html = '<p><a href="java\nscript:alert(1)">runs</a> <a href="file:///c/x">mine</a> <a href="/gone/">gone</a></p>'
    assert [place.words for place in item("Links", draft(html)).places] == ["gone"]


def test_what_stops_a_publish_comes_first_and_says_where() -> None:
    problem = {"message": "A script.", "field": "content", "cure": "Remove it.", "details": {"lines": ["<script>"]}}
    first = checklist(draft("<h1>x</h1>"), [problem], []).items[0]
    assert (first.state, first.says, first.cure, first.places[0].words) == (
        "blocks",
        "A script.",
        "Remove it.",
        "<script>",
    )


def test_the_list_is_of_what_is_in_the_editor_and_saves_nothing(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Moka", content_html="<p>Saved</p>", focus_keywords=["moka pot"])
    db.session.commit()
    address = f"/content/{content.id}/checklist/"
    assert "is not in the title" in owner_client.get(address, headers=HTMX).text
    sent = edit(content, title="Moka pot", content="<p>Moka pot</p><h1>Pot of moka</h1>", slug="moka-pot")
    html = owner_client.post(address, data={**sent, "focus_keywords": "moka pot"}, headers=HTMX).text
    assert "is where search engines look" in html
    assert "a heading 1 in the text" in html
    assert 'data-blocks="0"' in html
    emptied = owner_client.post(address, data={**sent, "title": " ", "content": ""}, headers=HTMX).text
    assert 'data-blocks="2"' in emptied  # neither title nor text
    db.session.expire_all()
    assert (content.content_html, content.version) == ("<p>Saved</p>", 1)
    assert "<html" in owner_client.get(address).text  # a page without script


def test_an_alternative_text_that_is_being_typed_counts(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Moka", content_html="<p>x</p>")
    image = add_images(content, 1)[0]
    image.alt = ""
    db.session.commit()
    address = f"/content/{content.id}/checklist/"
    assert "1 image without alternative text" in owner_client.get(address, headers=HTMX).text
    html = owner_client.post(address, data=edit(content, **{f"image-{image.id}-alt": "A jar"}), headers=HTMX).text
    assert "1 image, all described" in html


def test_a_content_is_scheduled_and_taken_off_without_leaving_the_editor(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, "Moka")
    db.session.commit()
    address = f"/content/{content.id}/publishing/"
    assert "Schedule it" in owner_client.get(address, headers=HTMX).text
    day = f"{utcnow() + timedelta(days=30):%Y-%m-%d}"
    refused = owner_client.post(
        f"{address}schedule/", data={"date": "2020-01-01", "time": "10:30", "zone": "UTC"}, headers=HTMX
    )
    assert refused.status_code == 422
    assert "This was not scheduled" in refused.text
    html = owner_client.post(
        f"{address}schedule/", data={"date": day, "time": "10:30", "zone": "UTC"}, headers=HTMX
    ).text
    assert "Goes live" in html
    assert "10:30" in html
    assert schedule.waiting_of(site.account_id, [content.id])
    assert "Goes live" not in owner_client.post(f"{address}unschedule/", headers=HTMX).text
    assert not schedule.waiting_of(site.account_id, [content.id])
    assert owner_client.post(f"{address}unschedule/", headers=HTMX).status_code == 200  # somebody was quicker


def test_what_differs_from_what_is_live_is_named(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, status="published", external_id=5, drift={"title": "ours", "slug": "both"})
    db.session.commit()
    html = " ".join(owner_client.get(f"/content/{content.id}/publishing/", headers=HTMX).text.split())
    assert "<dt>Not live yet</dt><dd>Title, Slug" in html
    assert "<dt>Changed in WordPress</dt><dd>Slug" in html
