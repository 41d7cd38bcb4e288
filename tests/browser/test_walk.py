"""A newcomer's way, from signing up to reading the article on a real WordPress."""

import re

from playwright.sync_api import Page, expect

from tests.factories.blog import Blog
from tests.factories.live import LiveApp

KEYWORDS = """Keyword,Search Volume,KD,CPC,Intent
cold brew coffee,12100,34,0.80,informational
cold brew ratio,2400,21,0.40,informational
cold brew recipe,"4,400",25,N/A,informational
best cold brew maker,1900,48,1.90,commercial
espresso machine cleaning,1300,18,0.90,informational
how to clean an espresso machine,2900,22,0.70,informational
descale espresso machine,1600,19,0.60,informational
"""


def test_from_sign_up_to_the_live_page(page: Page, web: LiveApp, workers: LiveApp, blog: Blog) -> None:
    workers.start_worker("interactive", "default")
    workers.start_scheduler()
    sign_up(page, web)
    sign_out_and_in(page)
    add_and_connect_site(page, blog)
    import_keywords(page, web)
    cluster_and_generate_ideas(page, web)
    write_drafts(page, web)
    title = write_first_draft(page, web)
    publish_and_look(page, web, title)


def see(page: Page, pattern: str) -> None:
    """Wait until a text is to be seen somewhere (the closed list of runs may hold it, too)."""
    expect(page.get_by_text(re.compile(pattern)).filter(visible=True).first).to_be_visible()


def sign_up(page: Page, web: LiveApp) -> None:
    page.goto(f"{web.url}/signup")
    page.get_by_label("Name", exact=True).fill("Anna")
    page.get_by_label("Email").fill("anna@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard/")


def sign_out_and_in(page: Page) -> None:
    page.locator("#user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").fill("anna@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard/")


def add_and_connect_site(page: Page, blog: Blog) -> None:
    page.get_by_role("link", name="Add site").click()
    page.get_by_label("Name", exact=True).fill("The blog")
    page.get_by_label("Address").fill(blog.url)
    page.get_by_label("Sectors").fill("Coffee")
    page.get_by_role("button", name="Add site").click()
    page.get_by_role("button", name="Connect WordPress").click()
    key = page.get_by_label("Connection key").input_value()
    answer = blog.wordpress.connect(key)  # what pasting it in the plugin's settings does
    assert "The blog" in answer
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Connected to The blog")).to_be_visible()


def import_keywords(page: Page, web: LiveApp) -> None:
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_role("link", name="Import keywords").first.click()
    page.get_by_label("CSV file").set_input_files(
        {"name": "export.csv", "mimeType": "text/csv", "buffer": KEYWORDS.encode()}
    )
    page.get_by_role("button", name="Import keywords").click()
    page.wait_for_load_state()
    if page.get_by_role("button", name=re.compile("Import 7 keywords|Import keywords")).count():
        page.get_by_role("button", name=re.compile("Import 7 keywords|Import keywords")).first.click()
    see(page, "Added 7 keywords")


def cluster_and_generate_ideas(page: Page, web: LiveApp) -> None:
    page.goto(f"{web.url}/planner/keywords/")
    page.get_by_role("button", name="Cluster keywords").click()
    page.locator("#confirm").get_by_role("button", name="Cluster keywords").click()
    see(page, r"Made \d+ clusters? from 7 keywords")
    page.goto(f"{web.url}/planner/clusters/")
    page.locator("#clusters-region tbody a.cell-title").first.click()
    page.get_by_role("button", name="Generate ideas").click()
    see(page, r"\d+ ideas")


def write_drafts(page: Page, web: LiveApp) -> None:
    page.goto(f"{web.url}/planner/ideas/")
    boxes = page.get_by_role("checkbox", name=re.compile("^Select (?!all)"))
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Create tasks").click()
    page.goto(f"{web.url}/writer/tasks/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Generate drafts").first.click()
    see(page, r"Wrote 2 drafts\.")
    expect(page.locator("tbody").get_by_text("Completed")).to_have_count(2)


def write_first_draft(page: Page, web: LiveApp) -> str:
    """An outline is no text: it is not published before it is written out."""
    page.goto(f"{web.url}/content/")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("tbody tr .cell-title").first.click()
    page.get_by_role("link", name="Check before publishing").click()
    see(page, r"This is still an outline\. \d+ lines are still notes")
    page.get_by_label("Title", exact=True).fill("A title of our own")
    page.get_by_role("button", name="Source").click()
    page.get_by_label("Content", exact=True).fill("<p>One part of coffee, eight of water, twelve hours.</p>")
    page.get_by_role("button", name="Save").first.click()
    see(page, "Saved")
    return "A title of our own"


def publish_and_look(page: Page, web: LiveApp, title: str) -> None:
    page.goto(f"{web.url}/content/")
    row = page.locator("tbody tr", has_text=title)
    row.hover()
    row.get_by_role("button", name="Publish").first.click()
    expect(row.get_by_text("Live", exact=True)).to_be_visible()
    link = row.locator('td > a[href^="http"]')
    with page.context.expect_page() as opened:
        link.click()
    live = opened.value
    live.wait_for_load_state()
    expect(live.get_by_role("heading", name=title).first).to_be_visible()
    expect(live.get_by_text("One part of coffee, eight of water, twelve hours.")).to_be_visible()
    assert live.locator("meta[name=igny8-content]").count() == 1
