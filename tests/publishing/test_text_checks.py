"""Texts that must not go live as they stand, in every way of publishing; and scripts that a person lets through."""

from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

import jobs
from app.ai.builtin import draft as builtin_draft
from app.ai.tasks.draft import DraftRequest
from app.content.models import Content
from app.content.services import create_content, update_content
from app.core.actor import THE_APP
from app.core.audit import AuditEvent
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.mirror.drift import field_digest
from app.publishing import reading, services
from app.publishing.batches import services as batches
from app.publishing.checks import examination
from app.publishing.schedule import services as schedule
from app.publishing.verification.served_addresses import address_issues
from app.sites.models import Site
from tests.ai.test_outline_notes import written_out
from tests.factories.blog import Blog
from tests.factories.pictures import add_images
from tests.factories.things import make_content

SCRIPT = '<p>Hello</p><script src="https://x.example/a.js"></script><img src="https://x.example/a.png" onerror="x()">'
HTMX = {"HX-Request": "true"}


def codes(content: Content) -> list[str]:
    """What the app sees in the way, before WordPress is asked."""
    snapshot = reading.snapshot_of(reading.content_to_publish(content.account_id, content.id))
    return [problem["code"] for problem in examination.own_findings(snapshot).problems]


def warned(content: Content) -> dict[str, str]:
    snapshot = reading.snapshot_of(reading.content_to_publish(content.account_id, content.id))
    return {warning["code"]: warning["message"] for warning in examination.own_findings(snapshot).warnings}


@pytest.fixture
def outline(site: Site) -> Content:
    draft = builtin_draft.draft(DraftRequest(title="Cold brew", primary_keyword="cold brew", keywords=["ratio"]))
    content = create_content(
        site.account_id, site.id, title="Cold brew", content_html=draft.content_html, is_outline=draft.is_outline
    )
    db.session.commit()
    return content


def edited(content: Content, text: str) -> Content:
    update_content(content.id, content.account_id, {"content_html": text}, expected_version=content.version)
    db.session.commit()
    return content


def test_an_outline_is_blocked_until_each_note_is_replaced(outline: Content) -> None:
    assert codes(outline) == ["OUTLINE_LEFT"]
    text = written_out(outline.content_html)
    edited(outline, text + "<p>Answer first, then the reason.</p>")
    assert (codes(outline), outline.is_outline) == (["OUTLINE_LEFT"], True)
    edited(outline, text)
    assert (codes(outline), outline.is_outline) == ([], False)
    edited(outline, f"{text}<p>Explain the subject in plain words and bound it.</p>")  # an old version taken back
    assert (codes(outline), outline.is_outline) == (["OUTLINE_LEFT"], True)


def test_an_outline_stops_by_hand_in_a_batch_and_at_its_time_with_its_lines(
    outline: Content, site: Site, blog: Blog
) -> None:
    blog.pair(site)
    copied, fine, planned = (
        make_content(site, content_html=text) for text in (outline.content_html, "<p>x</p>", SCRIPT)
    )
    services.start_publishes(site.account_id, [outline.id], THE_APP)
    batches.start_batch(site.account_id, [copied.id, fine.id], THE_APP)
    schedule.schedule(site.account_id, [planned.id], utcnow() + timedelta(hours=1), THE_APP)
    db.session.execute(update(Run).values(due_at=utcnow()))
    db.session.commit()
    ends = {}
    for run in db.session.scalars(select(Run).order_by(Run.id)).all():
        jobs.execute(str(run.id))
        db.session.expire_all()
        ends[run.subject_id] = (run.state, run.error)
    assert ends.pop(fine.id)[0] == "succeeded"
    for content_id, code in ((outline.id, "OUTLINE_LEFT"), (copied.id, "OUTLINE_LEFT"), (planned.id, "SCRIPT_IN_TEXT")):
        state, error = ends.pop(content_id)
        assert (state, error["code"]) == ("failed", "PREFLIGHT_FAILED")
        (problem,) = error["details"]["problems"]
        assert (problem["code"], bool(problem["cure"]), len(problem["details"]["lines"]) > 1) == (code, True, True)
    assert blog.titles() == [f"{fine.title} (publish)"]


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ('<p><img src="blob:http://127.0.0.1:5000/ab"></p>', "ADDRESS_NOT_PUBLIC"),
        ('<p>x</p><video poster="data:image/png;base64,AA"></video>', "ADDRESS_NOT_PUBLIC"),
        ('<p style="background:url(file:///a.png)">x</p>', "ADDRESS_NOT_PUBLIC"),
        ('<p><img src="/content/1/images/2/file/"></p>', "ADDRESS_NOT_PUBLIC"),
        ('<p><img src="http://localhost:5000/a.png"></p>', "ADDRESS_NOT_PUBLIC"),
        ('<p><a href="javascript:x()">x</a></p>', "SCRIPT_ADDRESS"),
        (f'<p><img src="igny8-image:{"a" * 64}"></p>', "IMAGE_MISSING"),
        (SCRIPT, "SCRIPT_IN_TEXT"),
        ("<style>header { color: red }</style><p>x</p>", "STYLE_IN_TEXT"),
        ('<p>x</p><link rel="stylesheet" href="https://x.example/a.css">', "STYLE_IN_TEXT"),
    ],
)
def test_what_would_go_live_broken_or_as_a_program_is_refused(site: Site, html: str, code: str) -> None:
    assert codes(make_content(site, content_html=html)) == [code]
    assert code in codes(make_content(site, excerpt=html)) or code == "IMAGE_MISSING"


@pytest.mark.parametrize("field", ["seo_title", "seo_description"])
def test_a_note_that_search_engines_would_show_is_one(site: Site, field: str) -> None:
    assert codes(make_content(site, content_html="<p>x</p>", **{field: "Answer first, then the reason."})) == [
        "OUTLINE_LEFT"
    ]


def test_a_note_in_the_alt_text_of_an_image_is_one(site: Site) -> None:
    content = make_content(site)
    (image,) = add_images(content, 1)
    image.alt = "Say what a reader who searched for \u200b“cold brew” came to find out. Done soon."
    assert codes(content) == ["OUTLINE_LEFT"]


def test_an_image_of_the_content_is_known(site: Site) -> None:
    content = make_content(site)
    (image,) = add_images(content, 1)
    content.content_html = f'<p><img src="igny8-image:{image.sha256}"></p>'
    db.session.commit()
    assert codes(content) == []


def test_gaps_are_a_warning(site: Site) -> None:
    content = make_content(site, content_html="<p>[Insert price] Lorem ipsum</p>", seo_title="TODO")
    assert codes(content) == []
    assert "“[Insert price]”" in warned(content)["PLACEHOLDER_LEFT"] or "TODO" in warned(content)["PLACEHOLDER_LEFT"]


def test_scripts_go_live_after_a_yes_to_this_very_text(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html=SCRIPT)
    page = owner_client.get(f"/content/{content.id}/check/", headers=HTMX).text
    assert "&lt;script src=“https://x.example/a.js”&gt;" in page
    assert "onerror=“x()” on &lt;img&gt;" in page
    key = page.split('name="key" value="')[1].split('"')[0]
    address = f"/content/{content.id}/check/scripts/"
    assert owner_client.post(address, data={"key": "0" * 64}).status_code == 409
    assert codes(content) == ["SCRIPT_IN_TEXT"]
    assert owner_client.post(address, data={"key": key}).status_code == 303
    db.session.expire_all()
    assert codes(content) == []
    assert "SCRIPT_ALLOWED" in warned(content)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "publish.scripts_allowed")).one()
    assert "a.js" in str(event.after)
    edited(content, SCRIPT + "<p>More</p>")
    assert codes(content) == ["SCRIPT_IN_TEXT"]


def test_an_untitled_post_of_wordpress_is_no_problem_and_told(site: Site) -> None:
    content = make_content(site, title="", source="wordpress", external_id=7)
    assert codes(content) == []
    assert "TITLE_MISSING" in warned(content)
    assert codes(make_content(site, title="")) == ["TITLE_EMPTY"]


def test_a_served_page_with_a_broken_address_is_an_issue() -> None:
    assert [one["code"] for one in address_issues('<img src="blob:http://x/1"><p>file: x</p>')] == ["SERVED_ADDRESS"]
    assert address_issues('<img src="data:image/gif,R0"><p>blob: file:</p>') == []


def test_styles_for_the_whole_page_go_live_after_a_yes_and_those_of_the_text_without(
    owner_client: FlaskClient, site: Site
) -> None:
    content = make_content(site, content_html="<style>footer { color: red }</style><p class='a'>Text</p>")
    page = unescape(owner_client.get(f"/content/{content.id}/check/", headers=HTMX).text)
    assert "<style> for “footer”" in page
    assert "Let these styles change the whole page?" in page
    key = page.split('name="key" value="')[1].split('"')[0]
    assert owner_client.post(f"/content/{content.id}/check/scripts/", data={"key": key}).status_code == 303
    db.session.expire_all()
    assert codes(content) == []
    assert "footer" in warned(content)["STYLE_ALLOWED"]
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "publish.scripts_allowed")).one()
    assert "footer" in str(event.after)
    assert codes(edited(content, "<style>.a { color: red }</style><p class='a'>Text</p>")) == []


def test_the_check_says_where_the_yes_is_given_to_those_who_may(
    owner_client: FlaskClient, viewer_client: FlaskClient, site: Site
) -> None:
    content = make_content(site, content_html=SCRIPT)
    page = unescape(owner_client.get(f"/content/{content.id}/check/").text)
    assert "Remove it, or allow it with the button below." in page
    assert "open “Check before publishing”" not in page
    page = unescape(viewer_client.get(f"/content/{content.id}/check/").text)
    assert "ask somebody who may publish to allow it." in page


def test_one_bad_address_is_told_once(site: Site, blog: Blog) -> None:
    blog.pair(site)
    content = make_content(site, content_html="<p><a href='javascript:x()'>x</a></p>", excerpt="<img src='blob:x'>")
    findings = examination.examine(site.account_id, content.id)
    assert findings.asked
    assert [(one["code"], one["field"]) for one in findings.problems] == [
        ("SCRIPT_ADDRESS", "content"),
        ("ADDRESS_NOT_PUBLIC", "excerpt"),
    ]


def test_a_text_that_was_hidden_when_both_sides_agreed_stays_publishable(site: Site) -> None:
    hidden = "<p style='display:none'>Text</p>"
    content = make_content(site, content_html=hidden)
    snapshot = reading.snapshot_of(reading.content_to_publish(site.account_id, content.id))
    live = reading.LiveVersion("", "", "", agreed_text=field_digest("content", hidden))
    assert [one["code"] for one in examination.own_findings(snapshot).problems] == ["CONTENT_EMPTY"]
    assert examination.own_findings(snapshot, live).problems == []
