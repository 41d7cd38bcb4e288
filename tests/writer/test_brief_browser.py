"""The brief and what a draft lacks of it, in a real browser: keys, places in the text, axe, both schemes, a phone."""

import pytest
from playwright.sync_api import expect

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.briefs import services
from app.writer.briefs.sections import Section
from app.writer.drafting import proposals
from app.writer.models import Task
from tests.content.conftest import Visits, address, visit
from tests.factories.axe import findings
from tests.factories.things import make_content, make_task

__all__ = ["address", "visit"]
ARABIC = "دليل تحضير القهوة المختصة في المنزل خطوة بخطوة"


@pytest.fixture
def task(cluster: Cluster) -> Task:
    task = make_task(cluster, "Moka pots", primary_keyword="moka pot")
    brief = services.brief_of(task)
    brief.outline = [Section("a", "First").stored(), Section("b", ARABIC).stored()]
    brief.nearest_at = utcnow()
    db.session.commit()
    return task


@pytest.fixture
def content(site: Site, task: Task) -> Content:
    html = "<p>It grew by 40 % since.</p><h2>First</h2><p>Words [insert price] here. <a href='/gone/'>Read on</a></p>"
    return make_content(site, "Moka pots", task_id=task.id, content_html=html)


def test_sections_are_moved_by_keys_and_a_change_is_asked_after(visit: Visits, owner: User, task: Task) -> None:
    page = visit(owner, f"/writer/tasks/{task.id}/brief/")
    page.get_by_label("Heading of section 1").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_label("Heading of section 2")).to_have_value("First")
    expect(page.get_by_role("button", name="Move down: First")).to_be_focused()
    expect(page.locator("#brief-form[data-dirty]")).to_have_count(1)
    page.get_by_role("button", name="Move up: First").press("Enter")
    expect(page.get_by_label("Heading of section 1")).to_have_value("First")
    page.get_by_role("button", name="Add a section", exact=True).click()
    expect(page.get_by_label("Heading of section 3")).to_be_focused()
    page.keyboard.type("Third")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. The draft will be written by this brief.")).to_be_visible()
    expect(page.get_by_label("Heading of section 3")).to_have_value("Third")


def test_a_place_is_shown_in_the_text_and_the_list_follows_a_save(visit: Visits, owner: User, content: Content) -> None:
    page = visit(owner, f"/content/{content.id}/edit/")
    panel = page.locator("#panel-draft-checks")
    expect(page.locator("#visual")).to_contain_text("[insert price]")
    panel.get_by_role("link", name="[insert price]").click()
    assert page.evaluate("getSelection().toString()") == "[insert price]"
    page.keyboard.type("ten")
    page.keyboard.press("Control+s")
    expect(panel.get_by_text("No placeholders.")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 375)])
def test_axe_finds_nothing_serious(
    visit: Visits, owner: User, site: Site, content: Content, scheme: str, width: int
) -> None:
    proposal = proposals.add_proposal(content, f"<h2>{ARABIC}</h2><p>New</p>", origin="t", actor_id=None)
    db.session.commit()
    paths = [
        f"/writer/tasks/{content.task_id}/brief/",
        f"/writer/contents/{content.id}/checks/",
        f"/writer/contents/{content.id}/versions/",
        f"/writer/proposals/{proposal.id}/",
        f"/content/{content.id}/edit/",
    ]
    page = visit(
        owner,
        paths[0],
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    for path in paths:
        page.goto(visit.address + path)
        page.wait_for_load_state("networkidle")
        assert findings(page) == [], path
