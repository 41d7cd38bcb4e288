"""A content that somebody deletes for good while another one writes in it."""

from playwright.sync_api import expect
from sqlalchemy import delete, select

from app.content.models import Content
from app.core.extensions import db
from app.identity.models import User
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.content.test_editor_browser import FIRST, editor
from tests.factories.things import make_content


def test_what_was_written_goes_on_as_a_new_content(visit: Visits, owner: User, site: Site) -> None:
    content = make_content(site, "Gone soon", content_type="Page", content_html=FIRST)
    content_id = content.id
    page = visit(owner, f"/content/{content_id}/edit/")
    visit.is_closing = True  # 404 is what is asked for here
    editor(page)
    page.wait_for_load_state("networkidle")
    db.session.execute(delete(Content).where(Content.id == content_id))
    db.session.commit()
    page.locator("#visual p").click()
    page.keyboard.press("End")
    page.keyboard.type(" and more")
    expect(page.locator("#save-state")).to_have_text("Deleted meanwhile")
    page.keyboard.type(" words")
    page.get_by_role("button", name="Make a new content of it").click()
    page.wait_for_url(lambda url: url.endswith("/edit/") and f"/{content_id}/" not in url)
    editor(page)
    made = db.session.scalars(select(Content)).one()
    assert (made.title, made.content_type) == ("Gone soon", "Page")
    assert " and more words" in made.content_html
