"""A site is planned in a browser: four questions, then pages that are changed beside their preview."""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from app.accounts.modules import switch
from app.core.actor import THE_APP
from app.core.extensions import db
from app.identity.models import User
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.versions import pages_of
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.axe import findings
from tests.factories.built import make_planned_site
from tests.factories.live import LiveApp
from tests.factories.work import newest_run, work

PICTURES = os.environ.get("PICTURES")
SIZES = ((1440, 900), (375, 800))


def look(page: Page, name: str) -> None:
    """Nothing serious is wrong with the page, wide or narrow."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert findings(page) == [], (name, width)
        if PICTURES:
            Path(PICTURES).mkdir(exist_ok=True)
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_from_four_questions_to_pages_that_are_changed(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    switch(site.account_id, THE_APP, "site_builder", True)
    db.session.commit()
    sign_in(page, web, owner)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{web.url}/site-builder/")
    look(page, "empty")
    page.get_by_role("button", name="Start from an example").click()
    expect(page.get_by_label("Name of the site")).to_have_value("Lindenhof Bicycles")
    look(page, "wizard-1")
    page.get_by_label("Name of the site").fill("سائیکل Lindenhof")
    page.get_by_label("What it does").fill("")
    page.get_by_role("button", name="Next", exact=True).last.click()
    expect(page.get_by_role("alert")).to_contain_text("Say what the business does.")
    expect(page.get_by_label("Name of the site")).to_have_value("سائیکل Lindenhof")
    page.get_by_label("What it does").fill("Bicycle shop and repairs")
    page.get_by_role("button", name="Next", exact=True).last.click()
    expect(page.get_by_label("The business in a few sentences")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).last.click()
    expect(page.get_by_label("Get enquiries")).to_be_checked()
    page.get_by_label("Add an objective in your own words").fill("Lend bicycles")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Objective of your own")).to_have_value("Lend bicycles")
    look(page, "wizard-3")
    page.get_by_role("button", name="Next", exact=True).last.click()
    look(page, "wizard-4")
    page.get_by_role("button", name="Make the site").last.click()
    expect(page.locator("[role=progressbar], .run").first).to_be_visible()
    db.session.rollback()
    assert work(newest_run()).state == "succeeded"
    blueprint = db.session.query(SiteBlueprint).one()
    canvas = f"{web.url}/site-builder/{blueprint.id}/"
    frame = page.frame_locator("[data-preview]")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Bicycle shop and repairs")
    expect(page.get_by_role("link", name="Services")).to_be_visible()
    look(page, "canvas")
    page.get_by_role("button", name="Phone").click()
    expect(page.locator("[data-preview]")).to_have_css("width", "375px")
    frame.get_by_role("heading", level=1).click()
    expect(page.get_by_role("button", name="Save section")).to_be_visible()
    expect(page.get_by_label("Heading", exact=True)).to_be_focused()
    look(page, "section")
    page.get_by_label("Heading", exact=True).fill("We mend what others throw away")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", level=1)).to_have_text("We mend what others throw away")
    first = page.locator("[data-sortable]").nth(1).locator("li").first
    first.get_by_role("button", name="down").press("Enter")
    expect(page.locator("[data-sortable]").nth(1).locator("li").nth(1)).to_contain_text("We mend")
    lines = page.locator("[data-sortable]").nth(1).locator("li")
    page.wait_for_load_state()  # dragging needs the script
    assert page.evaluate("scrollY") == 0, "nothing moves under the pointer when the preview shows the section"
    lines.nth(1).drag_to(lines.nth(0))
    expect(page.locator("[data-sortable]").nth(1).locator("li").first).to_contain_text("We mend")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-sortable]").nth(1).locator("li").nth(1)).to_contain_text("We mend")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("[data-sortable]").nth(1).locator("li").first).to_contain_text("We mend")
    page.goto(f"{canvas}?panel=add")
    look(page, "add")
    page.get_by_role("link", name="Style").click()
    page.get_by_label("Night").check()
    page.get_by_role("button", name="Save style").click()
    expect(page.get_by_label("Night")).to_be_checked()
    look(page, "style")
    page.goto(f"{canvas}versions/1/")
    expect(page.get_by_text("We mend what others throw away")).to_be_visible()
    look(page, "version")
    preview = f"{web.url}/site-builder/{blueprint.id}/preview/{pages_of(blueprint)[0].id}/"
    html, css = (
        page.request.get(preview).text(),
        page.request.get(f"{web.url}/site-builder/{blueprint.id}/style.css").text(),
    )
    page.goto("about:blank")  # the preview itself runs no script, axe neither
    page.set_content(re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: f"<style>{css}</style>", html))
    look(page, "preview")
    page.goto(f"{web.url}/site-builder/")
    expect(page.get_by_role("cell", name="Ready")).to_be_visible()
    look(page, "list")


def test_a_click_in_the_preview_is_heard_before_its_pictures_are_there(
    page: Page, web: LiveApp, owner: User, site: Site
) -> None:
    planned = make_planned_site(site, "Lindenhof")
    sign_in(page, web, owner)
    held: list[Route] = []

    def add_picture(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</body>", '<img src="/static/slow.png"></body>'))

    page.route("**/preview/**", add_picture)
    page.route("**/static/slow.png", lambda route: held.append(route))
    page.goto(f"{web.url}/site-builder/{planned.blueprint_id}/", wait_until="domcontentloaded")
    page.frame_locator("[data-preview]").get_by_role("heading", level=1).click()
    expect(page.get_by_role("button", name="Save section")).to_be_visible()
    assert held
    page.unroute_all()


def test_work_that_ends_meanwhile_takes_no_word_that_is_being_typed(
    page: Page, web: LiveApp, owner: User, site: Site
) -> None:
    planned = make_planned_site(site, "Lindenhof")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/site-builder/{planned.blueprint_id}/")
    page.get_by_role("button", name="Write all pages").click()
    page.get_by_role("dialog").get_by_role("button", name="Write all pages").click()
    expect(page.locator(".canvas-run .run")).to_have_attribute("data-state", "queued")
    page.frame_locator("[data-preview]").get_by_role("heading", level=1).click()
    page.get_by_label("Heading", exact=True).fill("We mend what others throw away")
    db.session.rollback()
    assert not work(newest_run()).is_active
    expect(page.locator(".canvas-run .run")).not_to_have_attribute("data-state", "queued")
    expect(page.get_by_label("Heading", exact=True)).to_have_value("We mend what others throw away")
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"  # not loaded again
