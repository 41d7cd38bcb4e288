"""The preview of an import in a browser: what is chosen is read again at once, and stays."""

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Keyword
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.live import LiveApp

FILE = "wort^zahl\nłódka^5\nżagiel^7\n".encode("cp1250")


def test_a_file_is_read_anew_with_each_choice(page: Page, web: LiveApp, owner: User, site: Site) -> None:
    sign_in(page, web, owner)
    page.goto(f"{web.url}/planner/keywords/import/")
    page.get_by_label("CSV file").set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": FILE})
    rows = page.locator("#import-preview tbody tr")
    expect(rows).to_have_count(3)

    page.get_by_label("Cells are separated by").select_option("other")
    expect(page.get_by_text("It is not known which sign separates the cells.")).to_be_visible()
    page.get_by_label("Sign between cells").press_sequentially("^")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("łódka")
    expect(page.get_by_label("Sign between cells")).to_be_focused()

    for header, count in (("no", 3), ("yes", 2)):
        page.get_by_label("First row is a header").select_option(header)
        expect(rows).to_have_count(count)
    page.get_by_role("button", name="Import keywords").click()
    page.wait_for_url("**/planner/keywords/import/*-*/")
    stored = db.session.execute(select(Keyword.keyword, Keyword.volume).order_by(Keyword.volume)).all()
    assert [tuple(row) for row in stored] == [("łódka", 5), ("żagiel", 7)]
