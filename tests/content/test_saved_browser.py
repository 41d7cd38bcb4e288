"""Saved is saved: what is stored, not which events came, says whether there is something left to save."""

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import Account
from app.core.extensions import db
from app.identity.models import User, UserSession
from app.sites.models import Site
from tests.content.conftest import Visits, open_tab
from tests.content.test_editor_browser import editor, save, stored
from tests.factories.browser import end_session
from tests.factories.people import PASSWORD, make_member
from tests.factories.things import make_content

UNSAVED = "Save your changes first"


def write(page: Page, words: str, selector: str = "#visual p") -> None:
    page.locator(selector).first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def is_dirty(page: Page) -> bool:
    return bool(page.evaluate("IGNY8_SAVING.isDirty()"))


def test_after_ctrl_s_publishing_does_not_ask_to_save(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    write(page, " new")
    page.get_by_role("link", name="Check before publishing").click()
    expect(page.get_by_text(UNSAVED)).to_be_visible()
    page.keyboard.press("Control+s")
    page.get_by_role("link", name="Check before publishing").click()  # waits for the save that is under way
    expect(page.locator("#check")).to_be_visible()
    assert stored(content) == "<p>Old new</p>"
    open_tab(page, "SEO")
    page.get_by_label("SEO title").fill("x")
    page.get_by_label("SEO title").fill("")
    assert not is_dirty(page)
    write(page, "y")
    assert is_dirty(page)
    page.keyboard.press("Backspace")
    assert not is_dirty(page)
    page.get_by_role("button", name="Source").click()
    page.get_by_role("button", name="Visual").click()
    assert not is_dirty(page)
    open_tab(page, "Details")
    page.get_by_label("Slug").fill("another-slug")
    page.keyboard.press("Control+s")
    open_tab(page, "Publish")
    page.get_by_role("link", name="Check before publishing").click()
    expect(page.locator("#slug-seen")).to_have_value("another-slug")  # what the next save compares with is no change
    assert not is_dirty(page)
    page.goto(f"{visit.address}/content/")  # a question on leaving would stop this
    assert page.url.endswith("/content/")


def sign_in_again(page: Page, user: User) -> None:
    frame = page.frame_locator("#sign-in-again iframe")
    frame.get_by_label("Email").fill(user.email)
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in").click()


def test_a_session_that_ended_is_begun_again_over_the_page_and_the_text_is_saved(
    visit: Visits, owner: User, site: Site
) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    write(page, " and new")
    end_session(page, owner)
    page.context.clear_cookies()  # the token of the page is worth nothing either
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    sign_in_again(page, owner)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert stored(content) == "<p>Old and new</p>"
    expect(page.locator("#sign-in-again")).to_be_hidden()
    page.get_by_role("button", name="Close message").click()
    write(page, " again")
    save(page)
    assert stored(content) == "<p>Old and new again</p>"


def test_somebody_else_who_signs_in_saves_nothing(visit: Visits, owner: User, account: Account, site: Site) -> None:
    colleague = make_member(account, "editor")
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    editor(page)
    write(page, " mine")
    end_session(page, owner)
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, colleague)
    expect(page.get_by_text(f"{colleague.email} is signed in now")).to_be_visible()
    assert stored(content) == "<p>Old</p>"
    page.get_by_role("button", name="Sign in as somebody else").click()
    sign_in_again(page, owner)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert stored(content) == "<p>Old mine</p>"


def test_text_that_the_server_never_got_is_offered_again(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    page = visit(owner, f"/content/{content.id}/edit/")
    page.route("**/working-copy/", lambda route: route.abort())
    editor(page)
    write(page, " lost")
    page.wait_for_function("() => Object.keys(localStorage).some(key => key.startsWith('igny8-copy:'))")
    page.evaluate("document.querySelector('#editor-form').removeAttribute('data-unsaved')")  # as a crash: nothing asks
    page.reload()
    expect(page.get_by_text("This browser kept them")).to_be_visible()
    expect(page.locator("#visual")).to_have_text("Old")
    page.get_by_text("Compare", exact=True).click()
    expect(page.get_by_label("Not saved").first).to_have_value("<p>Old lost</p>")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#visual")).to_have_text("Old lost")
    save(page)
    assert stored(content) == "<p>Old lost</p>"
    page.wait_for_function("() => !Object.keys(localStorage).some(key => key.startsWith('igny8-copy:'))")


def test_a_filter_goes_on_after_signing_in_again(visit: Visits, owner: User, site: Site) -> None:
    make_content(site, "Apples")
    make_content(site, "Pears")
    page = visit(owner, "/content/")
    end_session(page, owner)
    page.get_by_role("searchbox", name="Search content").fill("Pears")
    page.keyboard.press("Enter")
    sign_in_again(page, owner)
    expect(page.locator("tbody tr")).to_have_count(1)
    assert db.session.scalars(select(UserSession)).all()
