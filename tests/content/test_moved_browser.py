"""A post that goes to the trash in WordPress, or comes back, is told on the pages that are open."""

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits, open_tab
from tests.content.test_saved_browser import sign_in_again
from tests.factories.browser import end_session
from tests.factories.things import make_content


@pytest.fixture
def live(site: Site) -> Content:
    content = make_content(site, "Cold brew", external_id=7, remote_status="publish")
    db.session.commit()
    return content


def move(content: Content, status: str, sync_state: str = "") -> None:
    db.session.refresh(content)
    content.sync_state = sync_state
    content.remote_status = status
    content.external_id = None if status == "trash" else 7
    db.session.commit()


def hide(page: Page, hidden: bool) -> None:
    """Make the page believe that its tab is in the background, or not any more."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange', { bubbles: true })); }",
        hidden,
    )


def test_the_editor_tells_within_seconds_and_keeps_what_was_typed(visit: Visits, owner: User, live: Content) -> None:
    page = visit(owner, f"/content/{live.id}/edit/")
    assert page.locator("[hx-trigger$='every 2s']").count() == 1
    open_tab(page, "SEO")
    page.get_by_label("SEO title").fill("Typed")
    move(live, "trash")
    expect(page.get_by_text("It is in WordPress's trash", exact=True)).to_be_visible()
    expect(page.locator("#check-count")).to_contain_text("1 to fix")
    move(live, "publish")
    expect(page.get_by_text("It is in WordPress's trash", exact=True)).to_be_hidden()
    expect(page.locator("#check-count")).not_to_contain_text("to fix")
    expect(page.get_by_label("SEO title")).to_have_value("Typed")


def test_the_table_tells_within_seconds_and_keeps_what_was_ticked(
    visit: Visits, owner: User, site: Site, live: Content
) -> None:
    make_content(site, "Never there")
    page = visit(owner, "/content/")
    assert page.locator("[hx-trigger$='every 2s']").count() == 1
    page.get_by_label("Select Cold brew").check()
    moves = (("trash", "gone", "In WordPress's trash"), ("deleted", "gone", "Gone"), ("publish", "both", "Conflict"))
    for status, sync, words in (*moves, ("publish", "in_step", "Live")):
        move(live, status, sync)
        expect(page.locator(f"#content-row-{live.id}")).to_contain_text(words)
        expect(page.get_by_label("Select Cold brew")).to_be_checked()


def test_a_page_in_the_background_rests_and_asks_when_it_is_seen(visit: Visits, owner: User, live: Content) -> None:
    page = visit(owner, "/dashboard/")
    page.clock.install()
    page.goto(f"{visit.address}/content/{live.id}/edit/")
    hide(page, True)
    page.wait_for_load_state("networkidle")  # a poll on its way would wait for the clock that is about to stand still
    expect(page.locator(".htmx-request")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/state/" in request.url else None)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)  # no poll comes any more by the time alone
    assert asked == []
    move(live, "trash")
    with page.expect_request("**/state/**"):
        hide(page, False)
    page.clock.resume()
    expect(page.get_by_text("It is in WordPress's trash", exact=True)).to_be_visible()


def test_polls_tell_of_the_end_of_a_session_and_only_what_is_done_asks(
    visit: Visits, owner: User, live: Content
) -> None:
    page = visit(owner, f"/content/{live.id}/edit/")
    open_tab(page, "History")
    end_session(page, owner)
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.get_by_role("button", name="Close message").click()
    page.locator("#panel-history").evaluate("panel => { panel.textContent = ''; }")
    for load in ("/state/", "/history/"):
        with page.expect_response(lambda answer, load=load: load in answer.url and answer.status == 401):  # type: ignore[misc]
            page.locator("#panel-history").dispatch_event("reload")
    expect(page.get_by_text("You are signed out.")).to_be_hidden()
    expect(page.locator("#sign-in-again")).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, owner)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(page.locator("#panel-history")).not_to_be_empty()  # what it missed meanwhile
    visit.errors.clear()


def test_rows_of_others_and_nonsense_are_not_told(owner_client: FlaskClient, live: Content) -> None:
    answer = owner_client.get(f"/content/moved/?shown=live-publish.{live.id}")
    assert (answer.status_code, answer.data) == (204, b"")
    answer = owner_client.get(
        f"/content/moved/?shown=wp_trash-trash.{live.id},live-publish.0{live.id},x.y,,z.99999999999999999999"
    )
    assert answer.headers["HX-Trigger"] == f'{{"rowsMoved": {{"ids": [{live.id}]}}}}'
    assert f"live-publish.{live.id}" in answer.text
    for odd in ("", "x", "trash.-1", f"{live.id}"):
        assert owner_client.get(f"/content/moved/?shown={odd}").status_code == 204
