"""From an empty plan to a site of five pages in a real WordPress, and back."""

import re
from typing import Any

from playwright.sync_api import Error, Page, expect
from sqlalchemy import select

from app.accounts.modules import switch
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.identity.models import User
from app.sitebuilder.models import SiteBlueprint
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.blog import Blog
from tests.factories.live import LiveApp, wait_for
from tests.factories.pictures import png
from tests.sitebuilder.deploy.steps import finish
from tests.sitebuilder.deploy.test_deploying import OPTIONS

MENUS = "SELECT t.name FROM wp_terms t JOIN wp_term_taxonomy x USING (term_id) WHERE x.taxonomy = 'nav_menu'"
LIVE = (
    "SELECT post_title, post_type FROM wp_posts WHERE post_status IN ('publish', 'inherit') AND post_type <> 'revision'"
)
DESCRIPTION = "We repair roofs in Leeds and around. Two of us have done so for twenty years, and we answer the phone."


def answer_questions(page: Page) -> None:
    """Fill in the wizard by hand, from nothing."""
    page.get_by_role("button", name="Plan a site").click()
    page.get_by_label("Name of the site").fill("Roof & Co")
    page.get_by_label("What it does").fill("Roofing and repairs")
    page.get_by_label("Mail address").fill("ask@roof.example")
    page.get_by_role("button", name="Next", exact=True).last.click()
    page.get_by_label("The business in a few sentences").fill(DESCRIPTION)
    page.get_by_label("Services or products").fill("Repairs: within two days\nNew roofs: of slate or tile")
    page.get_by_label("What customers ask").fill("Do you work in winter? Yes, when it does not freeze.")
    page.get_by_role("button", name="Next", exact=True).last.click()
    page.get_by_label("Get enquiries").check()
    page.get_by_role("button", name="Next", exact=True).last.click()
    page.get_by_role("button", name="Make the site").last.click()
    expect(page.locator("[role=progressbar], .run").first).to_be_visible()


def confirm(page: Page, button: str, dialog: str, action: str) -> None:
    page.get_by_role("button", name=button).first.click()
    page.get_by_role("dialog", name=dialog).get_by_role("button", name=action).click()


def finish_newest(kind: str) -> Run:
    """Work what a click has started, and see that it succeeded; the page may still show the run before."""

    def started() -> Run | None:
        db.session.rollback()
        return db.session.scalars(select(Run).where(Run.kind == kind).order_by(Run.created_at.desc())).first()

    wait_for(started, what=f"the click to start {kind}")
    run = started()
    assert run is not None
    ended = finish(run)
    assert (ended.state, ended.error) == ("succeeded", None)
    return ended


def leave_for(page: Page, address: str) -> None:
    """Open an address, also when the page is just reloading itself because a run has ended."""
    try:
        page.goto(address)
    except Error as error:
        if "ERR_ABORTED" not in error.message:
            raise
        page.goto(address)


def rows(blog: Blog, sql: str) -> list[dict[str, Any]]:
    return blog.wordpress.sql(sql)


def test_from_nothing_to_a_deployed_site_and_back(
    page: Page, web: LiveApp, owner: User, site: Site, blog: Blog
) -> None:
    blog.pair(site)
    blog.wordpress.sql("ALTER TABLE wp_posts AUTO_INCREMENT = 1000")
    switch(site.account_id, THE_APP, "site_builder", True)
    db.session.commit()
    before = [rows(blog, sql) for sql in (OPTIONS, MENUS, LIVE)]
    sign_in(page, web, owner)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{web.url}/site-builder/")
    answer_questions(page)
    finish_newest("generate_site_structure")
    blueprint_id = db.session.query(SiteBlueprint).one().id

    page.goto(f"{web.url}/site-builder/assets/")
    file = {"name": "Our Van.png", "mimeType": "image/png", "buffer": png(640, 360)}
    page.get_by_label("Upload files").set_input_files(file)  # type: ignore[arg-type]  # a FilePayload
    page.get_by_role("link", name="our-van.png").click()
    page.get_by_label("Alternative text").fill("A van with a ladder")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No page uses this file.")).to_be_visible()

    page.goto(f"{web.url}/site-builder/{blueprint_id}/")
    outline = page.get_by_role("region", name="Pages", exact=True)
    expect(outline.get_by_role("listitem").first).to_be_visible()
    while (count := outline.get_by_role("listitem").count()) > 5:
        outline.get_by_role("link").nth(count - 1).click()
        page.get_by_role("link", name="Page settings").click()
        page.get_by_role("button", name="Remove page").click()
        expect(outline.get_by_role("listitem")).to_have_count(count - 1)
    while (count := outline.get_by_role("listitem").count()) < 5:
        page.get_by_role("link", name="Add a page").click()
        page.get_by_label("Title").fill(f"Gallery {count}")
        page.get_by_role("button", name="Add page").click()
        expect(outline.get_by_role("link", name=f"Gallery {count}")).to_be_visible()
        page.get_by_role("link", name="Add a section").click()
        page.get_by_role("link", name=re.compile("Questions")).click()
        page.get_by_label("Question").fill("Since when?")
        page.get_by_label("Answer").fill("Since 2004.")
        page.get_by_role("button", name="Add section").click()
        expect(page.get_by_role("button", name="Save section")).to_be_visible()
    outline.get_by_role("link").first.click()
    frame = page.frame_locator("[data-preview]")
    frame.get_by_role("heading", level=1).click()
    page.get_by_role("button", name="Choose a picture").click()
    page.get_by_role("button", name="A van with a ladder").click()
    expect(page.get_by_label("Image", exact=True)).to_have_value("asset:images/our-van.png")
    page.get_by_role("button", name="Save section").click()
    expect(frame.get_by_role("img", name="A van with a ladder")).to_be_visible()

    confirm(page, "Write all pages", "Write the texts of all pages?", "Write all pages")
    assert finish_newest("write_site_pages").message == "5 pages written."
    leave_for(page, f"{web.url}/site-builder/{blueprint_id}/deploy/")
    expect(page.get_by_text("Create: 5")).to_be_visible()
    confirm(page, "Deploy to WordPress", "Deploy this site?", "Deploy to WordPress")
    finish_newest("deploy_site")
    leave_for(page, page.url)
    expect(page.get_by_text("Up to date: 5")).to_be_visible()

    leave_for(page, blog.url)
    expect(page.get_by_role("img", name="A van with a ladder")).to_be_visible()
    page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    links = page.locator("nav a[href]").evaluate_all("links => [...new Set(links.map(link => link.href))]")
    assert len(links) == 5
    assert [blog.get(link).status_code for link in links] == [200] * 5

    leave_for(page, f"{web.url}/site-builder/{blueprint_id}/deploy/")
    confirm(page, "Roll back", "Roll this deploy back?", "Roll back")
    finish_newest("take_deploy_back")
    leave_for(page, page.url)
    expect(page.get_by_text("This site is not deployed yet.")).to_be_visible()
    assert [rows(blog, sql) for sql in (OPTIONS, MENUS, LIVE)] == before
