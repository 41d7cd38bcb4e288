"""What pages do while HTMX moves parts of them: history, failures, second clicks, sessions that run out."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from app.core.extensions import db
from app.core.runs import start_run
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.people import PASSWORD, actor_of
from tests.factories.things import make_content, make_keyword, make_task
from tests.factories.work import a_kind


@pytest.fixture
def tab(context: BrowserContext, web: LiveApp, owner: User) -> Page:
    """A signed-in tab in which requests may fail."""
    page = context.new_page()
    sign_in(page, web, owner)
    return page


def test_back_and_forward_keep_the_filters(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    for number in range(3):
        make_keyword(site, f"moka pot {number}", intent="local" if number else "commercial")
    make_keyword(site, "cold brew", intent="local")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/")
    rows = page.locator("tbody tr")
    page.get_by_label("Intent").select_option("local")
    expect(rows).to_have_count(3)
    page.get_by_label("Search keywords").fill("moka")
    expect(rows).to_have_count(2)
    page.goto(f"{web.url}/planner/ideas/")
    page.go_back()
    expect(rows).to_have_count(2)
    expect(page.get_by_label("Search keywords")).to_have_value("moka")
    page.go_back()
    expect(rows).to_have_count(3)
    expect(page.get_by_label("Intent")).to_have_value("local")
    expect(page.get_by_label("Search keywords")).to_have_value("")
    page.go_forward()
    expect(rows).to_have_count(2)


@pytest.mark.parametrize(("status", "words"), [(500, "a fault on our side"), (0, "cannot be reached")])
def test_a_failed_request_is_told_in_words(tab: Page, web: LiveApp, site: Site, status: int, words: str) -> None:
    make_keyword(site)

    def fail(route: Route) -> None:
        if status:
            route.fulfill(status=status, body="<!doctype html><p>x", content_type="text/html")
        else:
            route.abort()

    tab.goto(f"{web.url}/planner/keywords/")
    tab.route(re.compile(r".*/planner/keywords/\?.*"), fail)
    tab.get_by_label("Intent").select_option("local")
    expect(tab.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(tab.locator("tbody tr")).to_have_count(1)


def test_a_second_click_sends_nothing_twice(tab: Page, web: LiveApp, cluster: Cluster) -> None:
    tab.goto(f"{web.url}/writer/tasks/new/")
    tab.get_by_label("Cluster").select_option(str(cluster.id))
    tab.get_by_label("Title").fill("Once")
    tab.get_by_label("Primary keyword").fill("moka pot")
    tab.evaluate("() => { const b = document.querySelector('.form-stack button'); b.click(); b.click(); b.click(); }")
    tab.wait_for_url("**/writer/tasks/")
    expect(tab.locator("tbody tr")).to_have_count(1)


def test_a_session_that_ran_out_is_begun_again_over_the_page(tab: Page, web: LiveApp, owner: User, site: Site) -> None:
    content = make_content(site)
    title = content.title
    start_run(
        account_id=site.account_id,
        kind=a_kind("publish", "jobs.none"),
        title="Publish",
        actor=actor_of(owner),
        subject_type="content",
        subject_id=content.id,
    )
    db.session.commit()
    tab.goto(f"{web.url}/content/?type=Article")
    tab.context.clear_cookies()
    tab.get_by_role("button", name=f"Change cluster of {title}").click()
    frame = tab.frame_locator("#sign-in-again iframe")
    frame.get_by_label("Email").fill(owner.email)
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in").click()
    expect(tab.locator("#sign-in-again")).to_be_hidden()
    expect(tab.get_by_role("combobox", name=f"Cluster of {title}")).to_be_focused()
    assert tab.url == f"{web.url}/content/?type=Article"
    with tab.expect_response(lambda answer: "/runs/" in answer.url or "/row/" in answer.url) as polled:
        pass
    assert polled.value.ok


def test_what_is_ticked_stays_ticked_when_a_run_ends(page: Page, web: LiveApp, owner: User, cluster: Cluster) -> None:
    for number in range(3):
        make_task(cluster, f"Task {number}")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/writer/tasks/")
    page.get_by_label("Select Task 1").check()
    expect(page.get_by_role("button", name="Generate 1 draft")).to_be_visible()
    with page.expect_response(re.compile("/writer/tasks/$")):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('runEnded'))")
    expect(page.get_by_label("Select Task 1")).to_be_checked()
    expect(page.get_by_text("1 task selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Select Task 1")).not_to_be_checked()


def test_the_keyboard_reaches_search_menus_and_dialogs(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    make_content(site, "Moka pot")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/content/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search content")).to_be_focused()
    summary = page.locator("summary[aria-label='More actions for Moka pot']")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".menu[open] .menu-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    page.get_by_label("Select Moka pot").focus()
    page.keyboard.press("Space")
    opener = page.get_by_role("button", name="Assign cluster")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Cluster")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.get_by_text("1 item selected")).to_be_visible()


def test_a_second_click_sends_nothing_twice_by_htmx_either(tab: Page, web: LiveApp, site: Site) -> None:
    content = make_content(site)
    tab.goto(f"{web.url}/content/{content.id}/edit/")
    sent: list[str] = []

    def answer_late(route: Route) -> None:
        sent.append(route.request.url)
        tab.wait_for_timeout(700)
        route.fulfill(status=204)

    tab.route(re.compile("/content/publish/$"), answer_late)
    tab.evaluate(
        "() => { const form = document.querySelector('.page-actions form'); const b = form.querySelector('button');"
        " b.click(); b.click(); setTimeout(() => b.click(), 100); setTimeout(() => form.requestSubmit(), 200); }"
    )
    expect(tab.locator(".page-actions [aria-busy=true]")).to_have_text("Publish")
    expect(tab.locator("html[data-busy]")).to_have_count(1)
    expect(tab.locator("html[data-busy]")).to_have_count(0)
    expect(tab.locator("[aria-busy=true]")).to_have_count(0)
    assert len(sent) == 1


def test_times_are_shown_in_the_zone_of_the_profile(tab: Page, web: LiveApp, owner: User, site: Site) -> None:
    owner.time_zone = "Asia/Kathmandu"
    run = start_run(
        account_id=site.account_id,
        kind=a_kind("publish", "jobs.none"),
        title="Publish",
        actor=actor_of(owner),
        due_at=datetime(2030, 1, 15, 20, 30, tzinfo=UTC),
        subject_type="content",
        subject_id=make_content(site).id,
    )
    db.session.commit()
    tab.goto(f"{web.url}/runs/{run.id}/")
    expect(tab.locator(".run time")).to_have_text("16 Jan 2030, 02:15")


def test_the_number_of_all_goes_when_some_are_ticked(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    for number in range(3):
        make_keyword(site, f"moka pot {number}")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/")
    expect(page.get_by_role("button", name="Cluster keywords (all 3)", exact=True)).to_be_visible()
    page.get_by_label("Search keywords").fill("pot 1")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("checkbox", name="Select moka pot 1").check()
    expect(page.get_by_role("button", name="Cluster keywords", exact=True)).to_be_visible()
