"""A post that goes to the trash in WordPress, or comes back, is told on the pages that are open."""

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_saved_browser import end_session, sign_in_again
from tests.factories.things import make_content


@pytest.fixture
def live(site: Site) -> Content:
    content = make_content(site, "Cold brew", external_id=7, remote_status="publish")
    db.session.commit()
    return content


def move(content: Content, status: str) -> None:
    db.session.refresh(content)
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
    page.get_by_label("SEO title").fill("Typed")
    move(live, "trash")
    expect(page.get_by_text("It is in the trash in WordPress")).to_be_visible(timeout=8000)
    move(live, "publish")
    expect(page.get_by_text("It is in the trash in WordPress")).to_be_hidden(timeout=8000)
    expect(page.get_by_label("SEO title")).to_have_value("Typed")


def test_the_table_tells_within_seconds_and_keeps_what_was_ticked(
    visit: Visits, owner: User, site: Site, live: Content
) -> None:
    make_content(site, "Never there")
    page = visit(owner, "/content/")
    page.get_by_label("Select Cold brew").check()
    for status, words in (("trash", "In the trash"), ("deleted", "Deleted"), ("publish", "Live in WordPress")):
        move(live, status)
        expect(page.locator(f"#content-row-{live.id}")).to_contain_text(words, timeout=8000)
        expect(page.get_by_label("Select Cold brew")).to_be_checked()


def test_a_page_in_the_background_rests_and_asks_when_it_is_seen(visit: Visits, owner: User, live: Content) -> None:
    page = visit(owner, f"/content/{live.id}/edit/")
    hide(page, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/state/" in request.url else None)
    page.wait_for_timeout(4500)
    assert asked == []
    move(live, "trash")
    with page.expect_request("**/state/**", timeout=1500):
        hide(page, False)
    expect(page.get_by_text("It is in the trash in WordPress")).to_be_visible()


def test_who_signs_in_later_is_not_asked_by_each_poll(visit: Visits, owner: User, live: Content) -> None:
    page = visit(owner, f"/content/{live.id}/edit/")
    end_session(owner)
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    page.get_by_role("button", name="Not now").click()
    with page.expect_response(lambda answer: "/state/" in answer.url and answer.status == 401):
        pass
    expect(page.locator("#sign-in-again")).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, owner)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    visit.errors.clear()


def test_rows_of_others_and_nonsense_are_not_told(owner_client: FlaskClient, live: Content) -> None:
    answer = owner_client.get(f"/content/moved/?shown={live.id}.publish")
    assert (answer.status_code, answer.data) == (204, b"")
    answer = owner_client.get(f"/content/moved/?shown={live.id}.trash,0{live.id}.publish,x.y,,99999999999999999999.z")
    assert answer.headers["HX-Trigger"] == f"rowMoved{live.id}"
    assert f"{live.id}.publish" in answer.text
    for odd in ("", "x", "-1.trash", f"{live.id}"):
        assert owner_client.get(f"/content/moved/?shown={odd}").status_code == 204
