"""A cell is changed in its row: by mouse and keyboard, taken back, and refused when somebody else was first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from app.core.extensions import db
from app.core.runs import start_run
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_saved_browser import sign_in_again
from tests.factories.browser import end_session
from tests.factories.people import actor_of
from tests.factories.things import make_cluster, make_content, make_term
from tests.factories.work import a_kind


@pytest.fixture
def beans(site: Site) -> Cluster:
    return make_cluster(site, "Beans")


def test_cluster_and_terms_are_changed_in_the_row_by_keyboard(
    visit: Visits, owner: User, site: Site, beans: Cluster
) -> None:
    make_cluster(site, "Grinders")
    content_id = make_content(site, "Cold brew", cluster_id=beans.id).id
    make_content(site, "Moka pot")
    make_term(site, "Drinks")
    page = visit(owner, "/content/")
    row = page.locator(f"#content-row-{content_id}")
    page.get_by_label("Select Moka pot").check()
    change = row.get_by_role("button", name="Change cluster of Cold brew")
    row.locator("a.cell-title").focus()
    page.keyboard.press("e")
    field = page.get_by_role("combobox", name="Cluster of Cold brew")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(change).to_be_focused()
    page.keyboard.press("Enter")
    field.fill("grind")
    field.press("Enter")
    expect(row.get_by_role("link", name="Grinders")).to_be_visible()
    expect(change).to_be_focused()
    expect(page.get_by_label("Select Moka pot")).to_be_checked()
    page.get_by_role("button", name="Undo").first.click()
    expect(row.get_by_role("link", name="Beans")).to_be_visible()
    row.get_by_role("button", name="Change taxonomies of Cold brew").click()
    page.get_by_role("combobox", name="Add a term to Cold brew").fill("drin")
    expect(page.get_by_role("listbox").get_by_role("option", name="Drinks")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take off Drinks")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row.locator("td.named").last).to_have_text("Drinks")


def test_who_was_second_is_told_at_the_cell(visit: Visits, owner: User, site: Site, beans: Cluster) -> None:
    others, content = make_cluster(site, "Grinders"), make_content(site, "Cold brew")
    page = visit(owner, "/content/", viewport={"width": 375, "height": 800})
    page.get_by_role("button", name="Change cluster of Cold brew").click()
    field = page.get_by_role("combobox", name="Cluster of Cold brew")
    expect(field).to_be_focused()
    content.cluster_id = others.id
    db.session.commit()
    page.get_by_role("listbox").get_by_role("option", name="Beans").click()
    expect(page.get_by_role("alert")).to_contain_text("it is now “Grinders”")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("beans")
    field.press("Enter")
    expect(page.get_by_role("link", name="Beans")).to_be_visible()


def hold(page: Page, method: str, address: str) -> Callable[[], None]:
    """Hold requests of this kind back until the function is called that this returns."""
    held: list[Route] = []
    is_held = True

    def keep(route: Route) -> None:
        if is_held and route.request.method == method:
            held.append(route)
        else:
            route.continue_()

    def let_go() -> None:
        nonlocal is_held
        is_held = False
        for route in held:
            route.continue_()

    page.route(address, keep)
    return let_go


def test_an_editor_that_is_left_before_the_answer_tells_what_came(
    visit: Visits, owner: User, site: Site, beans: Cluster
) -> None:
    grinders, content = make_cluster(site, "Grinders"), make_content(site, "Cold brew")
    page = visit(owner, "/content/")
    row = page.locator(f"#content-row-{content.id}")
    change, field = row.get_by_role("button", name="Change cluster"), page.get_by_role("combobox", name="Cluster of")

    def leave(name: str, meanwhile: int | None = None) -> None:
        let_go = hold(page, "POST", "**/lists/content/*/cluster/")
        change.click()
        field.fill(name)
        expect(page.get_by_role("listbox").get_by_role("option", name=name)).to_be_visible()
        if meanwhile:
            content.cluster_id = meanwhile
            db.session.commit()
        with page.expect_request("**/lists/content/*/cluster/"):
            field.press("Tab")
        expect(page.locator(".cell-editor")).to_be_hidden()
        let_go()

    leave("Beans")
    expect(row.get_by_role("link", name="Beans")).to_be_visible()
    expect(page.locator(".cell-editor")).to_have_count(0)
    page.unroute_all()
    page.route("**/undo/**", lambda route: route.abort())
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Undo").first.click()
    expect(row.get_by_role("link", name="Beans")).to_have_count(0)
    expect(page.get_by_role("status").filter(has=page.locator("[data-undo]"))).to_have_count(0)
    leave("Grinders")
    expect(row.get_by_role("link", name="Grinders")).to_be_visible()
    page.route("**/cluster/", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    change.click()
    field.fill("beans")
    field.press("Enter")
    expect(field).to_have_value("Grinders")
    expect(field).to_be_focused()
    page.unroute_all()
    db.session.refresh(content)
    assert content.cluster_id == grinders.id
    content.cluster_id = None
    db.session.commit()
    field.press("Escape")
    with page.expect_response(f"**/content/{content.id}/row/**"):
        row.dispatch_event("reload", {"bubbles": False})
    leave("Beans", grinders.id)
    expect(page.get_by_role("alert").filter(has_text="it is now “Grinders”")).to_be_visible()
    visit.errors.clear()


def test_terms_come_and_go_by_their_own_buttons(visit: Visits, owner: User, site: Site) -> None:
    content, drinks = make_content(site, "Cold brew"), make_term(site, "Drinks")
    content.terms.append(drinks)
    make_term(site, "Summer")
    db.session.commit()
    page = visit(owner, "/content/")
    row = page.locator(f"#content-row-{content.id}")
    change, field = row.get_by_role("button", name="Change taxonomies"), page.get_by_role("combobox", name="Add a term")
    let_go = hold(page, "GET", "**/choices/terms/**")
    change.click()
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    field.fill("summ")
    field.press("Enter")
    let_go()
    expect(page.get_by_role("button", name="Take off Summer")).to_be_visible()
    page.unroute_all()
    let_go = hold(page, "GET", "**/lists/content/*/taxonomies/")
    page.get_by_role("button", name="Take off Drinks").click()
    expect(page.get_by_role("button", name="Take off")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    let_go()
    expect(row.locator("td.named").last).to_have_text("Summer")
    make_term(site, "Hot")
    with page.expect_response(f"**/content/{content.id}/row/**"):
        row.dispatch_event("reload", {"bubbles": False})
    change.click()
    field.fill("hot")
    expect(page.get_by_role("listbox").get_by_role("option", name="Hot")).to_be_visible()


def test_a_refresh_brings_the_actions_and_the_names_of_now(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, "Cold brew")
    page = visit(owner, "/content/")
    row = page.locator(f"#content-row-{content.id}")
    publish = row.locator(".row-publish")
    expect(publish).to_have_count(1)
    run = start_run(
        account_id=site.account_id,
        kind=a_kind("publish", "jobs.none"),
        title="Publish",
        actor=actor_of(owner),
        subject_type="content",
        subject_id=content.id,
    )
    db.session.commit()
    row.dispatch_event("reload", {"bubbles": False})
    expect(publish).to_have_count(0)
    expect(row.locator(".row-menu")).to_have_count(1)
    hold(page, "GET", "**/runs/*/?compact=1")  # it ends between two polls
    run.state = "cancelled"
    content.title = "Iced coffee"
    db.session.commit()
    row.dispatch_event("reload", {"bubbles": False})
    expect(publish).to_have_count(1)
    polls = "() => document.querySelector('.run')?.['htmx-internal-data']?.timeout"
    assert page.evaluate(polls) is None  # else its answer would take the place of the row
    for name in ("Select Iced coffee", "Change cluster of Iced coffee"):
        expect(row.get_by_label(name)).to_have_count(1)
    content.title = "Frappé"
    db.session.commit()
    row.dispatch_event("reload", {"bubbles": False})
    expect(row.locator(".row-menu > summary")).to_have_attribute("aria-label", "More actions for Frappé")


def test_what_a_click_asks_is_asked_again_after_signing_in(
    visit: Visits, owner: User, site: Site, beans: Cluster
) -> None:
    content = make_content(site, "Cold brew")
    page = visit(owner, "/content/")
    row = page.locator(f"#content-row-{content.id}")
    row.get_by_role("button", name="Change cluster").click()
    page.get_by_role("combobox", name="Cluster of").fill("beans")
    page.keyboard.press("Enter")
    expect(row.get_by_role("link", name="Beans")).to_be_visible()
    page.locator(".toast-note").filter(has_text="Undo").hover()
    end_session(page, owner)
    page.evaluate(
        """path => { document.querySelector('h1').insertAdjacentHTML('afterend',
           `<p id="late" hx-get="${path}" hx-trigger="load"></p>`); htmx.process(document.getElementById('late')); }""",
        f"/lists/content/{content.id}/cluster/",
    )
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    sign_in_again(page, owner)
    expect(row.get_by_role("link", name="Beans")).to_have_count(0)
    expect(page.locator("#late form")).to_have_count(1)
    visit.errors.clear()
