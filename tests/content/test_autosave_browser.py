"""Nothing that was written is lost: by a crash, without the server, without a session, in two windows."""

import re

from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from app.accounts.models import Account
from app.content.editing.models import WorkingCopy
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import editor, save, stored
from tests.content.test_saved_browser import sign_in_again, write
from tests.factories.browser import end_session
from tests.factories.people import make_member
from tests.factories.things import make_content

KEPT = re.compile(r"All changes kept \d\d:\d\d")


def is_kept(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text(KEPT)


def says(page: Page, words: str) -> None:
    expect(page.locator("#save-state")).to_have_text(words)


def copies() -> list[WorkingCopy]:
    db.session.expire_all()
    return list(db.session.scalars(select(WorkingCopy)))


def crash(page: Page) -> None:
    """Gone without a question, and what was in the browser with it."""
    page.evaluate("document.querySelector('#editor-form').removeAttribute('data-unsaved')")
    page.reload()
    editor(page)


def test_what_was_written_before_a_crash_goes_on_and_ends_with_saving(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    says(page, "Saved")
    write(page, " and new")
    says(page, "Not saved yet")
    is_kept(page)
    assert stored(content) == "<p>Old</p>"
    crash(page)
    expect(page.get_by_text(re.compile(r"You have changes of \d\d:\d\d that are not saved"))).to_be_visible()
    expect(page.locator("#visual")).to_have_text("Old")
    page.get_by_text("Compare", exact=True).click()
    expect(page.get_by_label("Not saved").first).to_have_value("<p>Old and new</p>")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#visual")).to_have_text("Old and new")
    save(page)
    says(page, "Saved")
    assert (stored(content), copies()) == ("<p>Old and new</p>", [])
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('igny8-copy:')).length") == 0


def test_what_is_discarded_or_taken_back_is_gone(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    write(page, "x")
    is_kept(page)
    with page.expect_response("**/working-copy/discard/"):
        page.keyboard.press("Backspace")
        says(page, "Saved")
    assert copies() == []
    write(page, "y")
    is_kept(page)
    crash(page)
    with page.expect_response("**/working-copy/discard/"):
        page.get_by_role("button", name="Discard").click()
    assert copies() == []


def test_without_the_server_it_is_kept_in_the_browser_until_the_server_is_back(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    page.route("**/working-copy/", lambda route: route.fulfill(status=503))
    write(page, " kept here")
    says(page, "Server not available: kept in this browser")
    page.unroute("**/working-copy/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    is_kept(page)
    assert copies()[0].fields["content"] == ["<p>Old kept here</p>"]
    visit.errors.clear()  # the browser tells of the 503


def test_what_was_written_while_a_copy_was_on_its_way_is_not_said_to_be_kept(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    held: list[Route] = []
    page.route("**/working-copy/", lambda route: held.append(route))
    with page.expect_request("**/working-copy/"):
        write(page, " one")
    write(page, " two")
    with page.expect_request("**/working-copy/"):
        held[0].continue_()
    says(page, "Not saved yet")
    held[1].continue_()
    is_kept(page)
    assert copies()[0].fields["content"] == ["<p>Old one two</p>"]


def test_who_puts_off_signing_in_is_not_asked_again_and_loses_nothing(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    end_session(page, owner)
    write(page, " mine")
    page.get_by_role("button", name="Not now").click()
    says(page, "Signed out: kept in this browser")
    with page.expect_response("**/working-copy/"):
        write(page, " more")
    expect(page.locator("#sign-in-again")).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, owner)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert stored(content) == "<p>Old mine more</p>"


def test_of_two_windows_one_keeps_and_the_other_shows_what_the_first_has(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    first = visit(owner, f"/content/{content.id}/edit/")
    editor(first)
    write(first, " first")
    is_kept(first)
    second = first.context.new_page()
    second.goto(f"{visit.address}/content/{content.id}/edit/")
    editor(second)
    expect(second.locator("#editor-people")).to_have_text("You have this open in another window too.")
    second.get_by_role("button", name="Continue").click()
    expect(second.get_by_role("button", name="Continue")).to_be_hidden()  # now it is the text, with the caret before it
    write(second, " second")
    is_kept(second)
    first.bring_to_front()
    write(first, " third")
    expect(first.get_by_text("You went on in another window")).to_be_visible()
    says(first, "Open in another window: kept in this browser")
    first.get_by_text("Compare", exact=True).click()
    expect(first.get_by_label("Other window")).to_have_value("<p>Old first second</p>")
    first.get_by_role("button", name="Keep what is here").click()
    is_kept(first)
    assert copies()[0].fields["content"] == ["<p>Old first third</p>"]


def test_who_else_has_it_open_is_named_by_the_title(visit: Visits, owner: User, account: Account, site: Site) -> None:
    content = make_content(site)
    colleague = make_member(account, "editor", name="Bee Keeper")
    other = visit(colleague, f"/content/{content.id}/edit/")
    editor(other)
    page = visit(owner, f"/content/{content.id}/edit/")
    expect(page.locator("#editor-people")).to_have_text("Bee Keeper has this open too.")
    with page.expect_response("**/presence/"):
        other.goto(f"{visit.address}/content/")
        page.reload()
    expect(page.locator("#editor-people")).to_be_hidden()
