"""An old installation is moved in by a person in a browser: looked at, moved, mended, moved again, and undone."""

import os
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import func, select

from app.core.extensions import db
from app.identity.models import User
from app.planner.models import Keyword
from app.sites.models import Site
from tests.browser.conftest import sign_in
from tests.factories.axe import findings
from tests.factories.live import LiveApp
from tests.factories.old_plugin import Size, as_dump, inserts
from tests.factories.work import newest_run, work

PICTURES = os.environ.get("PICTURES")
URDU = "چائے بنانے کا طریقہ اور اس کے فائدے"
BAD = [
    (9001, "x" * 250, 18446744073709551615, *[None] * 8),
    (9002, URDU, None, None, None, None, 777, *[None] * 4),
]


def look(page: Page, name: str) -> None:
    """Nothing serious is wrong with the page, wide or narrow, in the light or in the dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 900})
            assert findings(page) == [], (name, scheme, width)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def a_dump() -> bytes:
    """500 keywords, long and Urdu titles, and three rows that cannot be moved as they are."""
    made = "2024-05-06 07:08:09"
    more = inserts(
        "wp_igny8_clusters", [(90, URDU, None, None, "active", 1, made), (91, "Käse ".encode() * 30, *"-" * 5)]
    )
    return as_dump(Size(keywords=500), more="".join([*more, *inserts("wp_igny8_keywords", BAD)]))


def upload(page: Page, data: bytes, name: str = "الموقع القديم.sql", prefix: str = "") -> None:
    page.get_by_role("link", name="New import").click()
    file: FilePayload = {"name": name, "mimeType": "application/sql", "buffer": data}
    page.get_by_label("Dump", exact=True).set_input_files(file)
    page.get_by_label("Table prefix").first.fill(prefix)
    page.get_by_role("button", name="Read the dump").click()


def work_and_reload(page: Page, state: str = "succeeded") -> None:
    """Do the work that the page waits for; the page then shows the result by itself."""
    expect(page.locator(".run[data-state=queued]")).not_to_have_count(0)
    db.session.rollback()
    assert work(newest_run()).state == state
    expect(page.locator(".run[data-state=queued], .run[data-state=running]")).to_have_count(0)


def keywords() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Keyword)) or 0


def test_an_old_installation_is_moved_in_mended_repeated_and_undone(
    page: Page, web: LiveApp, owner: User, site: Site, tmp_path: Path
) -> None:
    here = f"{web.url}/account/legacy/"
    sign_in(page, web, owner)
    page.goto(here)
    look(page, "empty")
    upload(page, a_dump(), prefix="xx_")
    work_and_reload(page, "failed")
    expect(page.locator("#legacy-import").get_by_text("have the prefix “xx_”")).to_be_visible()
    expect(page.locator("#legacy-import").get_by_text("one of these: wp_")).to_be_visible()
    look(page, "wrong-prefix")
    page.goto(here)
    upload(page, a_dump())
    look(page, "reading")
    work_and_reload(page)
    expect(page.get_by_role("row", name="Keywords")).to_contain_text("502")
    look(page, "preview")
    assert keywords() == 0
    page.get_by_role("button", name="Move in").click()
    look(page, "moving")
    work_and_reload(page)
    expect(page.get_by_role("heading", name="Keywords: 2 in quarantine")).to_be_visible()
    look(page, "result")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").first.click()
    path = tmp_path / "rows.csv"
    download.value.save_as(path)
    path.write_text(path.read_text("utf-8-sig").replace("18446744073709551615", "70").replace("777", "90"), "utf-8")
    page.get_by_label("Mended rows").first.set_input_files(path)
    page.get_by_role("button", name="Move the mended rows in").first.click()
    work_and_reload(page)
    expect(page.get_by_role("heading", name="in quarantine")).to_have_count(0)
    assert keywords() == 502
    first = page.url
    page.goto(here)
    upload(page, a_dump(), "again.sql")
    work_and_reload(page)
    page.get_by_role("button", name="Move in").click()
    work_and_reload(page)
    expect(page.locator("#legacy-import").get_by_text("Moved 0 rows")).to_be_visible()
    look(page, "again")
    assert keywords() == 502
    page.goto(first)
    page.get_by_role("button", name="Undo import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo import").click()
    work_and_reload(page)
    expect(page.locator("#legacy-import").get_by_text("Undone").first).to_be_visible()
    look(page, "undone")
    assert keywords() == 0
