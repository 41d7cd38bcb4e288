"""Pages that show two versions beside each other: harm of either side, ours or WordPress's, is shown as text."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from app.content.models import Content
from app.content.services import update_content
from app.core.extensions import db
from app.core.side_by_side import side_by_side
from app.sites.models import Site
from tests.factories.things import make_content
from tests.security.test_markup import ATTACKS
from tests.sync.conftest import real
from tests.sync.real import Real

__all__ = ["real"]
BREAKING = (
    "</td></tr></table><script>zq()</script>",
    "</textarea><script>zq()</script>",
    '"><script>zq()</script>',
    "'><img src=x onerror=zq()>",
    "<!--",
    "]]>",
    "{{7*7}}",
    "{% raw %}",
    "</title><script>zq()</script>",
)
ALL = (*ATTACKS, *BREAKING)


class Page(HTMLParser):
    """What a browser would run: handlers, scripts with words in them, addresses that are code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.harm: list[str] = []
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._script = tag == "script" and given.get("type") != "application/json"
        for name, value in given.items():
            if (
                name.startswith("on")
                or name in ("srcdoc", "style", "formaction")
                or name.startswith(("hx-on", "data-hx"))
            ):
                self.harm.append(f"{tag} {name}")
            if name in ("href", "src", "action", "data", "hx-get", "hx-post") and (
                value.lower().lstrip().startswith(("javascript:", "data:text", "vbscript:")) or "evil" in value
            ):
                self.harm.append(f"{tag} {name}={value}")
        if tag in ("iframe", "object", "embed", "base", "math"):
            self.harm.append(tag)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.harm.append("script")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.harm.append(f"script {data}")


def harm_in(html: str) -> list[str]:
    """What would run or load, save for the one frame of ours that every page ends with (templates/_sign_in.html)."""
    own = re.compile(r'<iframe title="Sign in" data-sign-in="/log[^"<>]*"\s+data-signed-in="/[\w/-]*"></iframe>')
    head, dialog, rest = html.rpartition('id="sign-in-again"')
    return Page(head + dialog + own.sub("", rest, count=1)).harm


def test_the_judge_sees_harm(app: Flask) -> None:
    seen = [attack for attack in ATTACKS if harm_in(attack)]
    assert len(seen) > len(ATTACKS) * 0.6
    with app.test_request_context():
        own = render_template("_sign_in.html")
    assert harm_in(own) == [], own
    assert harm_in(f"<iframe src='/login'></iframe>{own}<iframe></iframe>") == ["iframe", "iframe"]
    assert harm_in(own.replace("<iframe ", "<iframe src='https://evil.example' ")) == [
        "iframe src=https://evil.example",
        "iframe",
    ]


def test_the_page_that_compares_shows_both_sides_as_text(real: Real, owner_client: FlaskClient) -> None:
    whole = "\n\n".join(f"<p>{number}</p>{attack}" for number, attack in enumerate(ALL))
    content = make_content(real.site, title="First", content_html="<p>One</p>")
    assert real.publish(content).state == "succeeded"
    row = db.session.get_one(Content, content.id)
    ours = {
        "title": f"Ours {ALL[0]}",
        "excerpt": "Ours " + ALL[-1],
        "content_html": whole,
        "seo_title": ALL[1],
        "seo_description": ALL[2],
    }
    update_content(row.id, row.account_id, ours, expected_version=row.version)
    db.session.commit()
    theirs = whole.replace("zq()", "theirs()").replace("alert(1)", "alert(2)")
    # Past every filter of WordPress: straight in its database, as an intruder there would.
    real.sql(
        f"UPDATE wp_posts SET post_title = {hexed('Theirs ' + ALL[0])}, post_content = {hexed(theirs)}, "
        f"post_excerpt = {hexed('Theirs ' + BREAKING[0])}, post_modified_gmt = UTC_TIMESTAMP() "
        f"WHERE post_title = 'First'"
    )
    page = owner_client.get(f"/content/{content.id}/drift/")
    assert page.status_code == 200
    assert harm_in(page.text) == []
    shown = unescape(re.sub("</?(?:del|ins)>", "", page.text))
    for word in ("theirs()", "alert(2)", "zq()"):
        assert word in shown  # it is there to be compared, as text
    refused = owner_client.post(f"/content/{content.id}/drift/", data={"act": "apply", "seen": "x", "version": "1"})
    assert refused.status_code == 409
    assert harm_in(refused.text) == []


def hexed(text: str) -> str:
    """A value for SQL in which nothing has to be escaped."""
    return f"CONVERT(0x{text.encode().hex()} USING utf8mb4)"


@pytest.mark.parametrize("attack", ALL, ids=ascii)
def test_lines_of_a_comparison_hold_pieces_of_text_that_add_up(attack: str) -> None:
    lines = side_by_side(f"same\n{attack}\nours", f"same\n{attack} theirs\nother")
    for side in (lambda line: line.theirs, lambda line: line.ours):
        parts = [text for line in lines for text, _marked in side(line)]
        assert attack.replace("\n", "") in "".join(parts)
        assert not [part for part in parts if hasattr(part, "__html__")]


@pytest.mark.parametrize("field", ["title", "content", "excerpt", "seo_title", "slug"])
def test_the_page_after_somebody_else_saved_shows_both_as_text(
    owner_client: FlaskClient, site: Site, field: str
) -> None:
    content = make_content(site, title="First")
    whole = "\n".join(ALL)
    data: dict[str, Any] = {"title": "Second", "content": whole, "version": content.version}
    data.setdefault(field, "theirs")  # both sides change it, so that somebody has to choose
    assert owner_client.post(f"/content/{content.id}/edit/", data=data).status_code == 303
    late = {**data, field: ALL[0] + "\n" + BREAKING[0] if field == "content" else (ALL[0] + BREAKING[2])[:100]}
    answer = owner_client.post(f"/content/{content.id}/edit/", data=late)
    assert answer.status_code in (409, 422)
    assert harm_in(answer.text) == []


def test_what_the_log_of_changes_tells_is_text(owner_client: FlaskClient, site: Site) -> None:
    """Names that get into the audit log and into toasts: shown there as they are, as text."""
    for number, attack in enumerate(BREAKING):
        form = {"name": f"{number} {attack}", "url": f"https://s{number}.example.com", "time_zone": "UTC"}
        owner_client.post(f"/sites/{site.id}/settings/", data=form)
    for path in ("/account/audit/", "/sites/", f"/sites/{site.id}/settings/", "/dashboard/"):
        assert harm_in(owner_client.get(path).text) == [], path
