"""Pages in Urdu: written from the right, nothing sticks out sideways, and scripts speak it too."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp
from tests.factories.things import make_cluster, make_content, make_keyword

PICTURES = os.environ.get("PICTURES", "")
PAGES = ("dashboard", "planner/keywords", "planner/clusters", "content", "calendar", "account/profile")
STICKS_OUT = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("size", [(1440, 900), (375, 700)])
def test_pages_in_urdu_run_from_the_right(
    page: Page, web: LiveApp, owner: User, site: Site, size: tuple[int, int]
) -> None:
    owner.language = "ur"
    db.session.commit()
    cluster = make_cluster(site, "French press")
    contents = [make_content(site, f"A guide to the French press {number}").id for number in range(3)]
    make_keyword(site, "french press", volume=900, cluster_id=cluster.id)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(page, web, owner)
    for path in (*PAGES, f"content/{contents[0]}/edit"):
        page.goto(f"{web.url}/{path}/")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert not page.evaluate(STICKS_OUT), path
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{path.replace('/', '-')}-{size[0]}.png")
    page.goto(f"{web.url}/content/")
    page.locator("td.check > input").first.check()
    expect(page.locator("[data-batch-count]").first).to_have_text(re.compile("منتخب"))
