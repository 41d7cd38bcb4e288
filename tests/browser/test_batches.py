"""A batch in a real browser: followed from the Content Manager, stopped, tried again."""

import pytest
from playwright.sync_api import Page, expect

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.blog import Blog
from tests.factories.live import LiveApp
from tests.factories.things import make_content


@pytest.fixture
def contents(site: Site, owner: User, blog: Blog) -> list[Content]:
    """Four pieces on a site with a WordPress; the one at the bottom of the list has no text."""
    blog.pair(site)
    return [make_content(site, f"Roast {n}", content_html="<p>Text</p>" if n else "") for n in range(4)]


def publish_all(page: Page, web: LiveApp) -> None:
    page.goto(f"{web.url}/content/")
    page.get_by_label("Select all on this page").check()
    page.locator("#batch-publish").click()


def test_a_batch_is_followed_to_its_end_and_its_failure_tried_again(
    page: Page, web: LiveApp, workers: LiveApp, blog: Blog, owner: User, contents: list[Content]
) -> None:
    sign_in(page, web, owner)
    publish_all(page, web)
    strip = page.locator("#batches-now")
    expect(strip.get_by_text("4 waiting")).to_be_visible()
    workers.start_worker("interactive")
    workers.start_scheduler()
    expect(strip.get_by_text("3 published, 1 failed")).to_be_visible()
    strip.get_by_role("link", name="Show").click()
    expect(page.get_by_role("heading", name="Publishing 4 items")).to_be_visible()
    expect(page.get_by_text("There is no text to publish.")).to_be_visible()
    contents[0].content_html = "<p>Text at last</p>"
    db.session.commit()
    page.get_by_role("button", name="Retry the failed ones").click()
    expect(page.locator("#batch-sentence")).to_have_text("4 published")
    bar = page.get_by_role("progressbar", name="Publishing 4 items")
    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(page.locator("#batch-region")).to_have_attribute("hx-trigger", "reload")
    assert blog.count("post") == 4


def test_the_question_before_stopping_outlives_the_polls(
    page: Page, web: LiveApp, workers: LiveApp, blog: Blog, owner: User, contents: list[Content]
) -> None:
    sign_in(page, web, owner)
    publish_all(page, web)
    expect(page.locator("#batches-now").get_by_text("4 waiting")).to_be_visible()
    page.locator("#batches-now").get_by_role("link", name="Follow").click()
    with blog.held():
        workers.start_worker("interactive")
        workers.start_scheduler()
        page.get_by_role("button", name="Cancel the rest").click()
        for _ in range(2):
            with page.expect_response("**/publishing/batches/*/"):
                pass
        with page.expect_response("**/cancel/"):
            page.get_by_role("button", name="Stop here").click()
    expect(page.locator("#batch-region")).to_have_attribute("hx-trigger", "reload")
    expect(page.locator("#batch-sentence")).to_contain_text("cancelled")
