"""How a planned site stands in WordPress is a page that nobody is kept out of, wide or narrow."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from app.core.extensions import db
from app.identity.models import User
from app.sitebuilder.deploy.models import SiteDeploy, SiteDeployPage
from app.sitebuilder.models import PageBlueprint
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.axe import findings
from tests.factories.built import make_planned_site
from tests.factories.live import LiveApp

PICTURES = os.environ.get("PICTURES")
LONG = "Ein sehr langer Titel, der niemals enden will, " * 4


def make_deploy(page: PageBlueprint, state: str) -> None:
    """A deploy of the page's site that ended so."""
    of_site = {"account_id": page.account_id, "site_id": page.site_id}
    deploy = SiteDeploy(**of_site, blueprint_id=page.blueprint_id, version=1, state=state, actor_name="Ada")
    db.session.add(deploy)
    db.session.flush()
    reason = "It was changed in WordPress since the app last heard of it."
    row = SiteDeployPage(**of_site, deploy_id=deploy.id, page_id=page.id, position=0, title=LONG, action="conflict")
    row.state, row.reason = "failed", reason
    db.session.add(row)
    db.session.commit()


def test_the_plan_and_the_deploys_are_shown(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    planned = make_planned_site(site, "سائیکل Lindenhof")
    planned.title = LONG
    make_deploy(planned, "taken_back")
    make_deploy(planned, "partial")
    sign_in(page, web, owner)
    page.goto(f"{web.url}/site-builder/{planned.blueprint_id}/deploy/")
    expect(page.get_by_role("heading", name="The plan")).to_be_visible()
    expect(page.get_by_role("button", name="Roll back")).to_have_count(1)
    page.get_by_role("table", name="Deploys").get_by_role("link").first.click()
    expect(page.get_by_role("table", name="Pages of this deploy")).to_contain_text("changed in WordPress")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a literal of each
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 900})
            assert findings(page) == [], (scheme, width)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"deploy-{scheme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("dialog", name="Roll this deploy back?")).to_contain_text("go to the trash")
    page.keyboard.press("Escape")
