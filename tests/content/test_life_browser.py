"""The life of a content in a browser: trashed from its row, brought back, and deleted after a question."""

from playwright.sync_api import expect

from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.factories.axe import findings
from tests.factories.things import make_content


def test_trashed_from_its_row_brought_back_and_deleted(visit: Visits, owner: User, site: Site) -> None:
    make_content(site, "A piece of its own")
    page = visit(owner, "/content/", bypass_csp=True, reduced_motion="reduce")
    page.get_by_label("More actions for A piece of its own").click()
    page.get_by_role("button", name="Move to trash").last.click()
    expect(page.get_by_text("No content yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="A piece of its own")).to_be_visible()
    page.get_by_label("Select A piece of its own").check()
    page.locator("#batch-trash").click()
    expect(page.get_by_role("heading", name="Move “A piece of its own” to the trash?")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Move to trash").click()
    page.get_by_label("Import, batches, trash").click()
    page.get_by_role("link", name="Trash", exact=True).click()
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    assert findings(page) == []
    page.get_by_label("Delete A piece of its own for good").click()
    expect(page.get_by_role("heading", name="Delete “A piece of its own” for good?")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
